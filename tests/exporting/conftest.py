"""A run of each kind of generator, as small as it can be."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from lsgan.config import config_files
from lsgan.exporting.export import ExportedModel, Request, export
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


@pytest.fixture(scope="session")
def run(run_of: Runs) -> Path:
    return run_of("kanas.yaml")


def exported(source: Path, out: Path, **changes: Any) -> ExportedModel:
    """A model in the format that is the fastest to write."""
    request = Request(source, kind="safetensors", out=out, **changes)
    return export(request, lambda _: None)


def card(folder: Path) -> tuple[dict[str, Any], str]:
    """The metadata and the text, in which a line end is a space."""
    text = (folder / "README.md").read_text(encoding="utf-8")
    _, front, body = text.split("---\n", 2)
    return yaml.safe_load(front), re.sub(r"(?<!\n)\n(?!\n|\||```|- )", " ", body)
