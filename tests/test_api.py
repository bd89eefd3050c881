"""What `import lsgan` gives to a Python program."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import lsgan
from lsgan.config import Config
from lsgan.errors import ConfigError
from lsgan.io.files import read_lines


def test_importing_it_loads_nothing() -> None:
    code = "import sys, lsgan; print([m for m in ('paddle', 'numpy', 'PIL') if m in sys.modules])"
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "[]"
    assert {"load", "prepare", "train", "evaluate", "metrics", "networks"} <= set(dir(lsgan))
    with pytest.raises(AttributeError, match="no attribute 'sample'"):
        lsgan.sample  # noqa: B018


def test_from_images_to_a_generator(small: Config, tmp_path: Path, landscapes: np.ndarray) -> None:
    folder = tmp_path / "photographs"
    folder.mkdir()
    for number, pixels in enumerate(landscapes[:40]):
        Image.fromarray(pixels.transpose(1, 2, 0)).save(folder / f"{number}.png")
    packed, run = tmp_path / "packed", tmp_path / "run"
    summary = lsgan.prepare(folder, packed, size=32, workers=1, keep_duplicates=True)
    assert summary.kept == 40
    rows: list[dict[str, object]] = []
    outcome = lsgan.train(
        small,
        data=packed,
        out=run,
        settings={"train.steps": 3, "data.horizontal_flip": False},
        device="cpu",
        progress=False,
        callback=rows.append,
    )
    assert outcome == (3, 0)
    assert rows == read_lines(run / "metrics.jsonl")

    generator = lsgan.load(run, device="cpu")
    images = generator.sample(range(3))
    assert (images.dtype, images.shape) == (np.uint8, (3, 32, 32, 3))
    assert np.array_equal(generator.sample([2]), images[2:])
    assert not np.array_equal(generator.sample([2], truncation=0.5), images[2:])
    assert generator.latents([0, 1]).shape == (2, small.model.latent_dim)
    film = generator.interpolate([0, 1], frames=4)
    assert film.shape == (8, 32, 32, 3)
    assert np.array_equal(film[0], images[0])
    with pytest.raises(ConfigError, match="two seeds"):
        generator.interpolate([0])
    with pytest.raises(ConfigError, match="above 0 and at most 1"):
        generator.sample([0], truncation=0)

    report = lsgan.evaluate(run, device="cpu", progress=False, reference=packed, count=64)
    assert {"frechet", "kid"} <= {result.name for result in report.results}
    assert (run / "metrics.json").is_file()


def test_a_callback_ends_the_training(small: Config, tmp_path: Path) -> None:
    outcome = lsgan.train(
        small,
        out=tmp_path,
        device="cpu",
        progress=False,
        callback=lambda row: row["step"] >= 2,
    )
    assert outcome.step == 2
    assert lsgan.load(tmp_path, step="latest", device="cpu").name == "step-00000002"


def test_networks_are_built_from_keywords() -> None:
    generator = lsgan.networks.build_generator(generator="fastgan", size=64, base_channels=4)
    discriminator = lsgan.networks.build_discriminator(size=64, base_channels=4)
    import paddle

    images = generator(paddle.zeros([2, 100]))
    assert images.shape == [2, 3, 64, 64]
    assert discriminator(images).shape[0] == 2
