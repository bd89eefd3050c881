"""The features without weights tell what they are said to tell, and nothing else."""

import numpy as np
import pytest

from lsgan.evaluation.checkpoint_evaluator import LEAST
from lsgan.features.extractors import PCA, ScatteringFeatures, StandardScaler
from lsgan.metrics.frechet_distance import FrechetDistance

# What the logarithm of nothing is taken of.
SILENCE = 0.01


def wave(period: float, angle: float, phase: float = 0.0, size: int = 64) -> np.ndarray:
    """A grating, uint8 (1, 1, size, size)."""
    place = np.arange(size)
    along = np.cos(angle) * place[None, :] + np.sin(angle) * place[:, None]
    values = 128 + 100 * np.sin(2 * np.pi * along / period + phase)
    return values.astype(np.uint8)[None, None]


@pytest.mark.parametrize(("channels", "size"), [(1, 32), (3, 32), (3, 64), (1, 128), (3, 256)])
def test_every_size_and_number_of_channels_has_its_features(channels: int, size: int) -> None:
    features = ScatteringFeatures(channels, size)
    images = np.random.default_rng(0).integers(0, 256, (3, channels, size, size), np.uint8)
    found = features(images)
    assert found.shape == (3, features.dimensions)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()


def test_an_image_has_the_same_features_alone_and_among_others() -> None:
    features = ScatteringFeatures(3, 32)
    images = np.random.default_rng(0).integers(0, 256, (70, 3, 32, 32), np.uint8)
    np.testing.assert_allclose(features(images)[66:67], features(images[66:67]), atol=1e-5)


def test_an_even_surface_has_colour_and_no_structure() -> None:
    features = ScatteringFeatures(1, 64)
    found = features(np.full((1, 1, 64, 64), 204, np.uint8))[0]
    np.testing.assert_allclose(found[:16], 0.6, atol=1e-5)
    np.testing.assert_allclose(np.exp(found[16:]), SILENCE, atol=1e-5)


def test_gratings_answer_in_their_orientation_and_their_size() -> None:
    features = ScatteringFeatures(1, 64)

    def first_order(image: np.ndarray) -> np.ndarray:
        """The mean modulus of each orientation at the two finest levels."""
        found = features(image)[0]
        finest = found[16:32].reshape(4, 4).mean(1)
        # After a level's four orientations come the second orders of the three levels below.
        start = 32 + 3 * 16 * 4
        return np.stack([finest, found[start : start + 16].reshape(4, 4).mean(1)])

    for turn in range(4):
        answers = first_order(wave(4, np.pi * turn / 4))
        assert answers.argmax() == turn
        # At twice the period it is the next level that answers.
        answers = first_order(wave(8, np.pi * turn / 4))
        assert np.unravel_index(answers.argmax(), answers.shape) == (1, turn)


def test_moduli_do_not_depend_on_where_the_wave_begins() -> None:
    features = ScatteringFeatures(1, 64)
    one, other = (features(wave(4, 0.0, phase))[0] for phase in (0.0, 2.0))
    # The energy of a sine and a cosine together; edges aside.
    np.testing.assert_allclose(one[16:20], other[16:20], atol=0.05)


def test_one_wavelet_is_what_the_formula_gives() -> None:
    """The largest answer is that of the wavelet itself, worked out by hand."""
    place = np.arange(7) - 3
    envelope = np.exp(-(place[:, None] ** 2 + place[None, :] ** 2) / (2 * 1.2**2))
    parts = [envelope * wave(np.pi / 2 * place[None, :]) for wave in (np.cos, np.sin)]
    parts = [part - envelope * part.sum() / envelope.sum() for part in parts]
    parts = [part / np.sqrt((part**2).sum()) for part in parts]
    pixels = np.random.default_rng(1).integers(0, 256, (1, 1, 32, 32), np.uint8)
    values = np.pad(pixels[0, 0] / 127.5 - 1, 3, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(values, (7, 7))
    answers = [np.einsum("yxij,ij->yx", windows, part) for part in parts]
    modulus = np.sqrt(answers[0] ** 2 + answers[1] ** 2)
    expected = [modulus[:16, :16].mean(), modulus[:16, 16:].mean()]
    expected += [modulus[16:, :16].mean(), modulus[16:, 16:].mean()]
    found = ScatteringFeatures(1, 32)(pixels)[0]
    np.testing.assert_allclose(found[16:20], np.log(np.array(expected) + SILENCE), atol=1e-4)


def test_standard_features_have_mean_0_and_deviation_1_over_the_reference(
    landscapes: np.ndarray,
) -> None:
    standard = StandardScaler(ScatteringFeatures(3, 32), landscapes)
    np.testing.assert_allclose(standard.reference.mean(0), 0, atol=1e-6)
    assert standard.reference.std(0).max() == pytest.approx(1, abs=1e-6)
    np.testing.assert_allclose(standard(landscapes[:5]), standard.reference[:5], atol=1e-4)


def test_what_does_not_vary_among_the_reference_does_not_decide(landscapes: np.ndarray) -> None:
    grey = landscapes.mean(1, keepdims=True).astype(np.uint8).repeat(3, axis=1)
    standard = StandardScaler(ScatteringFeatures(3, 32), grey)
    nearly = grey.copy()
    nearly[:, 0, ::7, ::7] ^= 1
    assert np.abs(standard(nearly) - standard.reference).max() < 1


@pytest.mark.parametrize("harm", ["blurred", "noisy", "collapsed", "grey"])
def test_harmed_photographs_are_farther_than_photographs(landscapes: np.ndarray, harm: str) -> None:
    reference, others = landscapes[::2], landscapes[1::2]
    numbers = np.random.default_rng(0)
    harmed = {
        "blurred": others.reshape(-1, 3, 8, 4, 8, 4).mean((3, 5)).repeat(4, 2).repeat(4, 3),
        "noisy": np.clip(others + numbers.normal(0, 20, others.shape), 0, 255),
        "collapsed": others[:5].repeat(20, 0),
        "grey": others.mean(1, keepdims=True).repeat(3, 1),
    }[harm].astype(np.uint8)
    leading = PCA(StandardScaler(ScatteringFeatures(3, 32), reference))
    baseline, distance = (
        FrechetDistance().measure(leading.reference, leading(images))[0]
        for images in (others, harmed)
    )
    assert distance > 2 * baseline


def test_leading_components_are_uncorrelated_and_of_deviation_1(landscapes: np.ndarray) -> None:
    leading = PCA(StandardScaler(ScatteringFeatures(3, 32), landscapes))
    assert leading.dimensions == 32
    assert leading.name == "wavelet scattering, 32 components"
    np.testing.assert_allclose(np.cov(leading.reference.T, ddof=0), np.eye(32), atol=1e-6)
    np.testing.assert_allclose(leading(landscapes[:5]), leading.reference[:5], atol=1e-3)
    assert PCA(StandardScaler(ScatteringFeatures(3, 32), landscapes[:5])).dimensions == 4


@pytest.mark.parametrize("reference", ["one", "copies", "black"])
def test_images_that_do_not_differ_are_a_reference_too(
    landscapes: np.ndarray, reference: str
) -> None:
    one = landscapes[:1]
    references = {"one": one, "copies": one.repeat(5, 0), "black": np.zeros_like(one).repeat(9, 0)}
    leading = PCA(StandardScaler(ScatteringFeatures(3, 32), references[reference]))
    same, near, far = (
        FrechetDistance().measure(leading.reference, leading(found.astype(np.uint8).repeat(4, 0)))[
            0
        ]
        for found in (
            references[reference][:1],
            references[reference][:1] * 0.9 + 10,
            landscapes[7:8],
        )
    )
    assert same == pytest.approx(0, abs=1e-9)
    assert 1e-4 < near < far < 10


def test_as_many_photographs_as_carry_the_measure_tell_images_apart(
    landscapes: np.ndarray,
) -> None:
    """From the least number that is taken, blurred images are farther than photographs."""
    leading = PCA(StandardScaler(ScatteringFeatures(3, 32), landscapes[:LEAST]))
    others = landscapes[LEAST : 2 * LEAST]
    blurred = others.reshape(-1, 3, 8, 4, 8, 4).mean((3, 5)).repeat(4, 2).repeat(4, 3)
    near, far = (
        FrechetDistance().measure(leading.reference, leading(images))[0]
        for images in (others, blurred.astype(np.uint8))
    )
    assert far > 1.5 * near
