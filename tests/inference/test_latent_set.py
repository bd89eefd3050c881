"""Which images are rendered, and what they are called."""

from pathlib import Path

import numpy as np
import pytest

from lsgan.errors import ConfigError, DataError
from lsgan.inference import latent_set
from tests.latent_space.generators import DIM, known


def test_latents_are_saved_and_read_with_their_names(tmp_path: Path) -> None:
    generator = known()
    latents = generator.latents([3, 8])
    latent_set.save(latents, ["lake", "a/b: c"], tmp_path / "mine.npz")
    found = latent_set.of_file(generator, tmp_path / "mine.npz")
    np.testing.assert_array_equal(found.latents, latents)
    assert list(found.names) == ["lake", "a_b_c"]
    assert found.label == "mine"
    np.save(tmp_path / "plain.npy", latents.astype(float))
    plain = latent_set.of_file(generator, tmp_path / "plain.npy")
    np.testing.assert_array_equal(plain.latents, latents)
    assert list(plain.names) == ["latent-000000", "latent-000001"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (np.zeros((2, DIM - 1), np.float32), "have 19 numbers, those of known 20"),
        (np.zeros(DIM, np.float32), "holds no latents: its shape is"),
        (np.zeros((0, DIM), np.float32), "holds no latents"),
        (np.full((1, DIM), np.nan, np.float32), "holds no latents"),
        (np.array(["a"]), "holds no latents"),
    ],
)
def test_what_holds_no_latents_is_refused(tmp_path: Path, content: np.ndarray, said: str) -> None:
    np.save(tmp_path / "x.npy", content)
    with pytest.raises(DataError, match=said):
        latent_set.of_file(known(), tmp_path / "x.npy")


def test_no_code_of_a_file_of_latents_is_run(tmp_path: Path) -> None:
    class Code:
        def __reduce__(self) -> tuple[object, ...]:
            return Path.touch, (tmp_path / "ran",)

    np.save(tmp_path / "x.npy", np.array([Code()]), allow_pickle=True)
    with pytest.raises(DataError, match="holds no latents"):
        latent_set.of_file(known(), tmp_path / "x.npy")
    assert not (tmp_path / "ran").exists()


def test_images_moved_along_directions_have_names_of_their_own() -> None:
    generator = known()
    chosen = latent_set.of_seeds(generator, [0, 1], 0.5)
    shift = np.ones(DIM, np.float32)
    moved = latent_set.moved(chosen, {"warmth+2": shift})
    np.testing.assert_allclose(moved.latents, chosen.latents + 1)
    assert moved.label == "seeds-0-1-truncation-0.5-warmth+2"
    assert latent_set.variant(0.5, {"warmth+2": shift}) == "-truncation-0.5-warmth+2"
    assert latent_set.moved(chosen, {}) is chosen


def test_a_generator_without_classes_has_none_to_choose() -> None:
    with pytest.raises(ConfigError, match="was not trained on classes"):
        latent_set.of_seeds(known(), [0], 1, ["lake"])
