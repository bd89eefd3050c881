"""Maps with channels last: the same numbers, the same checkpoints."""

import numpy as np
import paddle
import pytest
from paddle import nn

from lsgan.config import Config, ModelSection, config_files
from lsgan.networks import build_discriminator, build_generator
from lsgan.networks.channels_last import use_channels_last
from lsgan.networks.initial import initialise
from lsgan.pretrained.resnet import ResNet18, shapes
from lsgan.training.step import train_step
from tests.conftest import random_features
from tests.training.test_step import trainer_of

NETWORKS = [
    {},
    {"downsampling": "average"},
    {"downsampling": "average", "kernel_size": 5, "upsampling": "nearest"},
    {"discriminator_norm": "instance", "spectral_norm": True},
    {"discriminator_norm": "layer", "discriminator_dropout": 0.1},
    {"generator": "fastgan", "discriminator": "projected", "spectral_norm": True},
    {"generator": "unet", "discriminator": "patch"},
]


@pytest.fixture(autouse=True)
def paddles_layers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a GPU; the kernels for CPUs take channels first."""
    monkeypatch.setenv("LSGAN_KERNELS", "paddle")


@pytest.mark.parametrize("settings", NETWORKS)
def test_networks_give_the_same(settings, tmp_path):
    model = ModelSection(
        size=32,
        base_channels=4,
        latent_dim=8,
        feature_size=64,
        feature_weights=str(random_features(tmp_path)),
        **settings,
    )
    given = {"generator": paddle.randn([3, 3 if model.generator == "unet" else 8])}
    if model.generator == "unet":
        given["generator"] = paddle.randn([3, 3, 32, 32])
    given["discriminator"] = paddle.randn([3, 6 if model.discriminator == "patch" else 3, 32, 32])
    for name, build in (("generator", build_generator), ("discriminator", build_discriminator)):
        found = []
        for changed in (False, True):
            network = build(model)
            initialise(network, 0, name, 0.1)
            if changed:
                use_channels_last(network)
            paddle.seed(0)
            inputs = given[name].clone()
            inputs.stop_gradient = False
            made = network(inputs)
            made.square().mean().backward()
            slopes = [p.grad.numpy() for p in network.parameters() if p.grad is not None]
            state = {key: value.numpy() for key, value in network.state_dict().items()}
            found.append((made.numpy(), inputs.grad.numpy(), slopes, state))
        (one, one_slope, ones, kept), (other, other_slope, others, same) = found
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-5)
        np.testing.assert_allclose(one_slope, other_slope, rtol=1e-3, atol=1e-5)
        assert len(ones) == len(others)
        for left, right in zip(ones, others, strict=True):
            np.testing.assert_allclose(left, right, rtol=1e-3, atol=1e-5)
        assert list(kept) == list(same)
        for key in kept:
            np.testing.assert_allclose(kept[key], same[key], rtol=1e-3, atol=1e-5)


def test_convolutions_are_given_channels_last(monkeypatch):
    seen = []
    convolve = nn.functional.conv2d

    def watched(maps, *rest, **named):
        seen.append((named["data_format"], maps.shape[-1]))
        return convolve(maps, *rest, **named)

    monkeypatch.setattr("lsgan.networks.channels_last.F.conv2d", watched)
    network = build_discriminator(size=32, base_channels=4)
    use_channels_last(network)
    network(paddle.zeros([2, 3, 32, 32]))
    assert seen == [("NHWC", 3), ("NHWC", 4), ("NHWC", 8)]


def test_the_frozen_resnet_gives_the_same():
    numbers = np.random.default_rng(0)
    weights = {
        name: numbers.normal(0, 0.05, shape).astype(np.float32) for name, shape in shapes().items()
    }
    network, images = ResNet18(weights), paddle.randn([2, 3, 48, 48])
    for one, other in zip(network(images), network(images, channels_last=True), strict=True):
        np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("name", ["kanas.yaml", "kanas-projected.yaml"])
def test_a_training_has_the_same_losses(small: Config, name: str, tmp_path) -> None:
    changes = ["model.size=32", "model.base_channels=8", "train.batch_size=4"]
    changes += ["train.precision=float32"]
    if name == "kanas-projected.yaml":
        changes += ["model.feature_size=64"]
        changes += [f"model.feature_weights={random_features(tmp_path)}"]
    config = config_files.load(config_files.find(name), changes)
    config = config_files.with_data(config, small.data.path)
    trainers = [
        trainer_of(config_files.change(config, [f"train.channels_last={changed}"]))
        for changed in ("false", "true")
    ]
    # The first step of Adam moves each weight by the sign of its gradient, so that rounding grows.
    for tolerance in (1e-4, 3e-2, 2e-1):
        one, other = ({k: float(v) for k, v in train_step(t).items()} for t in trainers)
        assert one == pytest.approx(other, rel=tolerance, abs=1e-3)
    assert list(trainers[0].state.tensors()) == list(trainers[1].state.tensors())


def test_the_kernels_for_cpus_stay(monkeypatch):
    monkeypatch.delenv("LSGAN_KERNELS")
    network = build_discriminator(size=32, base_channels=4)
    use_channels_last(network)
    assert "forward" not in vars(network.layers)
