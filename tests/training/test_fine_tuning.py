"""`lsgan train --from`: a run that begins with another run's weights."""

import shutil
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors import safe_open
from typer.testing import CliRunner

from lsgan.arrays import Arrays
from lsgan.checkpoints import checkpoint
from lsgan.checkpoints.checkpoint import Checkpoint
from lsgan.checkpoints.run import Run
from lsgan.cli import app
from lsgan.config import Config, config_files
from lsgan.errors import ConfigError, RunError
from lsgan.training import loop, worker
from lsgan.training.distributed import ProcessGroup
from lsgan.training.fine_tuning import initial_weights
from lsgan.training.state import State
from lsgan.training.train import train
from lsgan.training.trainer import Trainer
from tests.conftest import SMALL, write_pack
from tests.training.test_resume import assert_same, tensors_at

NETWORKS = ("generator", "discriminator", "ema")


@pytest.fixture(scope="module")
def parent(tmp_path_factory: pytest.TempPathFactory, pack: Path) -> Path:
    """A run on other photographs, with another seed."""
    config = config_files.load(config_files.find("kanas.yaml"), [*SMALL, "train.seed=5"])
    out = tmp_path_factory.mktemp("parent") / "run"
    train(config_files.with_data(config, pack), out, "cpu", progress=False)
    return out


@pytest.fixture(scope="module")
def others(tmp_path_factory: pytest.TempPathFactory, landscapes: np.ndarray) -> Path:
    return write_pack(tmp_path_factory.mktemp("data") / "others", 255 - landscapes[:80])


@pytest.fixture(scope="module")
def tuned(parent: Path, others: Path) -> Config:
    """A new run's configuration, which begins with the parent's last checkpoint."""
    config = config_files.load(config_files.find("kanas.yaml"), SMALL)
    config = config_files.with_data(config, others)
    return config_files.with_initial_weights(config, str(Run(parent).choose("latest")))


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tuned: Config) -> Path:
    """That run."""
    out = tmp_path_factory.mktemp("tuned") / "run"
    train(tuned, out, "cpu", progress=False)
    return out


def digest(path: Path) -> str:
    with safe_open(path, framework="numpy") as file:
        return file.metadata()["sha256"]


def networks(tensors: Arrays) -> Arrays:
    return {key: value for key, value in tensors.items() if key.split("/")[0] in NETWORKS}


def written(config: Config, path: Path) -> Path:
    """A checkpoint of the networks of `config`, untrained."""
    checkpoint.write(Checkpoint(path, 7, config.model_dump()), State(config).tensors())
    return path


def train_command(*words: object) -> str:
    answer = CliRunner().invoke(app, ["train", "--device", "cpu", *map(str, words)])
    if answer.exception:
        raise answer.exception
    return answer.output


def test_it_begins_with_the_parents_weights_and_all_else_anew(tuned: Config) -> None:
    said: list[str] = []
    start = initial_weights(tuned, said.append)
    assert start is not None
    state = State(tuned)
    state.restore(*start)
    path = Path(tuned.train.initial_weights)
    # No optimizer's tensors among them.
    assert_same(state.tensors(), networks(checkpoint.read(path)[1]))
    assert (state.step, state.rollbacks, state.parent) == (0, 0, digest(path))
    assert state.learning_rates() == State(tuned).learning_rates()
    assert said == [f"starting from the weights of {path}"]


def test_the_grid_of_step_0_shows_the_parents_images(parent: Path, run: Path) -> None:
    first, last = (run / "samples" / f"step-0000000{step}.png" for step in (0, 6))
    of_parent = (parent / "samples" / "step-00000006.png").read_bytes()
    assert first.read_bytes() == of_parent
    assert last.read_bytes() != of_parent


def test_every_checkpoint_names_the_parent_and_tells_no_path(tuned: Config, run: Path) -> None:
    path = Path(tuned.train.initial_weights)
    found = [checkpoint.describe(kept) for kept in Run(run).kept()]
    assert [each.parent for each in found] == [digest(path)] * 2
    assert {each.config["train"]["initial_weights"] for each in found} == {path.name}
    assert not any(str(path.parent) in str(each.config) for each in found)
    assert config_files.load(run / "config.yaml").train.initial_weights == str(path)
    # That of a run which began with random weights names none.
    assert checkpoint.describe(path).parent == ""


def test_resumed_it_is_the_run_that_was_not_broken_off_and_needs_the_parent_no_more(
    tuned: Config, run: Path, tmp_path: Path
) -> None:
    copy = Path(shutil.copy(tuned.train.initial_weights, tmp_path / "copy.safetensors"))
    half = config_files.change(tuned, ["train.steps=3"])
    half = config_files.with_initial_weights(half, str(copy))
    train(half, tmp_path / "halves", "cpu", progress=False)
    named = digest(copy)
    copy.unlink()
    # A configuration that names no parent, as a packaged one.
    plain = config_files.with_initial_weights(tuned, "")
    train(plain, tmp_path / "halves", "cpu", resume=True, progress=False)
    assert_same(tensors_at(run, 6), tensors_at(tmp_path / "halves", 6))
    assert checkpoint.describe(Run(tmp_path / "halves").kept()[0]).parent == named
    own = config_files.load(tmp_path / "halves" / "config.yaml")
    assert own.train.initial_weights == str(copy)


def test_killed_before_its_first_checkpoint_it_begins_again_with_the_parents_weights(
    tuned: Config, run: Path, tmp_path: Path
) -> None:
    shutil.copy(run / "config.yaml", tmp_path)
    plain = config_files.with_initial_weights(tuned, "")
    train(plain, tmp_path, "cpu", resume=True, progress=False)
    assert_same(tensors_at(run, 6), tensors_at(tmp_path, 6))


def test_of_a_run_its_best_checkpoint_is_taken(tuned: Config, parent: Path, tmp_path: Path) -> None:
    run = Run(Path(shutil.copytree(parent, tmp_path / "parent")))
    for step, figure in ((3, 1.0), (6, 2.0)):
        path = run.checkpoints / checkpoint.file_name(step)
        described, tensors = checkpoint.read(path)
        checkpoint.write(replace(described, metrics={"frechet": figure}), tensors)
    tuned = config_files.with_initial_weights(tuned, str(run.path))
    start = initial_weights(tuned, lambda _: None)
    assert start is not None
    assert start[0].path.name == checkpoint.file_name(3)


def test_a_run_that_began_with_random_weights_does_not_get_a_parent_later(
    small: Config, tuned: Config, parent: Path
) -> None:
    late = config_files.change(small, ["train.seed=5"])
    late = config_files.with_initial_weights(late, tuned.train.initial_weights)
    with pytest.raises(ConfigError, match="began with random weights"):
        train(late, parent, "cpu", resume=True, progress=False)


def test_checkpoints_from_before_this_are_read(tmp_path: Path, small: Config) -> None:
    with pytest.MonkeyPatch.context() as patched:
        known = [name for name in checkpoint._WRITTEN if name != "parent"]
        patched.setattr(checkpoint, "_WRITTEN", known)
        path = written(small, tmp_path / "old.safetensors")
    found, tensors = checkpoint.read(path)
    assert (found.parent, found.step) == ("", 7)
    assert tensors


# What follows rolls a run back to step 0: it is harmed before its first checkpoint.


def harmed(monkeypatch: pytest.MonkeyPatch, harm: Any = lambda: None) -> list[Arrays]:
    """Spoil the run's second step, and do `harm` then; what the run begins with, each time."""
    honest, begun = loop.train_step, list[Arrays]()

    def step(trainer: Trainer) -> Any:
        if trainer.state.step == 0:
            begun.append(trainer.state.tensors())
        if (trainer.state.step, trainer.state.rollbacks) == (1, 0):
            weight = trainer.state.discriminator.layers[0].weight
            weight.set_value(weight * float("nan"))
            harm()
        return honest(trainer)

    monkeypatch.setattr(loop, "train_step", step)
    return begun


def test_rolled_back_to_step_0_it_begins_with_the_parents_weights_again(
    tuned: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = harmed(monkeypatch)
    train(tuned, tmp_path, "cpu", progress=False)
    assert len(begun) == 2
    assert_same(*begun)
    path = Path(tuned.train.initial_weights)
    weights = networks(checkpoint.read(path)[1])
    assert_same(begun[1], weights)
    saved = checkpoint.describe(Run(tmp_path).kept()[0])
    assert (saved.rollbacks, saved.parent) == (1, digest(path))


@pytest.mark.parametrize("replaced", [False, True])
def test_rolled_back_without_its_parent_it_ends_in_one_line(
    tuned: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replaced: bool
) -> None:
    copy = Path(shutil.copy(tuned.train.initial_weights, tmp_path / "copy.safetensors"))

    def harm() -> None:
        if replaced:
            written(tuned, copy)
        else:
            copy.unlink()

    harmed(monkeypatch, harm)
    with pytest.raises(RunError) as caught:
        config = config_files.with_initial_weights(tuned, str(copy))
        train(config, tmp_path / "run", "cpu", progress=False)
    reason = f"{copy} is not the checkpoint that" if replaced else f"there is no {copy}"
    assert f"cannot begin again: {reason}" in str(caught.value)
    assert "--resume" in caught.value.remedy
    assert "\n" not in str(caught.value)


class Told(ProcessGroup):
    """The first of two processes, or the second of them, without the other."""

    def __init__(self, index: int, said: list[tuple[Any, ...]]) -> None:
        super().__init__(index, 2)
        self.said = said

    def init(self) -> None:
        pass

    def all_reduce_mean(self, tensors: Any) -> None:
        pass

    def broadcast(self, *command: Any) -> None:
        self.said.append(command)

    def receive(self) -> tuple[Any, ...]:
        return self.said.pop(0)


@pytest.fixture
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("handlers")
def test_every_process_begins_with_the_parents_weights(
    tuned: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[tuple[Any, ...]] = []
    train(tuned, tmp_path, "cpu", progress=False, process_group=Told(0, said))
    begun: list[Arrays] = []
    monkeypatch.setattr(worker, "train_step", lambda trainer: begun.append(trainer.state.tensors()))
    worker.run_worker(tuned, "cpu", Told(1, said))
    assert_same(begun[0], networks(checkpoint.read(Path(tuned.train.initial_weights))[1]))


# The command.


def test_without_a_configuration_it_has_the_parents(
    parent: Path, others: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = ("--from", parent, "--data", others, "--set", "train.steps=3")
    planned = train_command(*words, "--dry-run")
    best = Run(parent).choose("best")
    assert f"starting from the weights of {best}" in planned
    assert not list(tmp_path.iterdir())
    assert f"starting from the weights of {best}" in train_command(*words)
    out = tmp_path / "runs" / "run-fine-tuned"
    config = config_files.load(out / "config.yaml")
    assert (config.train.seed, config.model.base_channels) == (5, 4)
    assert (config.data.path, config.train.initial_weights) == (str(others), str(best))
    # It goes on without --from, from any folder.
    monkeypatch.chdir(parent)
    train_command("--resume", "--out", out, "--set", "train.steps=4")
    assert checkpoint.describe(Run(out).kept()[0]).parent == digest(best)
