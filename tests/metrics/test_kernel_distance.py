import numpy as np
import pytest

from lsgan.metrics.kernel_distance import KernelDistance


def kernel(one: np.ndarray, other: np.ndarray) -> float:
    product = sum(float(a) * float(b) for a, b in zip(one, other, strict=True))
    return (product / len(one) + 1) ** 3


def naive(real: np.ndarray, fake: np.ndarray) -> float:
    """The unbiased estimate, pair by pair."""
    found = 0.0
    for features in (real, fake):
        count = len(features)
        for i in range(count):
            for j in range(count):
                if i != j:
                    found += kernel(features[i], features[j]) / (count * (count - 1))
    for one in real:
        for other in fake:
            found -= 2 * kernel(one, other) / (len(real) * len(fake))
    return found


def sets(real: int, fake: int) -> tuple[np.ndarray, np.ndarray]:
    numbers = np.random.default_rng(real + fake)
    return numbers.normal(size=(real, 6)), numbers.normal(0.5, 1.5, size=(fake, 6))


def test_worked_by_hand() -> None:
    # In one dimension, {0, 1} and {2, 3}: k(0, 1) = 1, k(2, 3) = 7³ = 343, and between the sets
    # k(0, ·) = 1, k(1, 2) = 27, k(1, 3) = 64, in the mean 93/4. 1 + 343 − 2 · 93/4 = 297.5.
    real, fake = np.array([[0.0], [1.0]]), np.array([[2.0], [3.0]])
    assert KernelDistance().measure(real, fake) == pytest.approx((297.5,))


@pytest.mark.parametrize(("real", "fake"), [(20, 20), (17, 31), (2, 3)])
def test_it_is_the_mean_over_pairs(real: int, fake: int) -> None:
    features = sets(real, fake)
    assert KernelDistance().measure(*features) == pytest.approx((naive(*features),), rel=1e-10)


def test_the_product_is_divided_by_the_dimensions() -> None:
    # The same numbers four times over have the same products per dimension.
    one, other = sets(20, 30)
    metric = KernelDistance()
    repeated = metric.measure(np.tile(one, 4), np.tile(other, 4))
    assert repeated == pytest.approx(metric.measure(one, other), rel=1e-10)


def draws(count: int, times: int) -> np.ndarray:
    numbers = np.random.default_rng(0)
    metric = KernelDistance()
    return np.array(
        [
            metric.measure(numbers.normal(size=(count, 4)), numbers.normal(size=(count + 5, 4)))[0]
            for _ in range(times)
        ]
    )


@pytest.mark.parametrize("count", [8, 32])
def test_sets_of_one_distribution_are_at_zero_in_the_mean(count: int) -> None:
    found = draws(count, 2000)
    error = found.std(ddof=1) / np.sqrt(len(found))
    assert abs(found.mean()) < 4 * error
    # A biased estimate, with every image beside itself, would be far outside of that.
    assert found.min() < 0 < found.max()


def test_few_images_do_not_make_it_larger() -> None:
    numbers = np.random.default_rng(1)
    metric = KernelDistance()
    means, errors = [], []
    for count in (16, 128):
        found = [
            metric.measure(numbers.normal(size=(count, 4)), numbers.normal(0.5, 1, (count, 4)))[0]
            for _ in range(600)
        ]
        means.append(np.mean(found))
        errors.append(np.std(found) / np.sqrt(len(found)))
    assert abs(means[0] - means[1]) < 4 * np.hypot(*errors)
    assert means[1] > 20 * errors[1]


def test_generated_as_the_reference() -> None:
    # Every photograph is there twice, and k(x, x) counts between the sets only: below 0.
    one, _ = sets(64, 64)
    (found,) = KernelDistance().measure(one, one)
    assert found == pytest.approx(naive(one, one), rel=1e-10)
    assert found < 0


def test_resamples_are_measured_on_the_subsets() -> None:
    one, other = sets(50, 40)
    numbers = np.random.default_rng(0)
    subsets = [(numbers.permutation(50)[:25], numbers.permutation(40)[:20]) for _ in range(4)]
    metric = KernelDistance()
    found = metric.resamples(one, other, subsets)
    expected = [metric.measure(one[real], other[fake]) for real, fake in subsets]
    np.testing.assert_allclose(found, expected, rtol=1e-10)


def test_it_is_torch_fidelitys() -> None:
    kid = pytest.importorskip("torch_fidelity.metric_kid")
    torch = pytest.importorskip("torch")
    one, other = sets(200, 200)
    # One subset of all images is the whole-set estimate.
    expected = kid.kid_features_to_metric(
        torch.from_numpy(one),
        torch.from_numpy(other),
        kid_subsets=1,
        kid_subset_size=200,
        verbose=False,
    )
    found = KernelDistance().measure(one, other)
    assert found == pytest.approx((expected[kid.KEY_METRIC_KID_MEAN],), rel=1e-9)
