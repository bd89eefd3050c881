"""The asked recipe, read off what is built from kanas.yaml, not off the YAML."""

import numpy as np
import paddle
import pytest
from paddle import nn

from lsgan.config import Config, ModelSection, config_files
from lsgan.errors import ConfigError
from lsgan.networks import build_discriminator, build_generator
from lsgan.networks.parameters import count, frozen, trainable
from lsgan.ops.upsampling import UpsamplingConvolution
from lsgan.training.state import State


def of_kind(network: nn.Layer, kind: type) -> list[nn.Layer]:
    return [layer for layer in network.sublayers() if isinstance(layer, kind)]


@pytest.fixture(scope="module")
def kanas() -> Config:
    return config_files.load(config_files.find("kanas.yaml"))


@pytest.fixture(scope="module")
def state(kanas: Config) -> State:
    return State(kanas)


def test_the_generator_is_a_dcgan_for_64_pixels(state: State) -> None:
    layers = of_kind(state.generator, nn.Conv2DTranspose)
    # From each latent its 4×4 image, then four times: enlarged, and a 3×3 convolution.
    assert [tuple(layer.weight.shape) for layer in layers] == [
        (100, 512, 4, 4),
        (512, 256, 3, 3),
        (256, 128, 3, 3),
        (128, 64, 3, 3),
        (64, 3, 3, 3),
    ]
    assert all(isinstance(layer, UpsamplingConvolution) for layer in layers[1:])
    assert isinstance(state.generator.sublayers()[-1], nn.Tanh)
    assert len(of_kind(state.generator, nn.ReLU)) == 4
    assert not of_kind(state.generator, nn.Linear)


def test_the_papers_transposed_convolutions_are_one_setting_away(kanas: Config) -> None:
    model = kanas.model.model_copy(update={"upsampling": "transposed"})
    layers = of_kind(build_generator(model), nn.Conv2DTranspose)
    assert [layer.weight.shape[2] for layer in layers] == [4] * 5


def test_the_discriminator_is_the_generators_mirror(state: State) -> None:
    layers = of_kind(state.discriminator, nn.Conv2D)
    assert [tuple(layer.weight.shape) for layer in layers] == [
        (64, 3, 4, 4),
        (128, 64, 4, 4),
        (256, 128, 4, 4),
        (512, 256, 4, 4),
        (1, 512, 4, 4),
    ]
    assert not of_kind(state.discriminator, nn.Sigmoid)
    slopes = {layer._negative_slope for layer in of_kind(state.discriminator, nn.LeakyReLU)}
    assert slopes == {0.2}
    assert len(of_kind(state.discriminator, nn.LeakyReLU)) == 4


def test_every_batch_norm_has_momentum_one_half(state: State) -> None:
    norms = {
        name: of_kind(network, nn.BatchNorm2D)
        for name, network in (("G", state.generator), ("D", state.discriminator))
    }
    # None at the generator's output and none at the discriminator's input.
    assert [norm.weight.shape[0] for norm in norms["G"]] == [512, 256, 128, 64]
    assert [norm.weight.shape[0] for norm in norms["D"]] == [128, 256, 512]
    assert {norm._momentum for each in norms.values() for norm in each} == {0.5}


def test_batch_norm_momentum_acts_as_one_half(kanas: Config) -> None:
    generator = build_generator(kanas.model)
    norm = of_kind(generator, nn.BatchNorm2D)[0]
    seen = []
    norm.register_forward_pre_hook(lambda _, given: seen.append(given[0].numpy()))
    generator.train()
    generator(paddle.randn([8, 100]))
    np.testing.assert_allclose(
        norm._mean.numpy(), 0.5 * seen[0].mean((0, 2, 3)), rtol=1e-4, atol=1e-6
    )


def test_both_optimizers_are_adam_with_beta1_point_eight(state: State) -> None:
    for optimizer, network, rate in (
        (state.generator_optimizer, state.generator, 4e-4),
        (state.discriminator_optimizer, state.discriminator, 1e-4),
    ):
        assert type(optimizer.adam) is paddle.optimizer.Adam
        assert optimizer.adam._beta1 == 0.8
        assert optimizer.adam.get_lr() == rate
        held = {parameter.name for parameter in optimizer.adam._parameter_list}
        assert held == {parameter.name for parameter in trainable(network).values()}


def test_beta1_is_what_adam_computes_with(kanas: Config) -> None:
    state = State(config_files.change(kanas, ["model.base_channels=2"]))
    state.generator_optimizer.step(sum(p.sum() for p in trainable(state.generator).values()))
    moments = [
        value for key, value in state.generator_optimizer.tensors().items() if "moment1" in key
    ]
    assert len(moments) == len(trainable(state.generator))
    # Every gradient is 1, so the first moment after one step is 1 − beta1.
    for moment in moments:
        np.testing.assert_allclose(moment, 0.2, rtol=1e-5)


def test_initial_weights_are_those_of_dcgan(state: State) -> None:
    for network in (state.generator, state.discriminator):
        for layer in of_kind(network, nn.Conv2D) + of_kind(network, nn.Conv2DTranspose):
            weights = layer.weight.numpy()
            # Five standard errors of the deviation and of the mean of so many normal numbers.
            assert abs(weights.std() - 0.02) < 5 * 0.02 / np.sqrt(2 * weights.size)
            assert abs(weights.mean()) < 5 * 0.02 / np.sqrt(weights.size)
            assert layer.bias is None or not layer.bias.numpy().any()
        for norm in of_kind(network, nn.BatchNorm2D):
            scales = norm.weight.numpy()
            assert abs(scales.mean() - 1) < 5 * 0.02 / np.sqrt(scales.size)
            assert 0.01 < scales.std() < 0.03
            assert not norm.bias.numpy().any()


def test_the_start_does_not_depend_on_what_was_built_before(kanas: Config) -> None:
    small = config_files.change(kanas, ["model.base_channels=2"])
    first, second = State(small), State(small)
    for a, b in zip(first.tensors().values(), second.tensors().values(), strict=True):
        np.testing.assert_array_equal(a, b)
    other = State(config_files.change(small, ["train.seed=1"]))
    assert (
        first.generator.layers[0].weight.numpy() != other.generator.layers[0].weight.numpy()
    ).all()


@pytest.mark.parametrize("size", [32, 64, 128, 256])
@pytest.mark.parametrize("channels", [1, 3])
def test_any_size_and_channels(size: int, channels: int) -> None:
    model = ModelSection(size=size, channels=channels, base_channels=4, max_channels=16)
    images = build_generator(model)(paddle.randn([2, 100]))
    assert images.shape == [2, channels, size, size]
    assert float(images.abs().max()) <= 1
    assert build_discriminator(model)(images).shape == [2]
    widest = max(layer.weight.shape[0] for layer in of_kind(build_discriminator(model), nn.Conv2D))
    assert widest == 16


def test_counts_leave_running_statistics_out() -> None:
    model = ModelSection(size=32, base_channels=2, latent_dim=3)
    # 3→8, 8→4, 4→2 with batch norms' scale and shift, 2→3 with a bias; every kernel 4×4.
    expected = 16 * (3 * 8 + 8 * 4 + 4 * 2 + 2 * 3) + 2 * (8 + 4 + 2) + 3
    assert count(build_generator(model)) == expected


def test_frozen_computes_no_gradient_and_thaws_what_it_froze() -> None:
    network = build_discriminator(ModelSection(size=32, base_channels=2))
    images = paddle.randn([2, 3, 32, 32])
    images.stop_gradient = False
    learned = trainable(network)
    with frozen(network):
        network(images).sum().backward()
    assert images.grad is not None
    assert all(parameter.grad is None for parameter in learned.values())
    assert trainable(network).keys() == learned.keys()
    assert not any(name.endswith(("_mean", "_variance")) for name in learned)


def test_an_unknown_network_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"model.generator is 'dcgam'.*did you mean dcgan"):
        build_generator(ModelSection(generator="dcgam"))
