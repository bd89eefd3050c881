"""What a training writes every so often: metrics, grids, checkpoints."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lsgan.checkpoints import checkpoint
from lsgan.config import Config, config_files
from lsgan.data.pack import open_pack
from lsgan.data.sampler import split
from lsgan.errors import RunError
from lsgan.evaluation.checkpoint_evaluator import CheckpointEvaluator
from lsgan.inference import sampling
from lsgan.io.files import read_lines
from lsgan.io.images import grid
from lsgan.training import loop
from lsgan.training.train import train
from lsgan.training.trainer import Trainer


def test_metrics_say_what_happened(small: Config, tmp_path: Path) -> None:
    train(small, tmp_path, "cpu", progress=False)
    rows = read_lines(tmp_path / "metrics.jsonl")
    losses = [row for row in rows if "discriminator_loss" in row]
    # Every two steps, and before each checkpoint.
    assert [row["step"] for row in losses] == [2, 3, 4, 6]
    assert [row["images"] for row in losses] == [8, 12, 16, 24]
    # 180 of the 200 images are trained on.
    assert losses[-1]["epoch"] == pytest.approx(24 / 180, abs=1e-4)
    assert all(row["images_per_second"] > 0 for row in losses)
    measured = [row for row in rows if "frechet" in row]
    # The untrained generator is measured too.
    assert [row["step"] for row in measured] == [0, 3, 6]
    for row in measured[1:]:
        path = tmp_path / "checkpoints" / checkpoint.file_name(row["step"])
        found = checkpoint.describe(path).metrics
        assert found == {"frechet": row["frechet"]}


def test_what_a_run_begins_with_is_measured_after_its_first_step(
    small: Config, tmp_path: Path
) -> None:
    config = config_files.change(small, ["log.every=1", "train.steps=2"])
    train(config, tmp_path, "cpu", progress=False)
    rows = read_lines(tmp_path / "metrics.jsonl")
    assert [row["step"] for row in rows[:2]] == [0, 1]
    pack = open_pack(Path(config.data.path))
    trained, held_out = split(len(pack), config.data.val_fraction, config.train.seed)
    untrained = Trainer(config, pack.images, trained).state.ema.update_batch_norm()
    evaluator = CheckpointEvaluator(pack.images, trained, held_out, config)
    assert rows[0] == {"step": 0, **evaluator.evaluate(untrained)}
    assert rows[0]["frechet"] != rows[-1]["frechet"]
    assert (tmp_path / "samples" / "step-00000000.png").is_file()


def test_a_grid_is_what_sample_renders_from_the_checkpoint(small: Config, tmp_path: Path) -> None:
    train(small, tmp_path, "cpu", progress=False)
    generator = sampling.open_generator(tmp_path, "6")
    images = generator.render(generator.latents(range(4)))
    with Image.open(tmp_path / "samples" / "step-00000006.png") as image:
        np.testing.assert_array_equal(np.asarray(image), np.asarray(grid(images, 8)))


def test_a_run_ends_with_a_grid(small: Config, tmp_path: Path) -> None:
    small = config_files.change(small, ["train.steps=2"])
    train(small, tmp_path, "cpu", progress=False)
    assert small.train.steps % small.sample.every
    assert (tmp_path / "samples" / "step-00000002.png").is_file()


def test_reals_are_images_that_are_trained_on(
    small: Config, tmp_path: Path, landscapes: np.ndarray
) -> None:
    train(small, tmp_path, "cpu", progress=False)
    with Image.open(tmp_path / "samples" / "reals.png") as image:
        first = np.asarray(image)[:32, :32].transpose(2, 0, 1)
    assert (landscapes == first).all(axis=(1, 2, 3)).any()


@pytest.mark.parametrize("when", [0, 4])
def test_losses_that_are_not_finite_stop_the_run(
    small: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: int
) -> None:
    honest = loop.train_step

    def failing(trainer: Trainer) -> object:
        metrics = honest(trainer)
        if trainer.state.step == when + 1:
            metrics["generator_loss"] *= float("nan")
        return metrics

    monkeypatch.setattr(loop, "train_step", failing)
    config = config_files.change(small, ["watchdog.max_rollbacks=0"])
    with pytest.raises(RunError) as caught:
        train(config, tmp_path, "cpu", progress=False)
    assert f"not finite at step {when + 1}" in str(caught.value)
    last = "step-00000003.safetensors" if when else "no checkpoint was written"
    assert last in str(caught.value)
    assert "learning_rate" in caught.value.remedy


def test_a_weight_that_is_not_finite_is_never_saved(
    small: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = loop.train_step

    def spoiling(trainer: Trainer) -> object:
        figures = honest(trainer)
        if trainer.state.step == 6:
            bias = trainer.state.discriminator.layers[0].bias
            bias.set_value(bias * float("inf"))
        return figures

    monkeypatch.setattr(loop, "train_step", spoiling)
    config = config_files.change(small, ["watchdog.action=warn"])
    with pytest.raises(RunError, match="is not finite after step 6"):
        train(config, tmp_path, "cpu", progress=False)
    assert [checkpoint.step_of(p) for p in checkpoint.listed(tmp_path / "checkpoints")] == [3]


def test_time_alone_brings_a_checkpoint(small: Config, tmp_path: Path) -> None:
    config = config_files.change(small, ["checkpoint.minutes=1e-6", "evaluate.every=100"])
    train(config, tmp_path, "cpu", progress=False)
    steps = [checkpoint.step_of(path) for path in checkpoint.listed(tmp_path / "checkpoints")]
    assert steps == [6, 5, 4]
    measured = [
        bool(checkpoint.describe(path).metrics)
        for path in sorted(checkpoint.listed(tmp_path / "checkpoints"))
    ]
    # The last one is always measured.
    assert measured == [False, False, True]


def test_a_number_of_steps_brings_a_checkpoint(small: Config, tmp_path: Path) -> None:
    config = config_files.change(small, ["checkpoint.every=2", "evaluate.every=100"])
    train(config, tmp_path, "cpu", progress=False)
    steps = [checkpoint.step_of(path) for path in checkpoint.listed(tmp_path / "checkpoints")]
    assert steps == [6, 4, 2]


def test_metrics_are_json_lines(small: Config, tmp_path: Path) -> None:
    train(small, tmp_path, "cpu", progress=False)
    for line in (tmp_path / "metrics.jsonl").read_text().splitlines():
        assert isinstance(json.loads(line), dict)
