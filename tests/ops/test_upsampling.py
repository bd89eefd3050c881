"""Convolutions that enlarge, and resizing, held to Paddle's and Pillow's own."""

import numpy as np
import paddle
import pytest
from paddle.nn import functional
from PIL import Image

from lsgan.arrays import Tensor
from lsgan.ops import upsampling_kernels
from lsgan.ops.upsampling import UpsamplingConvolution, resampling, resize, upsample
from lsgan.system import threads
from tests.ops.tiled_layers import (
    assert_second_derivatives,
    assert_threads_change_rounding_alone,
    assert_values_and_gradients,
    layer_and_images,
)

# Inner and outer channels, rows and columns: by tiles, then those that tiles do not suit.
TILES = [(32, 24, 8, 8), (16, 16, 4, 4), (16, 24, 6, 2), (64, 48, 16, 16)]
OTHERS = [(3, 5, 7, 7), (16, 4, 4, 4), (16, 16, 3, 4)]


def plain(layer: UpsamplingConvolution, images: Tensor) -> Tensor:
    count, channels, height, width = images.shape
    twice = images.reshape([count, channels, height, 1, width, 1]).expand([-1, -1, -1, 2, -1, 2])
    enlarged = twice.reshape([count, channels, 2 * height, 2 * width])
    # Conv2DTranspose has its weight as (inner, outer, …), and what it means by it mirrored.
    weight = layer.weight.transpose([1, 0, 2, 3])
    return functional.conv2d(enlarged, weight, layer.bias, padding=1)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("shape", TILES + OTHERS)
def test_it_is_the_enlarged_image_convolved(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int, int, int], count: int
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", str(count))
    threads._pool.cache_clear()
    layer, images = layer_and_images(UpsamplingConvolution, shape)
    assert_values_and_gradients(layer, images, plain)


def test_second_derivatives_are_those_of_the_enlarged_image_convolved() -> None:
    layer, images = layer_and_images(UpsamplingConvolution, TILES[0])
    assert_second_derivatives(layer, images, plain)


@pytest.mark.parametrize(("shape", "by_tiles"), [(TILES[0], True), (OTHERS[0], False)])
def test_tiles_are_for_the_layers_that_they_suit(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int, int, int], by_tiles: bool
) -> None:
    """Otherwise the tests above would be of the other formulation alone."""
    layer, images = layer_and_images(UpsamplingConvolution, shape)
    called = []
    original = upsampling_kernels.convolve_transposed
    monkeypatch.setattr(
        upsampling_kernels,
        "convolve_transposed",
        lambda *given: called.append(1) or original(*given),
    )
    layer(images)
    assert bool(called) == by_tiles


def test_the_number_of_threads_changes_rounding_alone() -> None:
    layer, images = layer_and_images(UpsamplingConvolution, TILES[3], 6)
    assert_threads_change_rounding_alone(layer, images)


def test_every_pixel_of_a_plain_image_gets_the_same() -> None:
    """What leaves a lattice is a transposed convolution, which gives a plain image's pixels four
    different values."""
    paddle.seed(2)
    layer = UpsamplingConvolution(8, 4, bias=False)
    inside = layer(paddle.ones([1, 8, 6, 6]))[:, :, 2:-2, 2:-2].numpy()
    np.testing.assert_allclose(inside, inside[:, :, :1, :1].repeat(8, 2).repeat(8, 3), atol=1e-5)


@pytest.mark.parametrize(
    ("source", "target"), [(64, 96), (64, 64), (128, 96), (32, 256), (256, 64)]
)
def test_resizing_is_pillows(source: int, target: int) -> None:
    values = np.random.default_rng(0).uniform(-1, 1, (source, source)).astype(np.float32)
    wanted = np.asarray(
        Image.fromarray(values, "F").resize((target, target), Image.Resampling.BILINEAR)
    )
    found = resize(
        paddle.to_tensor(values[None, None]), paddle.to_tensor(resampling(source, target))
    )
    np.testing.assert_allclose(found.numpy()[0, 0], wanted, atol=1e-5)


def test_maps_are_enlarged_between_their_values() -> None:
    maps = paddle.to_tensor([[[[0.0, 4.0], [8.0, 12.0]]]])
    assert upsample(maps, 4).numpy()[0, 0, 0].tolist() == [0, 1, 3, 4]
