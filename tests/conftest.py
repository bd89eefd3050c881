"""What several tests need: Paddle on the CPU, a small data set, a small configuration."""

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from lsgan.config import Config, config_files
from lsgan.data.pack import DESCRIPTION, IMAGES, MANIFEST, Kind, describe
from lsgan.demo.landscapes import render
from lsgan.system import runtime

# Wide terminals, no colours: help texts are compared word by word.
os.environ.update(COLUMNS="200", NO_COLOR="1", TERM="dumb")
# In place of the user's own, here and in every process that a test starts.
_CACHE = tempfile.mkdtemp(prefix="lsgan-tests-")
os.environ["LSGAN_CACHE"] = _CACHE
# Before any test module loads Paddle: its libraries read their settings once.
runtime.start("cpu")
# Some read them at their first computation, which may be in a test that has changed them.
runtime.matrix_speed()

SMALL = (
    "model.base_channels=4",
    "model.latent_dim=8",
    "model.size=32",
    "ema.batch_norm_latents=64",
    "train.steps=6",
    "train.batch_size=4",
    # Of any processor's own choice of a precision nothing here is to depend.
    "train.precision=float32",
    "log.every=2",
    "sample.every=3",
    "sample.count=4",
    "evaluate.every=3",
    "evaluate.count=64",
)


def pytest_unconfigure() -> None:
    shutil.rmtree(_CACHE, ignore_errors=True)


@pytest.fixture(scope="module", autouse=True)
def environment() -> Iterator[None]:
    """What a library sets for processes that it starts, as Dask does, holds for no later ones."""
    of_pytest = "PYTEST_CURRENT_TEST"
    before = {name: value for name, value in os.environ.items() if name != of_pytest}
    yield
    for name in os.environ.keys() - before.keys() - {of_pytest}:
        del os.environ[name]
    os.environ.update(before)


def write_pack(
    folder: Path,
    images: np.ndarray,
    kind: Kind = "images",
    classes: Sequence[str | None] | None = None,
) -> Path:
    """A packed data set of the given images, made without `lsgan prepare`."""
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / IMAGES, images)
    (folder / MANIFEST).write_text(
        "".join(
            json.dumps({"index": index} | ({"class": classes[index]} if classes else {})) + "\n"
            for index in range(len(images))
        )
    )
    (folder / DESCRIPTION).write_text(json.dumps(describe(images, kind)))
    return folder


def random_features(folder: Path, seed: int = 0) -> Path:
    """A file with random weights for EfficientNet-lite0, in place of ImageNet's."""
    # These load Paddle.
    from lsgan.pretrained import efficientnet
    from lsgan.pretrained.stored import Pretrained, digest, write

    path = folder / f"random-features-{seed}.safetensors"
    if not path.exists():
        numbers = np.random.default_rng(seed)
        weights = {
            name: numbers.normal(0, (2 / max(1, np.prod(shape[1:]))) ** 0.5, shape)
            for name, shape in efficientnet.shapes().items()
        }
        arrays = {name: array.astype(np.float32) for name, array in weights.items()}
        found = Pretrained("efficientnet-lite0", arrays, digest(arrays), "none", "random numbers")
        write(path, found)
    return path


@pytest.fixture(scope="session")
def landscapes() -> np.ndarray:
    """Embedded landscapes, uint8 (200, 3, 32, 32)."""
    return np.stack([render(seed, 32, 32).transpose(2, 0, 1) for seed in range(200)])


@pytest.fixture(scope="session")
def pack(tmp_path_factory: pytest.TempPathFactory, landscapes: np.ndarray) -> Path:
    """A packed data set of 200 embedded landscapes of 3×32×32."""
    return write_pack(tmp_path_factory.mktemp("data") / "packed", landscapes)


@pytest.fixture(scope="session")
def pairs(tmp_path_factory: pytest.TempPathFactory, landscapes: np.ndarray) -> Path:
    """A packed data set of 40 pairs of 3×32×32: a landscape in red alone, and the landscape."""
    given = landscapes[:40].copy()
    given[:, 1:] = 0
    rows = np.concatenate([given, landscapes[:40]], axis=1)
    return write_pack(tmp_path_factory.mktemp("data") / "pairs", rows, "pairs")


@pytest.fixture
def small(pack: Path) -> Config:
    """kanas.yaml, shrunk until six steps take a second, on the small data set."""
    config = config_files.load(config_files.find("kanas.yaml"), SMALL)
    return config_files.with_data(config, pack)
