"""`lsgan sample --truncation`: latents moved towards their mean."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from lsgan.checkpoints.checkpoint import Checkpoint, write
from lsgan.cli import app
from lsgan.config import ModelSection, config_files
from lsgan.errors import ConfigError
from lsgan.networks.latents import Latents
from lsgan.training.state import State
from tests.conftest import SMALL

LATENTS = Latents(ModelSection())


def checkpoint(folder: Path, name: str, *changes: str) -> Path:
    """A checkpoint of an untrained generator, whose images differ all the same."""
    config = config_files.load(config_files.find(name), changes)
    path = folder / f"{Path(name).stem}.safetensors"
    write(Checkpoint(path, 0, config.model_dump()), State(config).tensors())
    return path


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    changes = (*SMALL, "model.init_std=0.3")
    return checkpoint(tmp_path_factory.mktemp("source"), "kanas.yaml", *changes)


def sample(*words: object) -> str:
    answer = CliRunner().invoke(app, ["sample", *map(str, words)])
    if answer.exception:
        raise answer.exception
    return answer.output


def pixels(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        return np.asarray(image).astype(int)


def test_latents_keep_their_direction_and_are_so_much_nearer_to_the_mean() -> None:
    whole = LATENTS.of(range(5))
    nearer = LATENTS.of(range(5), 0.7)
    assert nearer.dtype == np.float32
    np.testing.assert_allclose(nearer, 0.7 * whole, rtol=1e-6)
    assert LATENTS.of(range(5), 1).tobytes() == whole.tobytes()


def test_a_truncated_interpolation_is_the_interpolation_nearer_to_the_mean_without_a_seam() -> None:
    whole = LATENTS.closed_interpolation(LATENTS.of([3, 8, 5]), 24)
    nearer = LATENTS.closed_interpolation(LATENTS.of([3, 8, 5], 0.5), 24)
    assert nearer.dtype == np.float32
    np.testing.assert_allclose(nearer, 0.5 * whole, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(nearer[[0, 24, 48]], LATENTS.of([3, 8, 5], 0.5), rtol=1e-5)
    steps = np.linalg.norm(nearer - np.roll(nearer, 1, axis=0), axis=1)
    assert steps.max() < 2.5 * steps.mean()
    # Nearly no length is left, and no number is lost.
    assert np.isfinite(LATENTS.closed_interpolation(LATENTS.of([3, 8], 1e-300), 4)).all()


def test_truncated_images_are_more_alike_and_overwrite_no_others(
    source: Path, tmp_path: Path
) -> None:
    words = (source, "--out", tmp_path, "--seeds", "0-3")
    spreads = []
    for more in ((), ("--truncation", "1"), ("--truncation", "0.3")):
        output = sample(*words, *more, "--columns", 1)
        path = Path(output.split(": ", 1)[1].strip())
        grid = pixels(path)
        images = np.stack([grid[34 * place : 34 * place + 32] for place in range(4)])
        spreads.append(images.std(0).mean())
    assert spreads[0] == spreads[1] > spreads[2] > 0
    sample(*words, "--truncation", "0.3", "--interpolate", "--frames", 2)
    sample(*words, "--truncation", "0.3", "--singles")
    sample(*words, "--interpolate", "--frames", 2)
    sample(*words, "--singles")
    assert {path.name for path in tmp_path.iterdir()} == {
        "kanas",
        "kanas-seeds-0-3.png",
        "kanas-seeds-0-3-interpolation.gif",
        "kanas-truncation-0.3",
        "kanas-seeds-0-3-truncation-0.3.png",
        "kanas-seeds-0-3-truncation-0.3-interpolation.gif",
    }
    # The same images in every form.
    single = pixels(tmp_path / "kanas-truncation-0.3" / "seed-000002.png")
    np.testing.assert_array_equal(single, grid[68:100])
    assert (single != pixels(tmp_path / "kanas" / "seed-000002.png")).any()
    films = [
        (tmp_path / f"kanas-seeds-0-3{word}-interpolation.gif").read_bytes()
        for word in ("", "-truncation-0.3")
    ]
    assert films[0] != films[1]


@pytest.mark.parametrize("truncation", ["0", "-0.5", "1.01", "nan", "inf"])
def test_what_is_no_truncation_is_refused(source: Path, tmp_path: Path, truncation: str) -> None:
    with pytest.raises(ConfigError, match="must be above 0 and at most 1") as caught:
        sample(source, "--out", tmp_path / "out", "--truncation", truncation)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_generators_without_normal_latents_are_refused(tmp_path: Path) -> None:
    uniform = checkpoint(tmp_path, "kanas.yaml", *SMALL, "model.latent_distribution=uniform")
    with pytest.raises(ConfigError, match="spread evenly"):
        sample(uniform, "--truncation", "0.7")
    changes = ("model.base_channels=2", "model.size=32")
    given = checkpoint(tmp_path, "pix2pix-facades.yaml", *changes)
    for words in ((), ("--input", tmp_path)):
        with pytest.raises(ConfigError, match="makes images of images"):
            sample(given, "--truncation", "0.7", *words)
