"""The metrics as functions of arrays."""

import numpy as np
import pytest

from lsgan import metrics


@pytest.fixture
def images(landscapes: np.ndarray) -> np.ndarray:
    return landscapes.transpose(0, 2, 3, 1)


def test_equal_images_are_at_distance_zero_and_blurred_ones_are_not(images: np.ndarray) -> None:
    real, other = images[::2], images[1::2]
    blurred = other.copy()
    blurred[:, ::2], blurred[:, :, ::2] = blurred[:, 1::2], blurred[:, :, 1::2]
    assert metrics.frechet(real, real) == pytest.approx(0, abs=1e-6)
    assert metrics.sliced_wasserstein(real, real) == 0
    for distance in (metrics.frechet, metrics.kid, metrics.sliced_wasserstein):
        assert distance(real, other) < distance(real, blurred)
    assert metrics.precision_recall(real, real) == (1, 1)
    assert metrics.density_coverage(real, real)[1] == 1


def test_features_are_taken_as_they_are() -> None:
    numbers = np.random.default_rng(0)
    real, fake = numbers.normal(0, 1, (4000, 2)), numbers.normal(3, 1, (4000, 2))
    # Of two Gaussians of one covariance the squared distance of the means, 3² + 3².
    assert metrics.frechet(real, fake) == pytest.approx(18, rel=0.05)
    assert metrics.precision_recall(real, fake + 9) == (0, 0)


@pytest.mark.parametrize(
    ("real", "fake", "said"),
    [
        (np.zeros((9, 3)), np.zeros((9, 4)), "3 and of 4 dimensions"),
        (np.zeros((9, 3)), np.zeros((2, 3)), "too few rows: 9 and 2"),
        (np.zeros((9, 3, 32, 32), np.uint8),) * 2 + ("neither images",),
        (np.zeros((9, 20, 20, 3), np.uint8),) * 2 + ("neither images",),
        (np.zeros((9, 32, 32, 3)),) * 2 + ("float64",),
        (np.zeros((9, 32, 32, 3), np.uint8), np.zeros((9, 32, 32, 1), np.uint8), "unlike shapes"),
    ],
)
def test_other_arrays_are_refused(real: np.ndarray, fake: np.ndarray, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        metrics.frechet(real, fake)
