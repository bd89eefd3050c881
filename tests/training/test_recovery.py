"""What a training does about what the watchdog tells."""

import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsgan.checkpoints import checkpoint
from lsgan.config import Config, config_files
from lsgan.errors import RunError
from lsgan.io.files import read_lines
from lsgan.training import loop
from lsgan.training.train import train
from lsgan.training.trainer import Trainer

STEPS = ("train.steps=240", "log.every=10", "evaluate.every=40", "watchdog.steps=60")


def trained(config: Config, out: Path, *changes: str) -> tuple[str, int]:
    config = config_files.change(config, [*STEPS, "sample.every=240", *changes])
    outcome = train(config, out, "cpu", progress=False)
    return (out / "run.log").read_text(encoding="utf-8"), outcome.step


def spoil(monkeypatch: pytest.MonkeyPatch, harm: Any) -> None:
    """Do `harm` to the parts of a training after each step."""
    honest = loop.train_step

    def harmed(trainer: Trainer) -> Any:
        figures = honest(trainer)
        harm(trainer)
        return figures

    monkeypatch.setattr(loop, "train_step", harmed)


def plant_no_number(trainer: Trainer) -> None:
    """Once, at step 125."""
    if trainer.state.step == 125 and trainer.state.rollbacks == 0:
        weight = trainer.state.discriminator.layers[0].weight
        weight.set_value(weight * float("nan"))


def test_a_healthy_training_raises_nothing(small: Config, tmp_path: Path) -> None:
    log, step = trained(small, tmp_path)
    assert step == 240
    for trouble in ("divergence", "discriminator won", "mode collapse", "early stopping"):
        assert trouble not in log


def test_a_learning_rate_far_too_high_is_noticed(small: Config, tmp_path: Path) -> None:
    rates = [f"optimizer.{name}_learning_rate=1" for name in ("generator", "discriminator")]
    # Its tanh saturated, the generator gives one image too: rounding decides what shows first.
    with pytest.raises(RunError, match=r"divergence|mode collapse") as caught:
        # With the recipe's beta2 Adam would remember the first steps and step the less for it.
        trained(small, tmp_path, *rates, "optimizer.beta2=0.5", "watchdog.max_rollbacks=1")
    log = (tmp_path / "run.log").read_text(encoding="utf-8")
    assert re.search(
        r"back to step \d+ with lower learning rates: generator 0.5, discriminator 0.5 "
        r"\(rollback 1 of 1\)",
        log,
    )
    assert "optimizer.generator_learning_rate=0.25" in caught.value.remedy


def test_a_generator_forced_to_one_output_is_mode_collapse(
    small: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def force(trainer: Trainer) -> None:
        if trainer.state.step >= 100 and trainer.state.rollbacks == 0:
            last = trainer.state.generator.layers[-2]
            last.weight.set_value(last.weight * 0)

    spoil(monkeypatch, force)
    log, step = trained(small, tmp_path)
    assert "mode collapse: for 60 steps generated images differ by 0.0%" in log
    assert re.search(
        r"back to step \d+ with lower learning rates: generator 0.0002, discriminator 5e-05", log
    )
    assert step == 240


def test_a_discriminator_with_a_frozen_generator_has_won(small: Config, tmp_path: Path) -> None:
    rates = [
        "optimizer.generator_learning_rate=1e-12",
        "optimizer.discriminator_learning_rate=2e-3",
    ]
    with pytest.raises(RunError, match="discriminator won"):
        trained(small, tmp_path, *rates, "train.steps=2000", "watchdog.max_rollbacks=1")
    log = (tmp_path / "run.log").read_text(encoding="utf-8")
    # It alone is slowed down.
    assert "generator 1e-12, discriminator 0.001 (rollback 1 of 1)" in log


def test_a_weight_that_is_no_number_is_rolled_back(
    small: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoil(monkeypatch, plant_no_number)
    log, step = trained(small, tmp_path)
    assert "divergence: the losses are not finite at step 126" in log
    assert re.search(
        r"back to step \d+ with lower learning rates: generator 0.0002, discriminator 5e-05", log
    )
    assert step == 240
    # The figures of the bad stretch are gone, those of the new one are there once.
    steps = [row["step"] for row in read_lines(tmp_path / "metrics.jsonl") if "diversity" in row]
    assert steps == list(range(10, 250, 10))
    saved = checkpoint.describe(tmp_path / "checkpoints" / checkpoint.file_name(240))
    assert saved.rollbacks == 1
    assert saved.lr_factors == {"generator": 0.5, "discriminator": 0.5}


def test_warn_only_warns_and_stop_stops(
    small: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def force(trainer: Trainer) -> None:
        last = trainer.state.generator.layers[-2]
        last.weight.set_value(last.weight * 0)

    spoil(monkeypatch, force)
    log, step = trained(small, tmp_path / "warn", "watchdog.action=warn", "watchdog.patience=0")
    assert step == 240
    assert "mode collapse" in log
    assert "nothing is done" in log
    # A collapsed generator is measured as far worse too, and either may be told first.
    with pytest.raises(RunError, match=r"mode collapse|frechet was more than"):
        trained(small, tmp_path / "stop", "watchdog.action=stop")


def test_no_more_gain_ends_the_run_and_the_best_is_kept(small: Config, tmp_path: Path) -> None:
    rates = [f"optimizer.{name}_learning_rate=1e-12" for name in ("generator", "discriminator")]
    log, step = trained(
        small, tmp_path, *rates, "watchdog.patience=2", "evaluate.every=20", "checkpoint.keep=1"
    )
    assert step < 240
    assert "early stopping" in log
    assert f"ended at step {step}" in log
    assert "lsgan train --resume --out" in log


def test_a_run_killed_right_after_a_rollback_goes_on_with_the_lower_rates(
    small: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def plant(trainer: Trainer) -> None:
        plant_no_number(trainer)
        if trainer.state.step == 128 and trainer.state.rollbacks == 1:
            raise SystemExit

    config = config_files.change(small, [*STEPS, "sample.every=240"])
    with monkeypatch.context() as patched:
        spoil(patched, plant)
        with pytest.raises(SystemExit):
            train(config, tmp_path / "killed", "cpu", progress=False)
    with monkeypatch.context() as patched:
        spoil(patched, lambda trainer: plant(trainer) if trainer.state.step == 125 else None)
        train(config, tmp_path / "whole", "cpu", progress=False)
    train(config, tmp_path / "killed", "cpu", resume=True, progress=False)
    ends = [
        checkpoint.read(tmp_path / name / "checkpoints" / checkpoint.file_name(240))[1]
        for name in ("killed", "whole")
    ]
    for name, tensor in ends[0].items():
        np.testing.assert_array_equal(tensor, ends[1][name])
