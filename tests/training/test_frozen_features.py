"""A step on frozen features, and what a run on them keeps."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from lsgan.checkpoints.checkpoint import Checkpoint, file_name, read, write
from lsgan.config import Config, ModelSection, config_files
from lsgan.data.pack import open_pack
from lsgan.errors import ConfigError, RunError
from lsgan.inference import sampling
from lsgan.inference.latent_set import of_seeds
from lsgan.networks.shapes import discriminator_layout
from lsgan.training.fine_tuning import initial_weights
from lsgan.training.state import State
from lsgan.training.step import train_step
from lsgan.training.train import train
from lsgan.training.trainer import Trainer
from tests.conftest import random_features
from tests.training.test_fine_tuning import train_command, written


@pytest.fixture
def projected(small: Config, tmp_path: Path) -> Config:
    """kanas-projected.yaml, shrunk, on random features."""
    whole = config_files.load(config_files.find("kanas-projected.yaml"))
    sections = {
        "loss": whole.loss,
        "optimizer": whole.optimizer,
        "augment": whole.augment,
        "model": whole.model.model_copy(
            update={
                "size": 32,
                "base_channels": 8,
                "generator_base_channels": 4,
                "latent_dim": 8,
                "feature_size": 64,
                "feature_weights": str(random_features(tmp_path)),
            }
        ),
    }
    return small.model_copy(update=sections)


def trainer_of(config: Config) -> Trainer:
    pack = open_pack(Path(config.data.path))
    return Trainer(config, pack.images, np.arange(len(pack)))


def test_features_computed_once_make_the_same_step(
    projected: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without augmentation D and G look at the same images, so computing twice changes nothing."""
    config = config_files.change(projected, ["augment.probability=0"])
    once, twice = trainer_of(config), trainer_of(config)
    monkeypatch.setattr(twice.state.discriminator, "has_frozen_features", False, raising=False)
    calls = {"once": 0, "twice": 0}
    for name, trainer in (("once", once), ("twice", twice)):
        network = trainer.state.discriminator._network

        def counted(*given: object, name: str = name, network: object = network) -> object:
            calls[name] += 1
            return network(*given)  # type: ignore[operator]

        trainer.state.discriminator._network = counted
    for trainer in (once, twice):
        train_step(trainer)
    assert calls == {"once": 2, "twice": 3}
    first, second = once.state.tensors(), twice.state.tensors()
    for key, value in first.items():
        np.testing.assert_allclose(value, second[key], rtol=1e-4, atol=1e-6, err_msg=key)
    begun = trainer_of(config).state.tensors()
    for role in ("generator/start", "discriminator/heads"):
        moved = [key for key in begun if key.startswith(role) and "weight" in key]
        assert any(not np.array_equal(begun[key], first[key]) for key in moved)
    for key in begun:
        if "mixing" in key:
            np.testing.assert_array_equal(begun[key], first[key])


def test_a_run_is_resumed_bit_for_bit_and_only_on_the_same_features(
    projected: Config, tmp_path: Path
) -> None:
    config = config_files.change(projected, ["train.steps=4", "evaluate.every=2"])
    train(config, tmp_path / "whole", "cpu", progress=False)
    half = config_files.change(config, ["train.steps=2"])
    train(half, tmp_path / "halves", "cpu", progress=False)
    other = config_files.change(
        config, [f"model.feature_weights={random_features(tmp_path, seed=1)}"]
    )
    with pytest.raises(RunError, match="features of other weights"):
        train(other, tmp_path / "halves", "cpu", resume=True, progress=False)
    # The same weights in another file are the same.
    moved = random_features(tmp_path).rename(tmp_path / "moved.safetensors")
    config = config_files.change(config, [f"model.feature_weights={moved}"])
    train(config, tmp_path / "halves", "cpu", resume=True, progress=False)
    first, second = (
        read(tmp_path / run / "checkpoints" / file_name(4))[1] for run in ("whole", "halves")
    )
    assert first.keys() == second.keys()
    assert [key for key in first if first[key].tobytes() != second[key].tobytes()] == []
    # What is saved of the discriminator: heads and mixing, and of the features their digest.
    assert {key.split("/")[1].split(".")[0] for key in first if key.startswith("discr")} == {
        "heads",
        "mixing",
    }
    # To sample no frozen network is needed.
    moved.unlink()
    generator = sampling.open_generator(tmp_path / "whole")
    assert sampling.write_grid(
        generator, of_seeds(generator, range(4)), tmp_path / "images", 2, 1
    ).is_file()


@pytest.mark.parametrize("name", ["least-squares-pearson", "minimax", "non-saturating", "hinge"])
def test_other_losses_fit(projected: Config, name: str) -> None:
    trainer = trainer_of(config_files.change(projected, [f"loss.name={name}"]))
    assert all(np.isfinite(each.numpy()) for each in train_step(trainer).values())


def test_a_file_of_weights_is_found_from_every_folder(
    projected: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    path, out, elsewhere = random_features(tmp_path), tmp_path / "run", tmp_path / "elsewhere"
    elsewhere.mkdir()
    config = config_files.change(projected, ["train.steps=1", f"model.feature_weights={path.name}"])
    Path("own.yaml").write_text(config_files.annotated(config))
    train_command("--config", "own.yaml", "--out", out)
    assert config_files.load(out / "config.yaml").model.feature_weights == str(path)
    monkeypatch.chdir(elsewhere)
    train_command("--resume", "--out", out, "--set", "train.steps=2")

    # Another run's settings name no file: what it needs is looked for, or named.
    words = ("--from", out, "--data", config.data.path, "--set", "train.steps=1")
    cache = tmp_path / "cache"
    cache.mkdir()
    shutil.copy(path, cache / "efficientnet-lite0.safetensors")
    monkeypatch.setenv("LSGAN_CACHE", str(cache))
    train_command(*words, "--out", "tuned")
    assert config_files.load(Path("tuned/config.yaml")).model.feature_weights == ""
    monkeypatch.setenv("LSGAN_CACHE", str(tmp_path / "none"))
    named = f"model.feature_weights=../{path.name}"
    train_command(*words, "--out", "named", "--set", named)
    assert config_files.load(Path("named/config.yaml")).model.feature_weights == str(path)
    with pytest.raises(RunError, match="features of other weights"):
        other = f"model.feature_weights={random_features(tmp_path, seed=1)}"
        train_command(*words, "--out", "other", "--set", other)


@pytest.mark.parametrize(
    ("theirs", "ours", "said"),
    [
        ({}, ["base_channels=4"], "model.base_channels is 4, there 8"),
        (
            {"feature_network": "resnet18"},
            ["base_channels=4"],
            "model.feature_network is efficientnet-lite0, there resnet18",
        ),
        (
            {},
            ["discriminator=dcgan", "feature_weights=''"],
            "discriminator is dcgan, there projected",
        ),
    ],
)
def test_what_does_not_fit_is_named_without_the_parents_frozen_weights(
    projected: Config, tmp_path: Path, theirs: dict[str, str], ours: list[str], said: str
) -> None:
    path = tmp_path / "parent.safetensors"
    content = config_files.without_folders(projected).model_dump()
    content["model"] |= theirs
    tensors = State(projected).tensors()
    for key, shape in discriminator_layout(ModelSection(**content["model"])).shapes.items():
        tensors[f"discriminator/{key}"] = np.zeros(shape, np.float32)
    write(Checkpoint(path, 7, content), tensors)
    config = config_files.change(projected, [f"model.{change}" for change in ours])
    with pytest.raises(ConfigError) as caught:
        initial_weights(config_files.with_initial_weights(config, str(path)), lambda _: None)
    assert said in str(caught.value)
    assert "feature_weights" not in str(caught.value)


def test_what_judges_pixels_does_not_fit_frozen_features(
    small: Config, projected: Config, tmp_path: Path
) -> None:
    path = written(small, tmp_path / "parent.safetensors")
    config = config_files.change(projected, ["model.generator=dcgan"])
    with pytest.raises(ConfigError, match="discriminator is projected, there dcgan"):
        initial_weights(config_files.with_initial_weights(config, str(path)), lambda _: None)
