"""A whole training, and what it leaves in its folder."""

import shutil
from pathlib import Path

import numpy as np
import paddle
import pytest
import yaml

from lsgan.checkpoints.run import Run
from lsgan.config import Config, config_files
from lsgan.errors import ConfigError, OutputError, RunError
from lsgan.io.files import read_lines
from lsgan.losses import LOSSES
from lsgan.training import loop
from lsgan.training.train import train
from lsgan.training.trainer import Trainer
from tests.conftest import write_pack


def test_the_run_folder_holds_everything(small: Config, tmp_path: Path) -> None:
    outcome = train(small, tmp_path, "cpu", progress=False)
    assert outcome == (6, 0)
    names = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert names - {".lock"} == {
        "config.yaml",
        "environment.json",
        "metrics.jsonl",
        "losses.png",
        "run.log",
        "samples/reals.png",
        "samples/step-00000000.png",
        "samples/step-00000003.png",
        "samples/step-00000006.png",
        "images/step-00000006-seeds-0-3.png",
        "checkpoints/step-00000003.safetensors",
        "checkpoints/step-00000006.safetensors",
    }
    assert config_files.load(tmp_path / "config.yaml") == small
    stated = yaml.safe_load((tmp_path / "config.yaml").read_text(encoding="utf-8"))
    assert all(len(stated[name]) == len(dict(section)) for name, section in small)


@pytest.mark.parametrize("kind", ["one", "copies", "black"])
def test_images_that_do_not_differ_are_learnt_too(
    small: Config, tmp_path: Path, landscapes: np.ndarray, kind: str
) -> None:
    one = landscapes[:1]
    images = {"one": one, "copies": one.repeat(12, 0), "black": np.zeros_like(one)}[kind]
    config = config_files.with_data(small, write_pack(tmp_path / "packed", images))
    assert train(config, tmp_path / "run", "cpu", progress=False) == (6, 0)
    assert len(Run(tmp_path / "run").kept()) == 2
    rows = read_lines(tmp_path / "run" / "metrics.jsonl")
    assert all(0 < row["frechet"] < 100 for row in rows if "frechet" in row)
    said = (tmp_path / "run" / "run.log").read_text(encoding="utf-8")
    assert ("training on 1 image, 0 held out" in said) is (kind != "copies")


def test_two_trainings_in_one_folder_are_refused(small: Config, tmp_path: Path) -> None:
    with Run(tmp_path).locked(), pytest.raises(RunError, match="another training"):
        train(small, tmp_path, "cpu", progress=False)
    train(small, tmp_path, "cpu", progress=False)


def test_images_of_another_size_are_refused_with_both_remedies(
    small: Config, tmp_path: Path
) -> None:
    other = config_files.change(small, ["model.size=64"])
    with pytest.raises(ConfigError, match=r"--size 64.*model.size=32"):
        train(other, tmp_path, "cpu", progress=False)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("precision", ["tf32", "float16"])
def test_precisions_that_need_a_gpu(small: Config, tmp_path: Path, precision: str) -> None:
    config = config_files.change(small, [f"train.precision={precision}"])
    with pytest.raises(ConfigError, match="needs a GPU"):
        train(config, tmp_path, "cpu", progress=False)


def test_an_output_folder_that_is_a_file_is_refused(small: Config, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot write"):
        train(small, tmp_path / "file", "cpu", progress=False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_full_disk_stops_with_a_line_and_what_was_saved_stays(
    small: Config, tmp_path: Path
) -> None:
    train(config_files.change(small, ["train.steps=3"]), tmp_path, "cpu", progress=False)
    (tmp_path / "run.log").unlink()
    (tmp_path / "run.log").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left"):
        train(small, tmp_path, "cpu", resume=True, progress=False)
    (tmp_path / "run.log").unlink()
    assert train(small, tmp_path, "cpu", resume=True, progress=False).step == 6


def test_a_folder_that_is_taken_away_stops_with_a_line(
    small: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = loop.train_step

    def losing(trainer: Trainer) -> object:
        shutil.rmtree(tmp_path, ignore_errors=True)
        return honest(trainer)

    monkeypatch.setattr(loop, "train_step", losing)
    with pytest.raises(OutputError, match=r"cannot write .*metrics\.jsonl"):
        train(small, tmp_path, "cpu", progress=False)


def test_a_set_smaller_than_a_batch_trains(
    small: Config, tmp_path: Path, landscapes: np.ndarray
) -> None:
    from tests.conftest import write_pack

    few = config_files.with_data(small, write_pack(tmp_path / "few", landscapes[:3]))
    assert train(few, tmp_path / "run", "cpu", progress=False).step == 6


@pytest.mark.parametrize("name", [name for name in LOSSES if name != "none"])
def test_one_line_exchanges_the_loss(small: Config, tmp_path: Path, name: str) -> None:
    changes = [f"loss.name={name}"]
    if name == "wgan-gp":
        changes += ["loss.gradient_penalty_weight=0.1", "model.discriminator_norm=none"]
    train(config_files.change(small, changes), tmp_path, "cpu", progress=False)
    rows = [row for row in read_lines(tmp_path / "metrics.jsonl") if "generator_loss" in row]
    # An untrained discriminator's scores are near 0, which costs each loss something else.
    zero = paddle.zeros([4])
    loss = LOSSES[name]
    expectations = {
        "discriminator_loss": loss.real_loss(zero) + loss.fake_loss(zero),
        "generator_loss": loss.generator_loss(zero, zero),
    }
    for loss, losses in expectations.items():
        expected = float(losses.mean())
        nearest = min((row[loss] for row in rows), key=lambda found: abs(found - expected))
        assert nearest == pytest.approx(expected, rel=0.15, abs=0.1)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["loss.name=wgan-gp"], "loss.gradient_penalty_weight=10"),
        (["loss.gradient_penalty_weight=10"], "model.discriminator_norm=layer"),
    ],
)
def test_settings_that_exclude_each_other_are_refused(
    small: Config, tmp_path: Path, changes: list[str], said: str
) -> None:
    with pytest.raises(ConfigError, match=said):
        train(config_files.change(small, changes), tmp_path, "cpu", progress=False)
