"""Whether a checkpoint's tensors are its networks' is known before any is read or built."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lsgan.arrays import Arrays
from lsgan.checkpoints import checkpoint
from lsgan.checkpoints.checkpoint import Checkpoint, describe
from lsgan.checkpoints.compatibility import check_state
from lsgan.checkpoints.run import Run
from lsgan.config import Config, config_files
from lsgan.config.config_files import with_initial_weights
from lsgan.inference.sampling import open_generator
from lsgan.io.tensor_files import TensorFile
from lsgan.training.fine_tuning import initial_weights
from lsgan.training.resume import starting_point
from lsgan.training.state import State
from tests.checkpoints.forging import described, forged, refusal

NAME = "ema/layers.0.weight"


@pytest.fixture
def content(small: Config) -> dict[str, Any]:
    return described(small)


@pytest.fixture
def tensors(small: Config) -> Arrays:
    return State(small).tensors()


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({NAME: None}, f"{NAME} is missing"),
        ({f"{NAME}2": np.ones(1)}, f"{NAME}2 belongs to none"),
        ({"other": np.ones(1)}, "other belongs to none"),
        ({"\n" * 9999: np.ones(1)}, "belongs to none"),
        ({NAME: np.ones((8, 16, 16), np.float32)}, "has the shape (8, 16, 16), not (8, 16, 4, 4)"),
        ({NAME: np.ones((8, 16, 4, 4))}, f"{NAME} is of float64, not float32 or float16"),
        ({NAME: np.ones((8, 16, 4, 4), np.int8)}, f"{NAME} is of int8"),
        ({NAME: np.ones((8, 16, 4, 4), bool)}, f"{NAME} is of bool"),
    ],
)
def test_tensors_of_no_such_generator_are_refused_before_any_is_read(
    tmp_path: Path,
    content: dict[str, Any],
    tensors: Arrays,
    small: Config,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, Any],
    said: str,
) -> None:
    changed = {name: tensor for name, tensor in {**tensors, **change}.items() if tensor is not None}
    path = forged(tmp_path / "x", content, changed)
    monkeypatch.setattr(TensorFile, "read", None)
    monkeypatch.setattr(TensorFile, "pieces", None)
    assert said in refusal(open_generator, path)
    config = with_initial_weights(small, str(path))
    assert said in refusal(lambda _: initial_weights(config, print), path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"generator/layers.1._mean": np.ones(16, np.float16)}, "is of float16, not float32"),
        ({"discriminator/layers.0.bias": np.ones(5, np.float32)}, "(5,), not (4,)"),
        ({"optimizer/generator/layers.0.weight/moment1_0": np.ones(1)}, "beta1_pow_acc_0 is miss"),
        ({"optimizer/generator/x": np.ones(1)}, "optimizer/generator/"),
    ],
)
def test_what_was_trained_must_be_right_too_where_it_is_there(
    tmp_path: Path,
    content: dict[str, Any],
    tensors: Arrays,
    small: Config,
    monkeypatch: pytest.MonkeyPatch,
    change: Arrays,
    said: str,
) -> None:
    path = forged(tmp_path / "x", content, tensors | change)
    monkeypatch.setattr(TensorFile, "read", None)
    monkeypatch.setattr(TensorFile, "pieces", None)
    assert said in refusal(open_generator, path)
    config = with_initial_weights(small, str(path))
    assert said in refusal(lambda _: initial_weights(config, print), path)
    assert said in refusal(lambda _: check_state(describe(path)), path)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("kind", [np.float32, np.float16])
def test_numbers_that_are_not_finite_are_refused(
    tmp_path: Path, content: dict[str, Any], tensors: Arrays, value: float, kind: type
) -> None:
    tensors[NAME] = tensors[NAME].astype(kind)
    tensors[NAME][0, 0, 0, 0] = value
    path = forged(tmp_path / "x", content, tensors)
    said = refusal(open_generator, path)
    assert f"{NAME} has numbers that are not finite" in said


WIDEST = {"size": 256, "latent_dim": 4096, "base_channels": 1024, "max_channels": 8192}


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({}, f"{NAME} has the shape (8, 16, 4, 4), not (4096, 8192, 4, 4)"),
        ({"generator": "vae", "spectral_norm": True}, "ema/decoder.layers.0.weight is missing"),
        ({"generator": "fastgan"}, "ema/end.0.bias is missing"),
    ],
)
def test_networks_larger_than_the_file_are_refused_unbuilt(
    tmp_path: Path,
    content: dict[str, Any],
    tensors: Arrays,
    small: Config,
    more: dict[str, Any],
    said: str,
) -> None:
    wide = WIDEST | more
    content["config"]["model"] |= wide
    path = forged(tmp_path / "x", content, tensors)
    assert said in refusal(open_generator, path)
    config = config_files.with_settings(small, "model", wide)
    config = with_initial_weights(config, str(path))
    assert said in refusal(lambda _: initial_weights(config, print), path)


def test_a_discriminator_larger_than_the_file_is_refused_unbuilt(
    tmp_path: Path, content: dict[str, Any], tensors: Arrays, small: Config
) -> None:
    wide = {"generator_base_channels": 4, "base_channels": 1024, "max_channels": 8192}
    content["config"]["model"] |= wide
    own = {name: tensor for name, tensor in tensors.items() if "discriminator" not in name}
    run = Run(tmp_path / "run")
    run.checkpoints.mkdir(parents=True)
    path = forged(run.checkpoints / checkpoint.file_name(0), content, own)
    config = config_files.with_settings(small, "model", wide)
    said = refusal(lambda _: starting_point(run, config, "0a1b", print), path)
    assert "discriminator/layers.0.bias is missing" in said
    # To sample from it no discriminator is needed.
    assert open_generator(path)


def test_half_precision_is_for_what_is_given_away_alone(
    tmp_path: Path, content: dict[str, Any], tensors: Arrays
) -> None:
    half = {
        name: tensor.astype(np.float16) if name.startswith("ema/") else tensor
        for name, tensor in tensors.items()
    }
    path = forged(tmp_path / "x", content, half)
    assert open_generator(path)
    said = refusal(lambda path: check_state(describe(path)), path)
    assert "ema/layers.0.weight is of float16, not float32" in said


def test_a_run_goes_on_with_the_state_of_both_optimizers_alone(
    tmp_path: Path, content: dict[str, Any], tensors: Arrays
) -> None:
    path = forged(tmp_path / "x", content | {"step": 3}, tensors)
    said = refusal(lambda path: check_state(describe(path)), path)
    assert "optimizer/generator/layers.0.weight/beta1_pow_acc_0 is missing" in said


def test_rates_are_as_configured_where_no_factor_is_told(small: Config, tmp_path: Path) -> None:
    state, tensors = State(small), State(small).tensors()
    rates = state.learning_rates()
    state.restore(Checkpoint(tmp_path, 0, {}, lr_factors={"generator": 0.5}), tensors)
    assert state.learning_rates() == rates | {"generator": rates["generator"] / 2}
