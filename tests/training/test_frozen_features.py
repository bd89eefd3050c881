"""A step on frozen features, and what a run on them keeps."""

from pathlib import Path

import numpy as np
import pytest

from lsgan import config_files, sampling
from lsgan.config import Config
from lsgan.dataset.pack import open_pack
from lsgan.errors import RunError
from lsgan.training.checkpoint import file_name, read
from lsgan.training.loop import step, train
from lsgan.training.parts import Learning, assemble
from lsgan.training.setup import check
from tests.conftest import random_features


@pytest.fixture
def projected(small: Config, tmp_path: Path) -> Config:
    """kanas-projected.yaml, shrunk, on random features."""
    whole = config_files.load(config_files.find("kanas-projected.yaml"))
    sections = {
        "objective": whole.objective,
        "optimizer": whole.optimizer,
        "augment": whole.augment,
        "model": whole.model.model_copy(
            update={
                "size": 32,
                "base_channels": 8,
                "generator_base_channels": 4,
                "latent_size": 8,
                "feature_size": 64,
                "feature_weights": str(random_features(tmp_path)),
            }
        ),
    }
    return small.model_copy(update=sections)


def learning_of(config: Config) -> Learning:
    pack = open_pack(Path(config.data.path))
    return assemble(config, check(config, "cpu"), pack.images, np.arange(len(pack)))


def test_features_computed_once_make_the_same_step(
    projected: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without augmentation D and G look at the same images, so computing twice changes nothing."""
    config = config_files.change(projected, ["augment.strength=0"])
    once, twice = learning_of(config), learning_of(config)
    monkeypatch.setattr(twice.state.discriminator, "has_frozen_features", False, raising=False)
    calls = {"once": 0, "twice": 0}
    for name, learning in (("once", once), ("twice", twice)):
        network = learning.state.discriminator._network

        def counted(images: object, name: str = name, network: object = network) -> object:
            calls[name] += 1
            return network(images)  # type: ignore[operator]

        learning.state.discriminator._network = counted
    for learning in (once, twice):
        step(learning)
    assert calls == {"once": 2, "twice": 3}
    first, second = once.state.tensors(), twice.state.tensors()
    for key, value in first.items():
        np.testing.assert_allclose(value, second[key], rtol=1e-4, atol=1e-6, err_msg=key)
    begun = learning_of(config).state.tensors()
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
    assert sampling.write_grid(generator, range(4), tmp_path / "images", 2, 1).is_file()


@pytest.mark.parametrize("name", ["least-squares-pearson", "gan", "non-saturating", "hinge"])
def test_other_objectives_fit(projected: Config, name: str) -> None:
    learning = learning_of(config_files.change(projected, [f"objective.name={name}"]))
    assert np.isfinite(step(learning).numpy()).all()
