import math
from pathlib import Path

import numpy as np
import paddle
import pytest

from lsgan.arrays import Arrays, Layer
from lsgan.config import Config, EmaSection, ModelSection
from lsgan.data.pack import open_pack
from lsgan.networks import build_generator
from lsgan.networks.parameters import trainable
from lsgan.training import ema as ema_module
from lsgan.training.ema import EMA
from lsgan.training.step import train_step
from lsgan.training.trainer import Trainer

MODEL = ModelSection(size=32, base_channels=2, latent_dim=4)


def averaged() -> tuple[EMA, Layer]:
    generator = build_generator(MODEL)
    return EMA(generator, MODEL, EmaSection(batch_norm_latents=64)), generator


def same(one: Arrays, other: Arrays) -> bool:
    return all(np.array_equal(one[name], value) for name, value in other.items())


def test_weights_follow_with_the_half_life() -> None:
    generator = build_generator(MODEL)
    average = EMA(generator, MODEL, EmaSection(half_life=640, rampup=1e9))
    learned = trainable(generator)
    start = {name: parameter.numpy().copy() for name, parameter in learned.items()}
    for parameter in learned.values():
        parameter.set_value(parameter + 1)
    # 640 images at 64 a step: half of the way from the start to where the weights stay.
    for step in range(10):
        average.update(64 * (step + 1), 64)
    for name, target in average.network.named_parameters():
        if name in start:
            np.testing.assert_allclose(target.numpy(), start[name] + 0.5, rtol=1e-4)


def test_the_half_life_is_ramped_up() -> None:
    average = EMA(build_generator(MODEL), MODEL, EmaSection(half_life=1000, rampup=0.1))
    # 0.1 · 640 images is one step's worth, so half is forgotten in it.
    assert average.decay(640, 64) == pytest.approx(0.5)
    assert average.decay(10**9, 64) == pytest.approx(0.5 ** (64 / 1000))


def test_without_a_half_life_the_average_is_the_generator() -> None:
    generator = build_generator(MODEL)
    average = EMA(generator, MODEL, EmaSection(half_life=0))
    for parameter in trainable(generator).values():
        parameter.set_value(parameter * 3 + 1)
    average.update(64, 64)
    followed = dict(average.network.named_parameters())
    for name, parameter in trainable(generator).items():
        np.testing.assert_allclose(followed[name].numpy(), parameter.numpy(), rtol=1e-5)


def test_settled_images_are_normalised_as_in_training() -> None:
    paddle.seed(0)
    generator = build_generator(MODEL)
    average = EMA(generator, MODEL, EmaSection(batch_norm_latents=2048))
    # Statistics as wrong as training at momentum 0.5 can leave them.
    generator.train()
    generator(100 * paddle.ones([4, 4]))
    average.network.set_state_dict(generator.state_dict())
    network = average.update_batch_norm()
    latents = paddle.to_tensor(np.random.default_rng(0).standard_normal((1024, 4), np.float32))
    settled = network(latents).numpy()
    network.train()
    in_training = network(latents).numpy()
    assert np.abs(settled - in_training).mean() < 0.05 * np.abs(in_training).mean()


def test_settling_twice_changes_nothing() -> None:
    average = EMA(build_generator(MODEL), MODEL, EmaSection(batch_norm_latents=128))
    first = {k: v.numpy().copy() for k, v in average.update_batch_norm().state_dict().items()}
    for name, tensor in average.update_batch_norm().state_dict().items():
        np.testing.assert_array_equal(first[name], tensor.numpy())


def test_an_average_that_began_as_another_runs_is_not_forgotten(
    small: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack = open_pack(Path(small.data.path))
    trainer = Trainer(small, pack.images, np.arange(len(pack)))
    seen = []
    monkeypatch.setattr(trainer.state.ema, "update", lambda *given: seen.append(given[0]))
    train_step(trainer)
    trainer.state.parent = "a digest"
    train_step(trainer)
    # Ramped up from the first step's images, and not at all.
    assert seen == [4, math.inf]
    average = EMA(build_generator(MODEL), MODEL, EmaSection(half_life=1000))
    assert average.decay(math.inf, 64) == pytest.approx(0.5 ** (64 / 1000))


def test_an_earlier_average_takes_the_place_of_the_later_one_for_a_while() -> None:
    ema, generator = averaged()
    before = ema.tensors()
    for parameter in generator.parameters():
        parameter.set_value(parameter + 1)
    ema.update(1e9, 100)
    now = ema.tensors()
    with ema.as_before(before):
        assert same(ema.tensors(), before)
        ema.update_batch_norm()
    assert same(ema.tensors(), now)
    assert not same(now, before)


def test_statistics_are_estimated_once_for_each_average(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    ema, _ = averaged()
    estimated = []
    monkeypatch.setattr(ema_module, "estimate_statistics", lambda *_: estimated.append(1))
    for _ in range(2):
        ema.update_batch_norm()
    assert len(estimated) == 1
    ema.update(1e9, 100)
    ema.update_batch_norm()
    ema.restore(ema.tensors())
    ema.update_batch_norm()
    assert len(estimated) == 3
