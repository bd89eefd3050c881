import numpy as np
import pytest

from lsgan.metrics.precision_and_recall import PrecisionRecall


def within(images: np.ndarray, manifold: np.ndarray, k: int = 3) -> float:
    """The share of images in any ball, as the definition reads."""
    inside = 0
    for image in images:
        for place, centre in enumerate(manifold):
            reach = sorted(
                float(np.linalg.norm(centre - other))
                for index, other in enumerate(manifold)
                if index != place
            )[k - 1]
            if float(np.linalg.norm(image - centre)) <= reach:
                inside += 1
                break
    return inside / len(images)


def sets(real: int, fake: int, dimensions: int = 5) -> tuple[np.ndarray, np.ndarray]:
    numbers = np.random.default_rng(real + fake)
    return numbers.normal(size=(real, dimensions)), numbers.normal(0.7, 0.8, (fake, dimensions))


def test_worked_by_hand() -> None:
    # A unit square of photographs and one far away. The third neighbours of the corners are the
    # opposite ones, at √2; that of (10, 0), after (1, 0) and (1, 1), is (0, 0), at 10.
    real = np.array([[0, 0], [1, 0], [0, 1], [1, 1], [10, 0.0]])
    # In balls: (0.5, 0.5) and (2, 0.5) of the corners, (18, 0) of the far one, at 8.
    # In none: (0, 3), at 2 from (0, 1) and 10.4 from the far one; and (21, 0), at 11 from that.
    fake = np.array([[0.5, 0.5], [2, 0.5], [18, 0], [0, 3], [21, 0.0]])
    # The neighbours of (0.5, 0.5) are at 1.5, 2.55, 17.5 and 20.5; the third reaches all
    # photographs.
    assert PrecisionRecall().measure(real, fake) == pytest.approx((3 / 5, 1))


def test_recall_worked_by_hand() -> None:
    # Four generated images at the corners of a unit square reach √2 each.
    fake = np.array([[0, 0], [1, 0], [0, 1], [1, 1.0]])
    # Reached: (0.5, 0.5), (2.2, 0.5), at 1.3 from (1, 1), and (0, −1.4). Not: (2.2, 2.2), at 1.7.
    real = np.array([[0.5, 0.5], [2.2, 0.5], [0, -1.4], [2.2, 2.2]])
    # The ball of (0.5, 0.5) reaches to (2.2, 2.2), at 2.4, and so holds all the corners.
    assert PrecisionRecall().measure(real, fake) == pytest.approx((1, 3 / 4))


@pytest.mark.parametrize(("real", "fake"), [(40, 40), (30, 55), (4, 4)])
def test_it_is_the_definition(real: int, fake: int) -> None:
    one, other = sets(real, fake)
    expected = within(other, one), within(one, other)
    assert PrecisionRecall().measure(one, other) == pytest.approx(expected)


@pytest.mark.parametrize("count", [64, 301])
def test_generated_as_the_reference(count: int) -> None:
    one, _ = sets(count, count)
    assert PrecisionRecall().measure(one, one[::-1]) == (1, 1)


def test_one_mode_is_precise_and_covers_nothing() -> None:
    real, _ = sets(300, 300)
    fake = 1e-3 * np.random.default_rng(0).normal(size=(300, 5))
    precision, recall = PrecisionRecall().measure(real, fake)
    assert precision == 1
    assert recall < 0.01


def test_one_image_again_and_again() -> None:
    # Its balls have no width: they hold the photograph that it is, and no other.
    real, _ = sets(100, 100)
    fake = np.repeat(real[:1], 100, axis=0)
    assert PrecisionRecall().measure(real, fake) == pytest.approx((1, 1 / 100))


def test_sets_far_apart() -> None:
    real, fake = sets(100, 100)
    assert PrecisionRecall().measure(real, fake + 100) == (0, 0)


def test_the_roles_change_with_the_sets() -> None:
    real, fake = sets(100, 80)
    precision, recall = PrecisionRecall().measure(real, fake)
    assert PrecisionRecall().measure(fake, real) == (recall, precision)


def test_few_images_move_the_shares() -> None:
    numbers = np.random.default_rng(0)
    found = []
    for count, times in ((64, 20), (1000, 2)):
        shares = [
            PrecisionRecall().measure(*numbers.normal(size=(2, count, 64))) for _ in range(times)
        ]
        found.append(np.mean(shares))
    assert found[0] > found[1] + 0.05


def test_resamples_are_measured_on_the_subsets() -> None:
    one, other = sets(90, 70)
    numbers = np.random.default_rng(0)
    subsets = [(numbers.permutation(90)[:45], numbers.permutation(70)[:35]) for _ in range(4)]
    metric = PrecisionRecall()
    found = metric.resamples(one, other, subsets)
    assert found == [metric.measure(one[real], other[fake]) for real, fake in subsets]


def test_it_is_torch_fidelitys() -> None:
    prc = pytest.importorskip("torch_fidelity.metric_prc")
    torch = pytest.importorskip("torch")
    real, fake = sets(300, 250)
    # There the generated images come first.
    expected = prc.prc_features_to_metric(
        torch.from_numpy(fake), torch.from_numpy(real), prc_neighborhood=3, verbose=False
    )
    # Its shares are float32.
    found = PrecisionRecall().measure(real, fake)
    names = prc.KEY_METRIC_PRECISION, prc.KEY_METRIC_RECALL
    assert found == pytest.approx([expected[name] for name in names], abs=1e-6)
