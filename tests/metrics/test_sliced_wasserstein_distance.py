import numpy as np
import pytest
from scipy.ndimage import correlate1d
from scipy.stats import wasserstein_distance

from lsgan.metrics.sliced_wasserstein_distance import SlicedWasserstein, _blur, _pyramid


@pytest.fixture(scope="module")
def halves(landscapes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return landscapes[:100], landscapes[100:]


def test_projections_are_compared_as_scipy_compares_them(
    halves: tuple[np.ndarray, np.ndarray],
) -> None:
    metric = SlicedWasserstein(halves[0])
    expected = []
    bands = [metric._patches(half) for half in halves]
    for level, (first, second) in enumerate(zip(*bands, strict=True)):
        # The last of the two bands by the reference's moments, the one of detail by its own.
        source = first if level == 1 else second
        normal = [
            (patches - moments.mean((0, 2, 3), keepdims=True))
            / moments.std((0, 2, 3), keepdims=True)
            for patches, moments in ((first, first), (second, source))
        ]
        one, two = (metric._project(patches, level) for patches in normal)
        expected.append(np.mean([wasserstein_distance(one[:, i], two[:, i]) for i in range(256)]))
    assert metric.distance(halves[1]) == pytest.approx(1000 * np.mean(expected), rel=1e-4)


def test_the_pyramid_gives_the_image_back(halves: tuple[np.ndarray, np.ndarray]) -> None:
    image = halves[0][:2].astype(np.float32)
    detail, rest = _pyramid(halves[0][:2])
    assert (detail.shape[-1], rest.shape[-1]) == (32, 16)
    spread = np.zeros_like(image)
    spread[..., ::2, ::2] = 4 * rest
    np.testing.assert_allclose(detail + _blur(spread), image, atol=1e-3)


def test_blurring_is_scipys(halves: tuple[np.ndarray, np.ndarray]) -> None:
    image = halves[0][:2].astype(np.float32)
    kernel = np.array([1, 4, 6, 4, 1]) / 16
    expected = correlate1d(correlate1d(image, kernel, 2, mode="mirror"), kernel, 3, mode="mirror")
    np.testing.assert_allclose(_blur(image), expected, atol=1e-3)


def test_the_worse_the_images_the_greater_the_distance(
    halves: tuple[np.ndarray, np.ndarray],
) -> None:
    reference, images = halves
    metric = SlicedWasserstein(reference)
    noise = np.random.default_rng(0).integers(0, 256, images.shape, np.uint8)
    noisy = (0.7 * images + 0.3 * noise).astype(np.uint8)
    one = np.broadcast_to(images[:1], images.shape)
    flat = (0.5 * images + 64).astype(np.uint8)
    real = metric.distance(images)
    assert metric.distance(reference) == 0
    for worse in (noisy, one, flat, noise):
        assert metric.distance(worse) > 1.5 * real
    assert metric.distance(noise) > metric.distance(noisy)


def test_the_count_must_be_the_references(halves: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.raises(ValueError, match="100 images are compared with 50"):
        SlicedWasserstein(halves[0]).distance(halves[1][:50])
