"""The convolution that keeps the size, held to Paddle's own."""

import numpy as np
import paddle
import pytest
from paddle.nn import functional

from lsgan.arrays import Tensor
from lsgan.ops import same_kernels
from lsgan.ops.same import SameConvolution
from lsgan.system import threads

# Inner and outer channels, rows and columns: by tiles, then those that tiles do not suit.
TILES = [(32, 24, 8, 8), (16, 16, 4, 4), (16, 24, 6, 2), (64, 48, 16, 16)]
OTHERS = [(3, 5, 8, 8), (16, 16, 3, 4)]


def layer_and_images(
    shape: tuple[int, int, int, int], count: int = 3
) -> tuple[SameConvolution, Tensor]:
    inner, outer, height, width = shape
    paddle.seed(1)
    layer = SameConvolution(inner, outer)
    layer.bias.set_value(paddle.randn([outer]))
    images = paddle.randn([count, inner, height, width])
    images.stop_gradient = False
    return layer, images


def plain(layer: SameConvolution, images: Tensor) -> Tensor:
    return functional.conv2d(images, layer.weight, layer.bias, padding=1)


def same(ours: Tensor, theirs: Tensor) -> None:
    """Equal to float32 rounding, of values that are sums of up to thousands of products."""
    largest = float(theirs.abs().max())
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=0, atol=2e-5 * largest)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("shape", TILES + OTHERS)
def test_values_and_gradients_are_those_of_the_plain_layer(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int, int, int], count: int
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", str(count))
    threads._pool.cache_clear()
    layer, images = layer_and_images(shape)
    ours, theirs = layer(images), plain(layer, images)
    same(ours, theirs)
    gradient = paddle.randn(theirs.shape)
    inputs = [images, *layer.parameters()]
    for one, other in zip(
        paddle.grad(ours, inputs, gradient), paddle.grad(theirs, inputs, gradient), strict=True
    ):
        same(one, other)


def test_second_derivatives_are_those_of_the_plain_layer() -> None:
    layer, images = layer_and_images(TILES[0])
    inputs = [images, *layer.parameters()]

    def penalty(made: Tensor) -> list[Tensor]:
        firsts = paddle.grad(made.square().sum(), inputs, create_graph=True)
        norms = sum(first.square().sum().sqrt() for first in firsts)
        return list(paddle.grad(norms, inputs))

    ours, theirs = penalty(layer(images)), penalty(plain(layer, images))
    for one, other in zip(ours, theirs, strict=True):
        same(one, other)


@pytest.mark.parametrize(("shape", "by_tiles"), [(TILES[0], True), (OTHERS[0], False)])
def test_tiles_are_for_the_layers_that_they_suit(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int, int, int], by_tiles: bool
) -> None:
    """Otherwise the tests above would be of the other formulation alone."""
    layer, images = layer_and_images(shape)
    called = []
    original = same_kernels.convolve
    monkeypatch.setattr(
        same_kernels, "convolve", lambda *given: called.append(1) or original(*given)
    )
    layer(images)
    assert bool(called) == by_tiles


def test_the_number_of_threads_changes_no_image() -> None:
    layer, images = layer_and_images(TILES[3], 6)
    whole = layer(images).numpy()
    for count in (1, 2, 4):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OMP_NUM_THREADS", str(count))
            threads._pool.cache_clear()
            np.testing.assert_array_equal(layer(images).numpy(), whole)


@pytest.mark.parametrize("kernel", [3, 4, 5])
def test_the_size_is_kept_whatever_the_kernel(kernel: int) -> None:
    layer = SameConvolution(2, 3, kernel, bias=False)
    assert layer(paddle.randn([1, 2, 8, 6])).shape == [1, 3, 8, 6]
    assert layer.bias is None
