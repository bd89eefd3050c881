"""What the model section can change in the DCGAN pair."""

import numpy as np
import paddle
import pytest
from paddle import nn

from lsgan.config import ModelSection
from lsgan.networks import build_discriminator, build_generator
from lsgan.networks.dropout import Dropout
from lsgan.networks.initial import initialise
from lsgan.networks.parameters import trainable


def small(**settings: object) -> ModelSection:
    return ModelSection(**{"base_channels": 4, "size": 32, "latent_dim": 8} | settings)


def of_kind(network: nn.Layer, kind: type) -> list[nn.Layer]:
    return [layer for layer in network.sublayers() if isinstance(layer, kind)]


@pytest.mark.parametrize("kernel", [4, 5])
@pytest.mark.parametrize("downsampling", ["stride", "average"])
def test_shapes(kernel: int, downsampling: str) -> None:
    model = small(kernel_size=kernel, downsampling=downsampling)
    images = build_generator(model)(paddle.rand([2, 8]))
    assert images.shape == [2, 3, 32, 32]
    discriminator = build_discriminator(model)
    assert discriminator(images).shape == [2]
    kernels = {tuple(layer.weight.shape[2:]) for layer in of_kind(discriminator, nn.Conv2D)}
    # The last layer's kernel is as large as what it is given, 4×4.
    assert kernels == {(kernel, kernel), (4, 4)}
    pools = of_kind(discriminator, nn.AvgPool2D)
    assert len(pools) == (3 if downsampling == "average" else 0)


def test_the_wide_generator_of_a_folder_of_images() -> None:
    from lsgan.config import config_files

    model = config_files.load(config_files.find("pics")).model
    generator, discriminator = build_generator(model), build_discriminator(model)
    shapes = [tuple(layer.weight.shape) for layer in of_kind(generator, nn.Conv2DTranspose)]
    # 100 latents to 1024×4×4, then 512, 256, 128 and 3 channels.
    assert shapes == [
        (100, 1024, 4, 4),
        (1024, 512, 5, 5),
        (512, 256, 5, 5),
        (256, 128, 5, 5),
        (128, 3, 5, 5),
    ]
    shapes = [tuple(layer.weight.shape) for layer in of_kind(discriminator, nn.Conv2D)]
    assert shapes == [
        (64, 3, 5, 5),
        (128, 64, 5, 5),
        (256, 128, 5, 5),
        (512, 256, 5, 5),
        (1, 512, 4, 4),
    ]
    assert len(of_kind(generator, nn.LeakyReLU)) == len(of_kind(discriminator, nn.LeakyReLU)) == 4
    assert not of_kind(generator, nn.ReLU)


def test_dropout_drops_its_share_in_training_alone() -> None:
    discriminator = build_discriminator(small(discriminator_dropout=0.3))
    assert [layer.share for layer in of_kind(discriminator, Dropout)] == [0.3] * 3
    images = paddle.rand([2, 3, 32, 32])
    assert not paddle.equal_all(discriminator(images), discriminator(images))
    discriminator.eval()
    assert paddle.equal_all(discriminator(images), discriminator(images))
    assert not of_kind(build_discriminator(small()), Dropout)
    paddle.seed(0)
    dropped = Dropout(0.3)(paddle.ones([1000, 100])).numpy()
    assert (dropped == 0).mean() == pytest.approx(0.3, abs=0.01)
    np.testing.assert_allclose(dropped[dropped > 0], 1 / 0.7, rtol=1e-6)


def test_spectral_norm_makes_the_largest_singular_value_one() -> None:
    discriminator = build_discriminator(small(spectral_norm=True, discriminator_norm="none"))
    initialise(discriminator, 0, "discriminator", 0.5)
    images = paddle.rand([2, 3, 32, 32])
    for _ in range(100):
        discriminator(images)
    convolutions = of_kind(discriminator, nn.Conv2D)
    assert len(convolutions) == 4
    for layer in convolutions:
        matrix = layer.weight.numpy().reshape(layer.weight.shape[0], -1)
        assert np.linalg.norm(matrix, 2) == pytest.approx(1, abs=0.02)
        # What is learnt is the weight as it was before.
        before = layer.weight_orig.numpy().reshape(matrix.shape)
        assert np.linalg.norm(before, 2) > 1.5
    assert all("weight_u" not in name for name in trainable(discriminator))
    assert sum("weight_orig" in name for name in trainable(discriminator)) == 4
    assert sum("weight_u" in name for name in discriminator.state_dict()) == 4


def test_spectral_norm_begins_with_the_same_numbers_whatever_was_drawn_before() -> None:
    states = []
    for seed in (1, 2):
        paddle.seed(seed)
        discriminator = build_discriminator(small(spectral_norm=True))
        initialise(discriminator, 0, "discriminator", 0.02)
        states.append({name: value.numpy() for name, value in discriminator.state_dict().items()})
    for name, value in states[0].items():
        np.testing.assert_array_equal(value, states[1][name])
