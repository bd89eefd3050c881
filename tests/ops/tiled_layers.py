"""What holds for every convolution that is computed by tiles, beside the same by Paddle."""

from collections.abc import Callable

import numpy as np
import paddle
import pytest

from lsgan.arrays import Layer, Tensor
from lsgan.system import threads

Shape = tuple[int, int, int, int]  # inner and outer channels, rows and columns
Plain = Callable[[Layer, Tensor], Tensor]


def layer_and_images(
    kind: Callable[[int, int], Layer], shape: Shape, count: int = 3
) -> tuple[Layer, Tensor]:
    inner, outer, height, width = shape
    paddle.seed(1)
    layer = kind(inner, outer)
    layer.bias.set_value(paddle.randn([outer]))
    images = paddle.randn([count, inner, height, width])
    images.stop_gradient = False
    return layer, images


def assert_same(ours: Tensor, theirs: Tensor) -> None:
    """Equal to float32 rounding, of values that are sums of up to thousands of products."""
    largest = float(theirs.abs().max())
    np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=0, atol=2e-5 * largest)


def assert_values_and_gradients(layer: Layer, images: Tensor, plain: Plain) -> None:
    ours, theirs = layer(images), plain(layer, images)
    assert_same(ours, theirs)
    gradient = paddle.randn(theirs.shape)
    inputs = [images, *layer.parameters()]
    for one, other in zip(
        paddle.grad(ours, inputs, gradient), paddle.grad(theirs, inputs, gradient), strict=True
    ):
        assert_same(one, other)


def assert_second_derivatives(layer: Layer, images: Tensor, plain: Plain) -> None:
    inputs = [images, *layer.parameters()]

    def penalty(made: Tensor) -> list[Tensor]:
        firsts = paddle.grad(made.square().sum(), inputs, create_graph=True)
        norms = sum(first.square().sum().sqrt() for first in firsts)
        return list(paddle.grad(norms, inputs))

    ours, theirs = penalty(layer(images)), penalty(plain(layer, images))
    for one, other in zip(ours, theirs, strict=True):
        assert_same(one, other)


def assert_threads_change_rounding_alone(layer: Layer, images: Tensor) -> None:
    """The shares of the threads differ in size, by which some processors' kernels round."""
    whole = layer(images)
    for count in (1, 2, 4):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("OMP_NUM_THREADS", str(count))
            threads._pool.cache_clear()
            assert_same(layer(images), whole)
