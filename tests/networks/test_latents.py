import numpy as np
import pytest

from lsgan import random
from lsgan.config import ModelSection
from lsgan.networks.latents import Latents

LATENTS = Latents(ModelSection())
UNIFORM = Latents(ModelSection(latent_distribution="uniform"))


def test_latents_are_standard_normal_and_differ() -> None:
    latents = LATENTS.of(range(500))
    assert latents.dtype == np.float32
    assert abs(latents.mean()) < 5 / np.sqrt(latents.size)
    assert latents.std() == pytest.approx(1, abs=0.02)
    assert len(np.unique(latents, axis=0)) == 500


def test_an_interpolation_has_no_seam_and_stays_likely() -> None:
    path = LATENTS.closed_interpolation(LATENTS.of([3, 8, 5]), 24)
    assert path.shape == (72, 100)
    np.testing.assert_allclose(path[[0, 24, 48]], LATENTS.of([3, 8, 5]), rtol=1e-5)
    steps = np.linalg.norm(path - np.roll(path, 1, axis=0), axis=1)
    # No jump, the step from the last image to the first included.
    assert steps.max() < 2.5 * steps.mean()
    lengths = np.linalg.norm(path, axis=1)
    assert lengths.min() > 0.99 * np.linalg.norm(LATENTS.of([3, 8, 5]), axis=1).min()


def test_uniform_latents_fill_their_cube_evenly_and_an_interpolation_stays_in_it() -> None:
    drawn = UNIFORM.draw(random.stream(0, "latents"), 2000)
    assert drawn.shape == (2000, 100)
    assert drawn.dtype == np.float32
    assert -1 <= drawn.min() < -0.999
    assert 0.999 < drawn.max() <= 1
    # The moments of a uniform distribution on [−1, 1].
    assert abs(drawn.mean()) < 0.01
    assert drawn.std() == pytest.approx(1 / np.sqrt(3), abs=0.005)
    path = UNIFORM.closed_interpolation(UNIFORM.of([3, 8]), 5)
    ends = UNIFORM.of([3, 8])
    np.testing.assert_allclose(path[[0, 5]], ends)
    assert np.abs(path).max() <= 1
    # Halfway in time is halfway between, on a straight line.
    np.testing.assert_allclose(
        UNIFORM.closed_interpolation(UNIFORM.of([3, 8]), 2)[1], ends.mean(0), rtol=1e-5, atol=1e-7
    )
