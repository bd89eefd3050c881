"""Convolutions that enlarge, and resizing, held to Paddle's and Pillow's own."""

import numpy as np
import paddle
import pytest
from paddle.nn import functional
from PIL import Image

from lsgan.networks.upsampling import UpsamplingConvolution, resampling, resize, upsample


@pytest.mark.parametrize(("inner", "outer", "size"), [(32, 24, 8), (3, 5, 7), (16, 16, 4)])
def test_it_is_the_enlarged_image_convolved(inner: int, outer: int, size: int) -> None:
    paddle.seed(1)
    layer = UpsamplingConvolution(inner, outer)
    layer.bias.set_value(paddle.randn([outer]))
    images = paddle.randn([3, inner, size, size])
    images.stop_gradient = False
    made = layer(images)
    weighted = (made * paddle.linspace(0, 1, made.size).reshape(made.shape)).sum()
    ours = [made, *paddle.grad(weighted, [images, *layer.parameters()])]

    enlarged = images.repeat_interleave(2, 2).repeat_interleave(2, 3)
    # Conv2DTranspose has its weight as (inner, outer, …), and what it means by it mirrored.
    weight = layer.weight.transpose([1, 0, 2, 3])
    made = functional.conv2d(enlarged, weight, layer.bias, padding=1)
    weighted = (made * paddle.linspace(0, 1, made.size).reshape(made.shape)).sum()
    theirs = [made, *paddle.grad(weighted, [images, *layer.parameters()])]
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(
            one.numpy(), other.numpy(), rtol=0, atol=2e-5 * float(other.abs().max())
        )


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
