"""A run with classes, grids and directions."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from lsgan import random
from lsgan.config import config_files
from lsgan.inference.sampling import open_generator
from lsgan.latent_space.directions import Directions, default_folder, save_directions
from lsgan.training.train import train
from tests.conftest import SMALL, write_pack

CHANGES = (*SMALL, "data.classes=folders", "model.init_std=0.3", "optimizer.beta1=0.5")


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory, landscapes: np.ndarray) -> Path:
    names = ["lake" if place % 2 else "wood" for place in range(len(landscapes))]
    data = write_pack(tmp_path_factory.mktemp("data") / "packed", landscapes, classes=names)
    config = config_files.load(config_files.find("kanas.yaml"), CHANGES)
    path = tmp_path_factory.mktemp("runs") / "lakes & woods"
    train(config_files.with_data(config, data), path, "cpu", progress=False)
    save_directions(some_directions(path), default_folder(path))
    return path


@pytest.fixture
def run(trained: Path, tmp_path: Path) -> Path:
    """A copy of that run, which a test may change."""
    return Path(shutil.copytree(trained, tmp_path / trained.name))


def some_directions(run: Path) -> Directions:
    """Two directions of a known meaning and one principal one, all drawn by chance."""
    generator = open_generator(run)
    numbers = random.stream(0, "directions of a test")
    vectors = numbers.normal(size=(3, generator.config.model.latent_dim)).astype(np.float32)
    return Directions(
        names=("brightness", "warmth", "pc1"),
        kinds=("property", "property", "principal"),
        vectors=vectors,
        properties=("brightness", "warmth"),
        effects=np.array([[1.0, 0.1], [0.1, 1.0], [0.2, 0.4]]),
        checkpoint=generator.name,
    )
