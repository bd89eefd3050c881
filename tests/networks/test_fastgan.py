"""The generator that enlarges and then convolves."""

import numpy as np
import paddle
import pytest
from paddle import nn

from lsgan.config import ModelSection
from lsgan.networks import build_generator
from lsgan.networks.initial import initialise


@pytest.mark.parametrize(("size", "channels"), [(32, 1), (64, 3), (128, 3), (256, 3)])
def test_images_of_every_size(size: int, channels: int) -> None:
    model = ModelSection(
        generator="fastgan", size=size, channels=channels, base_channels=4, latent_dim=8
    )
    images = build_generator(model)(paddle.randn([2, 8]))
    assert images.shape == [2, channels, size, size]
    assert float(images.abs().max()) <= 1


def test_an_image_follows_from_its_latent_alone() -> None:
    model = ModelSection(generator="fastgan", base_channels=4, latent_dim=8)
    generator = build_generator(model)
    initialise(generator, 0, "generator", 0.02)
    generator.eval()
    latents = paddle.randn([4, 8])
    together = generator(latents).numpy()
    np.testing.assert_array_equal(generator(latents).numpy(), together)
    np.testing.assert_allclose(generator(latents[2:3]).numpy(), together[2:3], atol=1e-5)


def test_small_maps_say_which_channels_of_the_large_ones_are_seen() -> None:
    model = ModelSection(generator="fastgan", base_channels=4, latent_dim=8)
    generator = build_generator(model)
    generator.eval()
    latents = paddle.randn([2, 8])
    seen = generator(latents).numpy()
    assert set(generator.excitations) == {"32", "64"}
    for excitation in generator.excitations.values():
        # Shares of nearly nothing: what comes out is the same everywhere.
        excitation.mix.bias.set_value(paddle.full_like(excitation.mix.bias, -100.0))
    flat = generator(latents).numpy()
    assert seen.std((2, 3)).min() > 0
    np.testing.assert_allclose(flat.std((2, 3)), 0, atol=1e-6)


def test_momentum_and_widths_are_the_settings() -> None:
    model = ModelSection(
        generator="fastgan", base_channels=64, generator_base_channels=8, max_channels=24
    )
    norms = [
        layer for layer in build_generator(model).sublayers() if isinstance(layer, nn.BatchNorm2D)
    ]
    assert {layer._momentum for layer in norms} == {0.5}
    # 8, 4, 2, 2 and 1 times the width at 64 pixels, twice that before the gates.
    assert [layer._num_features for layer in norms] == [48, 48, 48, 32, 32, 32, 16]
