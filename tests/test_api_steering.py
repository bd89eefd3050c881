"""Steering a generator from a Python program."""

from pathlib import Path

import numpy as np

import lsgan
from lsgan import pretrained
from lsgan.checkpoints.checkpoint import Checkpoint, write
from lsgan.config import config_files
from lsgan.io.images import save_png, to_image
from lsgan.training.state import State
from tests.conftest import SMALL


def test_directions_and_projections(tmp_path: Path, landscapes: np.ndarray, monkeypatch) -> None:
    monkeypatch.setattr(pretrained, "find", lambda *_, **__: None)
    config = config_files.load(config_files.find("kanas.yaml"), [*SMALL, "model.init_std=0.3"])
    source = tmp_path / "one.safetensors"
    write(Checkpoint(source, 1, config.model_dump()), State(config).tensors())
    found = lsgan.directions(source, tmp_path / "d", components=1, device="cpu", progress=False)
    assert found.names[-9:] == ("pc1", *(f"z{place}" for place in range(1, 9)))
    assert {path.name for path in (tmp_path / "d").iterdir()} >= {
        "directions.npz",
        "directions.json",
        "directions.png",
        "warmth.png",
    }
    generator = lsgan.load(source, device="cpu")
    latents = generator.latents([3])
    moved = generator.render(latents + 2 * found.vectors[0])
    assert (moved != generator.render(latents)).any()
    photo = tmp_path / "lake.png"
    save_png(to_image(landscapes[0]), photo)
    projected = lsgan.project(
        photo, source, tmp_path, starts=1, search_steps=2, device="cpu", progress=False
    )
    assert projected.latents == tmp_path / "lake.npz"
    assert projected.sheet.is_file()
