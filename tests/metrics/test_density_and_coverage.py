import numpy as np
import pytest

from lsgan.metrics.density_and_coverage import DensityCoverage


def naive(real: np.ndarray, fake: np.ndarray, k: int = 5) -> tuple[float, float]:
    """Both sums as the definition reads, ball by ball and image by image."""
    hits, covered = 0, 0
    for place, centre in enumerate(real):
        reach = sorted(
            float(np.linalg.norm(centre - other))
            for index, other in enumerate(real)
            if index != place
        )[k - 1]
        inside = 0
        for image in fake:
            if float(np.linalg.norm(image - centre)) <= reach:
                inside += 1
        hits += inside
        covered += inside > 0
    return hits / (k * len(fake)), covered / len(real)


def sets(real: int, fake: int, dimensions: int = 5) -> tuple[np.ndarray, np.ndarray]:
    numbers = np.random.default_rng(real + fake)
    return numbers.normal(size=(real, dimensions)), numbers.normal(0.7, 0.8, (fake, dimensions))


def test_worked_by_hand() -> None:
    # Photographs on a line at 0, 1, 2, 3, 4 and 10 (the other axis is 0): the fifth of the others
    # is the farthest, so the balls reach 10, 9, 8, 7, 6 and 10 — that of 10 back to 0.
    real = np.array([[0, 0], [1, 0], [2, 0], [3, 0], [4, 0], [10, 0.0]])
    # (−5, 0) is in the balls of 0 (5 < 10), 1 (6 < 9), 2 (7 < 8), not 3 (8 > 7), 4, 10: 3.
    # (10.5, 0): not 0 (10.5), 1, 2, 3, 4 (6.5 > 6), but 10: 1. (0, 20): none.
    fake = np.array([[-5, 0], [10.5, 0], [0, 20.0]])
    # Density 4 hits of 5 · 3; covered are the balls of 0, 1, 2 and 10.
    assert DensityCoverage().measure(real, fake) == pytest.approx((4 / 15, 4 / 6))


@pytest.mark.parametrize(("real", "fake"), [(40, 40), (30, 55), (6, 3)])
def test_it_is_the_definition(real: int, fake: int) -> None:
    features = sets(real, fake)
    assert DensityCoverage().measure(*features) == pytest.approx(naive(*features))


@pytest.mark.parametrize("count", [64, 301])
def test_generated_as_the_reference(count: int) -> None:
    # Every ball holds its centre and the five neighbours, the last of them on its surface.
    one, _ = sets(count, count)
    assert DensityCoverage().measure(one, one) == pytest.approx((6 / 5, 1))


def test_sets_of_one_distribution() -> None:
    numbers = np.random.default_rng(0)
    found = [DensityCoverage().measure(*numbers.normal(size=(2, 300, 8))) for _ in range(20)]
    density, coverage = np.mean(found, axis=0)
    assert density == pytest.approx(1, abs=0.05)
    # Each of the five nearest images is a photograph with probability 1/2.
    assert coverage == pytest.approx(1 - 2**-5, abs=0.01)


def test_one_mode_is_dense_and_covers_little() -> None:
    real, _ = sets(300, 300)
    fake = real[0] + 1e-3 * np.random.default_rng(0).normal(size=(300, 5))
    density, coverage = DensityCoverage().measure(real, fake)
    assert density > 0.5
    assert coverage < 0.1


def test_an_outlier_among_the_photographs_spoils_little() -> None:
    # Its ball holds all images between, which for precision would be enough to count as plausible
    # and here is one hit of five.
    real, _ = sets(300, 300, 2)
    real[0] = 100
    fake = np.random.default_rng(0).normal(30, 1, (300, 2))
    density, coverage = DensityCoverage().measure(real, fake)
    assert density == pytest.approx(1 / 5)
    assert coverage == pytest.approx(1 / 300)


def test_sets_far_apart() -> None:
    real, fake = sets(100, 100)
    assert DensityCoverage().measure(real, fake + 100) == (0, 0)


def test_resamples_are_measured_on_the_subsets() -> None:
    one, other = sets(90, 70)
    numbers = np.random.default_rng(0)
    subsets = [(numbers.permutation(90)[:45], numbers.permutation(70)[:35]) for _ in range(4)]
    metric = DensityCoverage()
    found = metric.resamples(one, other, subsets)
    assert found == [metric.measure(one[real], other[fake]) for real, fake in subsets]
