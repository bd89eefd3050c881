"""A generator that copies its photographs is caught; new photographs are not."""

import numpy as np
import pytest

from lsgan.evaluation import memorization
from lsgan.features.extractors import ScatteringFeatures, StandardScaler


@pytest.fixture(scope="module")
def sets(landscapes: np.ndarray) -> tuple[StandardScaler, np.ndarray, np.ndarray, np.ndarray]:
    """Features, 100 images trained on, 50 held out, and 50 new ones."""
    features = StandardScaler(ScatteringFeatures(3, 32), landscapes[100:150])
    return features, landscapes[:100], landscapes[100:150], landscapes[150:]


def judged(
    sets: tuple[StandardScaler, np.ndarray, np.ndarray, np.ndarray], images: np.ndarray
) -> memorization.Memorization:
    features, trained, held_out, _ = sets
    known = features(trained)
    found = [memorization.nearest(features, shown, known).distances for shown in (images, held_out)]
    return memorization.assess(found[0], found[1], len(trained), features.name)


def test_new_photographs_are_no_copies(sets: tuple[StandardScaler, ...]) -> None:
    found = judged(sets, sets[3])
    assert not found.copying
    assert found.share <= 0.1
    assert "no copies" in str(found)


@pytest.mark.parametrize("how", ["same", "mirrored", "noisy"])
def test_replayed_photographs_are_copies(sets: tuple[StandardScaler, ...], how: str) -> None:
    replayed = sets[1][:50]
    if how == "mirrored":
        replayed = np.ascontiguousarray(replayed[..., ::-1])
    if how == "noisy":
        noise = np.random.default_rng(0).normal(0, 2, replayed.shape)
        replayed = np.clip(replayed + noise, 0, 255).astype(np.uint8)
    found = judged(sets, replayed)
    assert found.copying
    assert found.share > 0.9
    assert "the generator copies photographs" in str(found)


def test_a_third_of_copies_among_new_images_is_seen(sets: tuple[StandardScaler, ...]) -> None:
    mixed = np.concatenate([sets[1][:17], sets[3][:33]])
    found = judged(sets, mixed)
    assert found.copying
    assert found.share == pytest.approx(0.34, abs=0.1)


def test_the_mark_is_the_nearest_hundredth_of_the_held_out() -> None:
    held_out = np.arange(1.0, 301)
    generated = np.array([0.5, 2.9, 3.0, 50.0])
    found = memorization.assess(generated, held_out, 1000, "features")
    # Three of 300 are at most 3 away; two of four images are nearer than that.
    assert found.share == 0.5
    assert found.expected == pytest.approx(3 / 301)
    assert (found.n, found.held_out, found.trained) == (4, 300, 1000)


def test_images_stand_beside_their_nearest_the_nearest_first(
    sets: tuple[StandardScaler, ...],
) -> None:
    features, trained, _, new = sets
    shown = np.concatenate([new[:2], np.ascontiguousarray(trained[7:8, ..., ::-1])])
    found = memorization.nearest(features, shown, features(trained))
    assert found.places[2] == 7
    assert found.mirrored[2]
    assert found.distances[2] == pytest.approx(0, abs=1e-3)
    sheet = memorization.pairs(shown, found, trained, 2)
    assert sheet.shape == (4, 3, 32, 32)
    np.testing.assert_array_equal(sheet[0], shown[2])
    # The photograph is mirrored as the image was, so that the eye can compare.
    np.testing.assert_array_equal(sheet[1], shown[2])
