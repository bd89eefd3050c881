"""`lsgan demo` as a user starts it."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lsgan.checkpoints.checkpoint import describe
from lsgan.checkpoints.run import Run
from lsgan.demo import weights
from lsgan.errors import RunError
from lsgan.io.files import locked, read_lines
from tests.commands import lsgan, refused


@pytest.mark.slow
def test_the_demo_renders_as_large_as_another_configuration_asks(tmp_path: Path) -> None:
    changes = ("train.steps=1", "train.batch_size=8", "model.base_channels=4")
    words = [word for change in changes for word in ("--set", change)]
    answer = lsgan("demo", "--config", "kanas-128", "--count", 100, *words, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "lsgan train --config kanas-128 --data" in answer.stdout
    pack = json.loads((tmp_path / "demo" / "data" / "packed" / "pack.json").read_text())
    assert (pack["count"], pack["size"]) == (100, 128)
    grid = next((tmp_path / "demo").glob("step-*-seeds-0-63.png"))
    with Image.open(grid) as image:
        assert image.width > 8 * 2 * 128


def test_the_demo_does_the_whole_job(tmp_path: Path) -> None:
    changes = (
        *("train.steps=2", "train.batch_size=4", "sample.every=2", "evaluate.count=64"),
        "ema.batch_norm_latents=64",
    )
    words = [word for change in changes for word in ("--set", change)]
    answer = lsgan("demo", "--count", 100, *words, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    out = tmp_path / "demo"
    # It says with what it begins: weights that have seen summers, and autumns to learn.
    assert "100 landscapes (autumn)" in answer.stdout
    assert f"lsgan train --config demo.yaml --from {weights.SUMMER}" in answer.stdout
    assert "trained on summer landscapes only" in answer.stdout
    assert "step-00000000.png" in answer.stdout
    begun = describe(next((out / "run" / "checkpoints").glob("step-*.safetensors")))
    assert begun.parent == describe(weights.SUMMER).digest
    assert len(list((out / "data" / "photographs").iterdir())) == 100
    assert len(read_lines(out / "data" / "packed" / "manifest.jsonl")) == 100
    grid = next(out.glob("step-*-seeds-0-63.png"))
    with Image.open(grid) as image:
        assert np.asarray(image).std() > 0
    assert grid.name in answer.stdout
    assert next(out.glob("*-interpolation.gif")).name in answer.stdout
    assert "lsgan prepare YOUR-PHOTOGRAPHS" in answer.stdout
    # An hour's training in its folder is not thrown away.
    longer = out / "run" / "checkpoints" / "step-00009999.safetensors"
    longer.write_bytes(b"")
    assert "9999 steps" in refused("demo", "--count", 100, *words, cwd=tmp_path)
    longer.unlink()
    # Nor one that goes on at this moment, whoever began it.
    with Run(out / "run").locked():
        assert "another training" in refused("demo", "--count", 100, *words, cwd=tmp_path)
    busy = RunError("held", "")
    with locked(out / ".lsgan-demo.lock", busy):
        assert "another lsgan demo" in refused("demo", "--count", 100, *words, cwd=tmp_path)
    assert grid.is_file()
    assert (out / "run" / "metrics.jsonl").is_file()


def test_a_configuration_of_classes_is_refused(tmp_path: Path) -> None:
    assert "Add --set data.classes=none." in refused("demo", "--config", "pics", cwd=tmp_path)
    assert list(tmp_path.iterdir()) == []
