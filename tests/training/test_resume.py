"""A run that was broken off and resumed is the run that was not, bit for bit."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from lsgan.arrays import Arrays
from lsgan.checkpoints import checkpoint
from lsgan.checkpoints.run import Run
from lsgan.config import Config, config_files
from lsgan.errors import ConfigError, RunError
from lsgan.io.files import read_lines
from lsgan.training.train import train
from tests.conftest import SMALL, write_pack


def tensors_at(out: Path, step: int) -> Arrays:
    return checkpoint.read(out / "checkpoints" / checkpoint.file_name(step))[1]


def assert_same(first: Arrays, second: Arrays) -> None:
    assert first.keys() == second.keys()
    different = [key for key in first if first[key].tobytes() != second[key].tobytes()]
    assert not different


def run_cli(out: Path, pack: Path, *options: str) -> subprocess.Popen[bytes]:
    changes = [word for change in SMALL for word in ("--set", change)]
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "lsgan", "train", "--device", "cpu", *changes),
            *("--data", str(pack), "--out", str(out), *options),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


@pytest.mark.parametrize(
    "changes",
    [
        ["loss.name=least-squares"],
        ["loss.name=least-squares-pearson"],
        # All that draws numbers or keeps any beside the weights.
        [
            "loss.label_smoothing=0.1",
            "loss.label_noise=0.2",
            "augment.instance_noise=0.2",
            "model.discriminator_dropout=0.3",
            "model.spectral_norm=true",
            "model.latent_distribution=uniform",
            "data.crop=0.9",
        ],
    ],
    ids=["least-squares", "pearson", "tricks"],
)
def test_resumed_in_one_process_equals_uninterrupted(
    small: Config, tmp_path: Path, changes: list[str]
) -> None:
    whole = config_files.change(small, changes)
    half = config_files.change(whole, ["train.steps=3"])
    train(whole, tmp_path / "whole", "cpu", progress=False)
    train(half, tmp_path / "halves", "cpu", progress=False)
    train(whole, tmp_path / "halves", "cpu", resume=True, progress=False)
    assert_same(tensors_at(tmp_path / "whole", 6), tensors_at(tmp_path / "halves", 6))
    for name in ("step-00000003.png", "step-00000006.png"):
        images = [tmp_path / run / "samples" / name for run in ("whole", "halves")]
        assert images[0].read_bytes() == images[1].read_bytes()


def test_weights_do_change_between_checkpoints(small: Config, tmp_path: Path) -> None:
    train(small, tmp_path / "run", "cpu", progress=False)
    first, second = tensors_at(tmp_path / "run", 3), tensors_at(tmp_path / "run", 6)
    for name in ("generator", "discriminator", "ema", "optimizer/generator"):
        moved = [key for key in first if key.startswith(f"{name}/")]
        assert moved
        assert any((first[key] != second[key]).any() for key in moved), name


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_killed_and_resumed_by_another_process_equals_uninterrupted(
    tmp_path: Path, pack: Path
) -> None:
    out, options = tmp_path / "killed", ("--set", "checkpoint.keep=100")
    # By a process too: in this one other tests may have set libraries to another number of threads,
    # and sums are then rounded otherwise.
    whole = run_cli(tmp_path / "whole", pack, "--set", "train.steps=40", *options)
    output = whole.communicate()[0].decode()
    assert whole.returncode == 0, output

    process = run_cli(out, pack, "--set", "train.steps=100000", *options)
    deadline = time.monotonic() + 120
    while len(checkpoint.listed(out / "checkpoints")) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    reached = checkpoint.step_of(checkpoint.listed(out / "checkpoints")[0])
    assert 3 < reached < 40, "the kill came too late to test anything"

    resumed = run_cli(out, pack, "--resume", "--set", "train.steps=40", *options)
    output = resumed.communicate()[0].decode()
    assert resumed.returncode == 0, output
    assert f"at step {reached}" in output
    assert_same(tensors_at(tmp_path / "whole", 40), tensors_at(out, 40))
    steps = [row["step"] for row in read_lines(out / "metrics.jsonl") if "images" in row]
    assert steps == sorted(set(steps))
    assert steps[-1] == 40


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM to handle")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_saves_and_says_how_to_go_on(
    tmp_path: Path, pack: Path, number: signal.Signals
) -> None:
    out = tmp_path / "run"
    process = run_cli(out, pack, "--set", "train.steps=100000", "--set", "evaluate.every=100000")
    deadline = time.monotonic() + 120
    while not (out / "samples" / "step-00000003.png").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(number)
    output = process.communicate(timeout=60)[0].decode()
    assert process.returncode == 128 + number
    assert f"lsgan train --resume --out {out}" in output
    saved = checkpoint.listed(out / "checkpoints")
    assert len(saved) == 1
    assert checkpoint.read(saved[0])[0].step >= 3


@pytest.mark.parametrize("harm", ["cut", "changed", "emptied"])
def test_a_damaged_newest_checkpoint_is_named_and_the_one_before_used(
    small: Config, tmp_path: Path, harm: str
) -> None:
    out = tmp_path / "run"
    train(small, out, "cpu", progress=False)
    before = tensors_at(out, 6)
    newest = out / "checkpoints" / checkpoint.file_name(6)
    content = bytearray(newest.read_bytes())
    if harm == "changed":
        content[-1000] ^= 1
    newest.write_bytes({"cut": content[: len(content) // 2], "emptied": b""}.get(harm, content))
    train(small, out, "cpu", resume=True, progress=False)
    log = (out / "run.log").read_text()
    assert f"skipped {newest} is damaged" in log
    assert "step-00000003.safetensors at step 3" in log
    assert newest.with_name(f"{newest.name}.damaged").is_file()
    assert_same(before, tensors_at(out, 6))


def test_if_every_checkpoint_is_damaged_nothing_is_begun(small: Config, tmp_path: Path) -> None:
    train(small, tmp_path, "cpu", progress=False)
    for path in checkpoint.listed(tmp_path / "checkpoints"):
        path.write_bytes(b"damaged")
    with pytest.raises(RunError, match="every checkpoint"):
        train(small, tmp_path, "cpu", resume=True, progress=False)


def test_what_cannot_be_read_is_not_taken_for_damaged(
    small: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train(small, tmp_path, "cpu", progress=False)
    newest = tmp_path / "checkpoints" / checkpoint.file_name(6)

    def refuse(path: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", refuse)
        with pytest.raises(RunError, match=r"cannot read .*Permission denied"):
            checkpoint.read(newest)
        with pytest.raises(RunError, match="cannot read"):
            Run(tmp_path).newest(lambda _: None)
    assert newest.is_file()


def test_a_checkpoint_of_another_version_is_refused_by_its_setting(
    small: Config, tmp_path: Path
) -> None:
    train(small, tmp_path, "cpu", progress=False)
    path = tmp_path / "checkpoints" / checkpoint.file_name(6)
    described, tensors = checkpoint.read(path)
    described.config["train"]["new_setting"] = 1
    checkpoint.write(described, tensors)
    with pytest.raises(RunError, match=r"another version of lsgan \(setting train.new_setting\)"):
        train(small, tmp_path, "cpu", resume=True, progress=False)


def test_what_a_killed_writer_left_is_removed(small: Config, tmp_path: Path) -> None:
    train(small, tmp_path, "cpu", progress=False)
    leftover = tmp_path / "checkpoints" / ".step-00000009.safetensors.0a1b2c3d.tmp"
    leftover.write_bytes(b"half")
    train(small, tmp_path, "cpu", resume=True, progress=False)
    assert not leftover.exists()


def test_a_run_whose_configuration_was_deleted_is_not_begun_over(
    small: Config, tmp_path: Path
) -> None:
    train(small, tmp_path, "cpu", progress=False)
    (tmp_path / "config.yaml").unlink()
    with pytest.raises(RunError, match="already holds a run"):
        train(small, tmp_path, "cpu", progress=False)
    assert len(checkpoint.listed(tmp_path / "checkpoints")) == 2


def test_contradicting_settings_are_refused_by_name(small: Config, tmp_path: Path) -> None:
    train(small, tmp_path, "cpu", progress=False)
    other = config_files.change(small, ["optimizer.beta1=0.5", "model.base_channels=8"])
    with pytest.raises(ConfigError) as caught:
        train(other, tmp_path, "cpu", resume=True, progress=False)
    assert "optimizer.beta1 was 0.8, now 0.5" in str(caught.value)
    assert "model.base_channels was 4, now 8" in str(caught.value)
    assert "train.seed" not in str(caught.value)


def test_other_data_are_refused(small: Config, tmp_path: Path, landscapes: np.ndarray) -> None:
    train(small, tmp_path / "run", "cpu", progress=False)
    other = write_pack(tmp_path / "other", landscapes[::-1].copy())
    with pytest.raises(RunError, match="not the one"):
        train(config_files.with_data(small, other), tmp_path / "run", "cpu", True, False)
    moved = write_pack(tmp_path / "moved", landscapes)
    train(config_files.with_data(small, moved), tmp_path / "run", "cpu", True, False)


def test_a_run_is_not_overwritten_and_none_is_not_resumed(small: Config, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="no run to resume"):
        train(small, tmp_path / "run", "cpu", resume=True, progress=False)
    train(small, tmp_path / "run", "cpu", progress=False)
    with pytest.raises(RunError, match="--resume"):
        train(small, tmp_path / "run", "cpu", progress=False)


def test_killed_before_the_first_checkpoint_it_begins_again(small: Config, tmp_path: Path) -> None:
    train(small, tmp_path, "cpu", progress=False)
    expected = tensors_at(tmp_path, 6)
    for path in checkpoint.listed(tmp_path / "checkpoints"):
        path.unlink()
    train(small, tmp_path, "cpu", resume=True, progress=False)
    assert_same(expected, tensors_at(tmp_path, 6))
