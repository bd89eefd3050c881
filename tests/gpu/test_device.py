"""What must hold on a GPU, compared with a CPU; scripts/gpu-check runs these there.

LSGAN_TEST_DEVICE names the device. By default it is the CPU too, so that the tests themselves are
tried.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import paddle
import pytest

from lsgan.config import Config, config_files
from lsgan.inference.sampling import open_generator
from lsgan.networks import projected
from lsgan.system import runtime
from lsgan.training import setup
from lsgan.training.step import train_step
from lsgan.training.train import train
from lsgan.training.trainer import Trainer
from tests.conftest import random_features, write_pack
from tests.training.test_step import trainer_of

DEVICE = os.environ.get("LSGAN_TEST_DEVICE", "cpu")
on_gpu = pytest.mark.skipif(DEVICE == "cpu", reason="needs LSGAN_TEST_DEVICE=gpu")

CONFIGURATIONS = {
    "kanas": [],
    "kanas with strides": ["model.upsampling=transposed", "model.kernel_size=5"],
    "projected": ["model.generator=fastgan", "model.discriminator=projected"],
    "wgan-gp": [
        *("loss.name=wgan-gp", "loss.gradient_penalty_weight=10", "train.n_critic=2"),
        "model.discriminator_norm=layer",
    ],
    "spectral norm": ["model.spectral_norm=true", "model.discriminator_norm=instance"],
    "vae": [
        *("model.generator=vae", "model.discriminator=none", "loss.name=none"),
        *("loss.l2_weight=1", "loss.kl_weight=0.01", "augment.probability=0"),
    ],
}


@contextmanager
def using(device: str) -> Iterator[str]:
    """A device, in Paddle's words, for all that is made meanwhile."""
    # The frozen network is kept, on the device that it was made for.
    projected._built.clear()
    try:
        yield runtime.start(device)
    finally:
        projected._built.clear()
        runtime.start("cpu")


def config_of(small: Config, name: str, tmp_path: Path) -> Config:
    changes = CONFIGURATIONS[name]
    if name == "projected":
        weights = random_features(tmp_path)
        changes = [*changes, "model.feature_size=64", f"model.feature_weights={weights}"]
    return config_files.change(small, [*changes, "train.precision=float32"])


def losses(trainer: Trainer, steps: int) -> list[dict[str, float]]:
    done = [train_step(trainer) for _ in range(steps)]
    return [{name: float(value) for name, value in metrics.items()} for metrics in done]


@pytest.mark.parametrize("name", CONFIGURATIONS)
def test_steps_are_those_of_a_cpu(small: Config, name: str, tmp_path: Path) -> None:
    config = config_of(small, name, tmp_path)
    expected = losses(trainer_of(config), 3)
    with using(DEVICE):
        found = losses(trainer_of(config), 3)
    # The first step of Adam moves each weight by the sign of its gradient, so that rounding grows.
    for one, other, tolerance in zip(found, expected, (2e-3, 5e-2, 1e-1), strict=True):
        assert one == pytest.approx(other, rel=tolerance, abs=2e-3)


@on_gpu
@pytest.mark.parametrize("precision", ["auto", "tf32", "bfloat16", "float16"])
def test_other_precisions_are_near(small: Config, precision: str) -> None:
    expected = losses(trainer_of(small), 3)
    config = config_files.change(small, [f"train.precision={precision}"])
    with using(DEVICE) as device:
        if not setup._supports(precision):
            pytest.skip(f"this GPU has no {precision}")
        setup.check(config, device)
        found = losses(trainer_of(config), 3)
    assert found[0] == pytest.approx(expected[0], rel=0.1, abs=0.02)
    assert all(np.isfinite(list(metrics.values())).all() for metrics in found)


@pytest.mark.parametrize("name", ["kanas", "projected"])
def test_channels_last_makes_no_difference(small: Config, name: str, tmp_path: Path) -> None:
    config = config_of(small, name, tmp_path)
    with using(DEVICE):
        expected = losses(trainer_of(config), 2)
        changed = config_files.change(config, ["train.channels_last=true"])
        found = losses(trainer_of(changed), 2)
    for one, other, tolerance in zip(found, expected, (2e-3, 5e-2), strict=True):
        assert one == pytest.approx(other, rel=tolerance, abs=2e-3)


@on_gpu
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
@pytest.mark.parametrize("name", ["kanas", "projected", "wgan-gp"])
def test_a_cuda_graph_makes_no_difference(
    small: Config, name: str, precision: str, tmp_path: Path
) -> None:
    config = config_of(small, name, tmp_path)
    config = config_files.change(config, [f"train.precision={precision}"])
    graphed = config_files.change(config, ["train.cuda_graph=true"])
    with using(DEVICE) as device:
        if not setup._supports(precision):
            pytest.skip(f"this GPU has no {precision}")
        setup.check(graphed, device)
        usual, replayed = trainer_of(config), trainer_of(graphed)
        for _ in range(8):
            one, other = train_step(usual), train_step(replayed)
            assert {k: float(v) for k, v in one.items()} == pytest.approx(
                {k: float(v) for k, v in other.items()}, rel=0.2, abs=0.05
            )
        left, right = usual.state.tensors(), replayed.state.tensors()
    # How often Adam has been used: had a graph kept it, this would differ.
    powers = [key for key in left if "beta" in key]
    assert powers
    for key in powers:
        np.testing.assert_allclose(left[key], right[key], rtol=1e-5, err_msg=key)


def test_a_run_is_trained_resumed_and_sampled(small: Config, tmp_path: Path) -> None:
    longer = config_files.change(small, ["train.steps=9"])
    with using(DEVICE) as device:
        assert train(small, tmp_path / "run", device, progress=False).step == 6
        assert train(longer, tmp_path / "run", device, True, progress=False).step == 9
        assert train(longer, tmp_path / "whole", device, progress=False).step == 9
        generator = open_generator(tmp_path / "run", "latest")
        made = generator.sample(seeds=range(8)).astype(float)
        whole = open_generator(tmp_path / "whole", "latest").sample(seeds=range(8)).astype(float)
    # On a CPU they are the same to the bit.
    assert np.abs(made - whole).mean() <= (0 if DEVICE == "cpu" else 2)
    expected = open_generator(tmp_path / "run", "latest").sample(seeds=range(8)).astype(float)
    assert np.abs(made - expected).mean() < 0.5


def test_images_that_stay_on_the_device_are_those_of_the_pack(
    small: Config, landscapes: np.ndarray, tmp_path: Path
) -> None:
    config = config_files.with_data(small, write_pack(tmp_path / "pack", landscapes))
    expected = trainer_of(config).loader.batch(0)
    with using(DEVICE):
        loader = trainer_of(config).loader
        assert loader.resident == (DEVICE != "cpu")
        for one, other in zip(loader.batch(0), expected, strict=True):
            np.testing.assert_allclose(one.numpy(), other.numpy(), atol=1e-6)


def test_sums_are_exact_unless_told_otherwise() -> None:
    numbers = np.random.default_rng(0).standard_normal((256, 256)).astype(np.float32)
    with using(DEVICE):
        product = paddle.matmul(paddle.to_tensor(numbers), paddle.to_tensor(numbers)).numpy()
    # TF32 would be a thousand times as far off.
    np.testing.assert_allclose(product, numbers.astype(float) @ numbers, atol=1e-3)
