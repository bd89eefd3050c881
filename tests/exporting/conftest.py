"""A run of each kind of generator, as small as it can be."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lsgan.config import config_files
from lsgan.training.train import train
from tests.config.test_configurations import tiny

Runs = Callable[[str], Path]


@pytest.fixture(scope="session")
def run_of(tmp_path_factory: pytest.TempPathFactory, pack: Path, pairs: Path) -> Runs:
    """The folder of a run of two steps with a packaged configuration, made once."""
    made: dict[str, Path] = {}

    def run(name: str) -> Path:
        if name not in made:
            folder = tmp_path_factory.mktemp(Path(name).stem)
            config = tiny(name, pack, pairs, folder)
            config = config_files.change(config, ["train.steps=2"])
            train(config, folder / "run", "cpu", progress=False)
            made[name] = folder / "run"
        return made[name]

    return run
