"""The convolutions over whole images, held to Paddle's own."""

import numpy as np
import paddle
from paddle.nn import functional

from lsgan.arrays import Tensor
from lsgan.ops.whole import WholeConvolution, WholeTransposedConvolution


def same(ours: Tensor, theirs: Tensor, inputs: list[Tensor]) -> None:
    """Values and gradients, equal to float32 rounding."""
    gradient = paddle.randn(theirs.shape)
    found = [ours, *paddle.grad(ours, inputs, gradient)]
    wanted = [theirs, *paddle.grad(theirs, inputs, gradient)]
    for one, other in zip(found, wanted, strict=True):
        other = other.numpy()
        np.testing.assert_allclose(one.numpy(), other, rtol=0, atol=1e-5 * abs(other).max())


def test_images_to_vectors() -> None:
    layer = WholeConvolution(24, 5, 4)
    layer.bias.set_value(paddle.randn([5]))
    images = paddle.randn([7, 24, 4, 4])
    images.stop_gradient = False
    plain = functional.conv2d(images, layer.weight, layer.bias)
    same(layer(images), plain.reshape([7, 5]), [images, layer.weight, layer.bias])


def test_vectors_to_images() -> None:
    layer = WholeTransposedConvolution(10, 24, 4)
    vectors = paddle.randn([7, 10])
    vectors.stop_gradient = False
    plain = functional.conv2d_transpose(vectors.reshape([7, 10, 1, 1]), layer.weight)
    same(layer(vectors), plain, [vectors, layer.weight])
