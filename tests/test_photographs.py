"""The main job on real photographs, where a folder of them lies beside the checkout."""

from pathlib import Path

import numpy as np
import pytest

from lsgan.config import config_files
from lsgan.data.pack import open_pack
from lsgan.data.prepare import prepare
from lsgan.data.settings import PrepareSettings
from lsgan.inference import sampling
from lsgan.io.files import read_lines
from lsgan.training.train import train

FOLDER = Path(__file__).resolve().parents[2] / "shared" / "data" / "landscapes"

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="no photographs in ../shared/data/landscapes"
)


def test_from_photographs_to_images(tmp_path: Path) -> None:
    source = tmp_path / "photographs"
    for kind in ("mountain", "forest", "glacier"):
        (source / kind).mkdir(parents=True)
        for path in sorted((FOLDER / kind).glob("*.jpg"))[:100]:
            (source / kind / path.name).symlink_to(path)
    summary = prepare([source], tmp_path / "packed", PrepareSettings(), progress=False)
    assert summary.found == 300
    assert summary.kept + summary.identical + summary.near == 300
    pack = open_pack(tmp_path / "packed")
    assert {row["class"] for row in pack.manifest()} == {"mountain", "forest", "glacier"}

    changes = (
        *("model.base_channels=8", "train.steps=60", "train.batch_size=16", "log.every=10"),
        *("evaluate.every=30", "sample.every=60", "ema.batch_norm_latents=64"),
    )
    config = config_files.load(config_files.find("kanas.yaml"), changes)
    config = config_files.with_data(config, pack.path)
    train(config, tmp_path / "run", "cpu", progress=False)
    losses = [
        row["discriminator_loss"]
        for row in read_lines(tmp_path / "run" / "metrics.jsonl")
        if "discriminator_loss" in row
    ]
    assert losses[-1] < losses[0]
    generator = sampling.open_generator(tmp_path / "run")
    images = generator.render(generator.latents(range(16)))
    assert images.shape == (16, 3, 64, 64)
    assert np.ptp(images) > 0
