import numpy as np
import pytest
from scipy.linalg import sqrtm

from lsgan.metrics.frechet_distance import FrechetDistance


def formula(one: np.ndarray, other: np.ndarray, ridge: float = 0.0) -> float:
    """The distance as it is written, by scipy's matrix root."""
    ridges = ridge * np.eye(one.shape[1])
    first, second = (np.cov(features, rowvar=False) + ridges for features in (one, other))
    root = np.asarray(sqrtm(first @ second))
    shift = np.square(one.mean(0) - other.mean(0)).sum()
    return float(shift + np.trace(first) + np.trace(second) - 2 * np.trace(root.real))


def with_moments(mean: list[float], deviation: list[float]) -> np.ndarray:
    """Images whose sample mean and (diagonal) sample covariance are exactly these."""
    corners = np.array([[a, b] for a in (-1.0, 1.0) for b in (-1.0, 1.0)])[:, : len(mean)]
    # Four corners at ±1 have the unbiased variance 4/3.
    return np.asarray(corners * np.sqrt(3 / 4) * np.array(deviation) + np.array(mean))


def sets(real: int, fake: int, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
    numbers = np.random.default_rng(real + fake + dimensions)
    mixed = numbers.normal(size=(dimensions, dimensions)) / np.sqrt(dimensions)
    return (
        numbers.normal(size=(real, dimensions)),
        numbers.normal(size=(fake, dimensions)) @ mixed + 0.3,
    )


def test_one_dimension_worked_by_hand() -> None:
    # (3 − 1)² + (5 − 2)²: for Gaussians on a line it is the distance of means and of deviations.
    found = FrechetDistance().measure(with_moments([1], [2]), with_moments([3], [5]))
    assert found == pytest.approx((13,))


def test_diagonal_covariances_worked_by_hand() -> None:
    # Means (0, 0) and (1, −2), deviations (1, 4) and (3, 4): 1 + 4 + 4 + 0.
    one, other = with_moments([0, 0], [1, 4]), with_moments([1, -2], [3, 4])
    assert FrechetDistance().measure(one, other) == pytest.approx((9,))


@pytest.mark.parametrize(("real", "fake"), [(200, 200), (90, 300), (41, 80)])
def test_it_is_the_formula_with_scipys_root(real: int, fake: int) -> None:
    one, other = sets(real, fake, 40)
    assert FrechetDistance().measure(one, other) == pytest.approx((formula(one, other),), rel=1e-8)


@pytest.mark.parametrize(("real", "fake"), [(20, 20), (20, 200), (200, 20), (40, 40), (2, 2)])
def test_fewer_images_than_dimensions(real: int, fake: int) -> None:
    one, other = sets(real, fake, 40)
    (found,) = FrechetDistance().measure(one, other)
    # The ridge that the root of a singular product needs limits what it can be compared to.
    assert found == pytest.approx(formula(one, other, ridge=1e-10), rel=1e-3)


def test_singular_covariances_worked_by_hand() -> None:
    # On lines at right angles nothing of one covariance lies in the other: 2² + 5², no root.
    one = np.column_stack([with_moments([0], [2]), np.zeros((4, 2))])
    other = np.column_stack([np.zeros(4), with_moments([0], [5]), np.zeros(4)])
    assert FrechetDistance().measure(one, other) == pytest.approx((29,))
    assert FrechetDistance().measure(one, np.zeros((9, 3))) == pytest.approx((4,))


@pytest.mark.parametrize("count", [20, 300])
def test_equal_sets_are_at_zero(count: int) -> None:
    one, _ = sets(count, count, 40)
    (found,) = FrechetDistance().measure(one, one[::-1])
    assert 0 <= found < 1e-9


def test_it_is_symmetric_and_forgets_the_origin_and_the_axes() -> None:
    one, other = sets(100, 70, 20)
    metric = FrechetDistance()
    expected = metric.measure(one, other)
    turn = np.linalg.qr(np.random.default_rng(0).normal(size=(20, 20))).Q
    assert metric.measure(other, one) == pytest.approx(expected, rel=1e-10)
    assert metric.measure(one @ turn + 1e4, other @ turn + 1e4) == pytest.approx(expected, rel=1e-6)


def test_few_images_make_it_larger() -> None:
    numbers = np.random.default_rng(0)
    found = [
        FrechetDistance().measure(numbers.normal(size=(n, 32)), numbers.normal(size=(n, 32)))[0]
        for n in (64, 256, 1024)
    ]
    assert found[0] > 3 * found[1] > 9 * found[2] > 0
    assert FrechetDistance().advised(32) == 64


def test_resamples_are_measured_on_the_subsets() -> None:
    one, other = sets(80, 60, 10)
    numbers = np.random.default_rng(0)
    subsets = [(numbers.permutation(80)[:40], numbers.permutation(60)[:30]) for _ in range(3)]
    metric = FrechetDistance()
    found = metric.resamples(one, other, subsets)
    assert found == [metric.measure(one[real], other[fake]) for real, fake in subsets]


def test_it_is_torch_fidelitys() -> None:
    fid = pytest.importorskip("torch_fidelity.metric_fid")
    torch = pytest.importorskip("torch")
    one, other = sets(300, 200, 40)
    statistics = [fid.fid_features_to_statistics(torch.from_numpy(part)) for part in (one, other)]
    expected = fid.fid_statistics_to_metric(*statistics, verbose=False)
    found = FrechetDistance().measure(one, other)
    assert found == pytest.approx((expected[fid.KEY_METRIC_FID],), rel=1e-6)
