"""One training step."""

from pathlib import Path

import numpy as np
import pytest

from lsgan.config import Config, config_files
from lsgan.data.pack import open_pack
from lsgan.data.sampler import split
from lsgan.io.files import read_lines
from lsgan.training.step import train_step
from lsgan.training.train import train
from lsgan.training.trainer import Trainer


def trainer_of(config: Config) -> Trainer:
    pack = open_pack(Path(config.data.path))
    return Trainer(config, pack.images, np.arange(len(pack)))


def test_logged_losses_are_those_of_the_formula(small: Config, tmp_path: Path) -> None:
    config = config_files.change(small, ["log.every=1", "train.steps=1", "augment.probability=0"])
    train(config, tmp_path, "cpu", progress=False)
    row = read_lines(tmp_path / "metrics.jsonl")[1]

    pack = open_pack(Path(config.data.path))
    trained = split(len(pack), 0.1, 0)[0]
    trainer = Trainer(config, pack.images, trained)
    images, drawn = trainer.loader.batch(0)[:2]
    state = trainer.state
    state.generator.train()
    state.discriminator.train()
    real = state.discriminator(images).numpy()
    fake = state.discriminator(state.generator(drawn)).numpy()
    expected = ((real - 1) ** 2).mean() / 2 + (fake**2).mean() / 2
    assert row["discriminator_loss"] == pytest.approx(expected, rel=1e-3)
    assert row["real_score"] == pytest.approx(real.mean(), rel=1e-3)
    assert row["fake_score"] == pytest.approx(fake.mean(), rel=1e-3)
    generated = state.generator(drawn).numpy()
    expected = generated.std(0).mean() / images.numpy().std(0).mean()
    assert row["diversity"] == pytest.approx(expected, rel=1e-3)


def test_each_update_changes_its_own_network_only(small: Config) -> None:
    frozen = config_files.change(small, ["optimizer.generator_learning_rate=1e-30"])
    trainer = trainer_of(frozen)
    before = trainer.state.tensors()
    train_step(trainer)
    after = trainer.state.tensors()
    key = "layers.0.weight"
    np.testing.assert_array_equal(before[f"generator/{key}"], after[f"generator/{key}"])
    assert (before[f"discriminator/{key}"] != after[f"discriminator/{key}"]).any()


def test_the_generator_learns_to_please_a_fixed_discriminator(small: Config) -> None:
    config = config_files.change(
        small,
        [
            "optimizer.discriminator_learning_rate=1e-30",
            "optimizer.generator_learning_rate=1e-2",
            "augment.probability=0",
        ],
    )
    trainer = trainer_of(config)
    losses = [float(train_step(trainer)["generator_loss"]) for _ in range(40)]
    assert np.mean(losses[-5:]) < 0.5 * np.mean(losses[:5])


def test_a_step_has_so_many_updates_of_the_discriminator(
    small: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = trainer_of(config_files.change(small, ["train.n_critic=3"]))
    state, updates, batches = trainer.state, [], []
    for name in ("discriminator", "generator"):
        optimizer = getattr(state, f"{name}_optimizer")
        adam = optimizer.adam
        done = adam.step
        monkeypatch.setattr(
            adam, "step", lambda name=name, done=done: [updates.append(name), done()]
        )
    batch = trainer.loader.batch
    monkeypatch.setattr(
        trainer.loader, "batch", lambda number: [batches.append(number), batch(number)][1]
    )
    train_step(trainer)
    train_step(trainer)
    assert updates == (["discriminator"] * 3 + ["generator"]) * 2
    assert batches == [0, 1, 2, 3, 4, 5]

    config = config_files.change(small, ["train.n_critic=3"])
    train(config, tmp_path, "cpu", progress=False)
    rows = [row for row in read_lines(tmp_path / "metrics.jsonl") if "images" in row]
    assert {row["images"] / row["step"] for row in rows} == {3 * small.train.batch_size}
