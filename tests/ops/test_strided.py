"""The strided convolutions in both their formulations, held to Paddle's own."""

from types import ModuleType

import numpy as np
import paddle
import pytest
from paddle import nn
from paddle.nn import functional

from lsgan.arrays import Tensor
from lsgan.ops import patches, winograd
from lsgan.ops.strided import StridedConvolution, StridedTransposedConvolution, _ChannelSums
from lsgan.system import threads

# Inner and outer channels, and the coarse grid: the layers of a DCGAN, one whose grid is not
# square, one that is tiny.
SHAPES = [(64, 128, 16, 16), (128, 256, 8, 8), (256, 512, 4, 4), (16, 24, 6, 2), (17, 16, 2, 2)]
# The layers at the image, narrow networks, and grids that Winograd's tiles do not cover.
PATCHES = [(3, 64, 32, 32), (2, 16, 4, 6), (4, 8, 8, 8), (16, 16, 3, 5), (3, 5, 1, 1)]


def plain(layer: nn.Layer, images: Tensor) -> Tensor:
    transposed = isinstance(layer, nn.Conv2DTranspose)
    convolve = functional.conv2d_transpose if transposed else functional.conv2d
    return convolve(images, layer.weight, layer.bias, stride=2, padding=1)


def layer_and_images(
    transposed: bool, shape: tuple[int, int, int, int], count: int = 5, bias: bool = True
) -> tuple[nn.Layer, Tensor]:
    few, many, height, width = shape
    paddle.seed(3)
    if transposed:
        layer, size = StridedTransposedConvolution(many, few, bias), [many, height, width]
    else:
        layer, size = StridedConvolution(few, many, bias), [few, 2 * height, 2 * width]
    if bias:
        layer.bias.set_value(paddle.randn([few if transposed else many]))
    images = paddle.randn([count, *size])
    images.stop_gradient = False
    return layer, images


def same(ours: Tensor, theirs: Tensor) -> None:
    """Equal to float32 rounding, of values that are sums of up to thousands of products."""
    theirs = theirs.numpy()
    np.testing.assert_allclose(ours.numpy(), theirs, rtol=0, atol=2e-5 * theirs.std())


@pytest.fixture(params=[1, 2, 3])
def on_threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", str(request.param))
    threads._pool.cache_clear()


@pytest.mark.usefixtures("on_threads")
@pytest.mark.parametrize("transposed", [False, True])
@pytest.mark.parametrize("shape", SHAPES + PATCHES)
def test_values_and_gradients_are_those_of_the_plain_layer(
    transposed: bool, shape: tuple[int, int, int, int]
) -> None:
    layer, images = layer_and_images(transposed, shape)
    ours, theirs = layer(images), plain(layer, images)
    same(ours, theirs)
    gradient = paddle.randn(theirs.shape)
    inputs = [images, layer.weight, layer.bias]
    for one, other in zip(
        paddle.grad(ours, inputs, gradient), paddle.grad(theirs, inputs, gradient), strict=True
    ):
        same(one, other)


@pytest.mark.parametrize("shape", [(16, 32, 4, 4), (3, 32, 4, 4)], ids=["winograd", "patches"])
def test_second_derivatives_are_those_of_the_plain_convolution(
    shape: tuple[int, int, int, int],
) -> None:
    """What a gradient penalty takes; Paddle has none of a transposed convolution to hold ours to.

    Paddle wants the first gradient by all that a layer of Python's own varies with.
    """
    layer, images = layer_and_images(False, shape)
    inputs = [images, layer.weight, layer.bias]

    def penalty(result: Tensor) -> list[Tensor]:
        firsts = paddle.grad(result.square().sum(), inputs, create_graph=True)
        norms = sum(first.square().sum().sqrt() for first in firsts)
        return list(paddle.grad(norms, inputs))

    ours, theirs = penalty(layer(images)), penalty(plain(layer, images))
    for one, other in zip(ours, theirs, strict=True):
        same(one, other)


@pytest.mark.parametrize(("method", "shape"), [(winograd, SHAPES[0]), (patches, PATCHES[0])])
def test_each_layer_has_its_formulation(
    monkeypatch: pytest.MonkeyPatch, method: ModuleType, shape: tuple[int, int, int, int]
) -> None:
    """Otherwise the tests above would hold Paddle's layer to itself."""
    layer, images = layer_and_images(False, shape)
    called = []
    original = method.convolve
    monkeypatch.setattr(method, "convolve", lambda *given: called.append(1) or original(*given))
    layer(images)
    assert called


@pytest.mark.parametrize("shape", [(16, 16, 4, 4), (3, 16, 4, 4)], ids=["winograd", "patches"])
def test_the_gradient_is_that_of_the_weight_as_it_was(shape: tuple[int, int, int, int]) -> None:
    layer, images = layer_and_images(False, shape)
    for parameter in layer.parameters():
        parameter.stop_gradient = True
    expected = paddle.grad(layer(images).sum(), [images])[0]
    found = layer(images).sum()
    layer.weight.set_value(layer.weight * 2)
    same(paddle.grad(found, [images])[0], expected)


@pytest.mark.parametrize("transposed", [False, True])
def test_other_kinds_of_numbers_are_left_to_paddle(
    monkeypatch: pytest.MonkeyPatch, transposed: bool
) -> None:
    monkeypatch.setattr(winograd, "transform", None)
    layer, images = layer_and_images(transposed, (16, 16, 4, 4))
    layer.to(dtype="float64")
    images = images.astype("float64")
    same(layer(images), plain(layer, images))


@pytest.mark.parametrize(
    ("method", "shape"), [(winograd, (16, 16, 4, 4)), (patches, (3, 16, 4, 4))]
)
def test_no_gradient_is_computed_that_nobody_uses(
    monkeypatch: pytest.MonkeyPatch, method: ModuleType, shape: tuple[int, int, int, int]
) -> None:
    layer, images = layer_and_images(False, shape)
    for parameter in layer.parameters():
        parameter.stop_gradient = True
    monkeypatch.setattr(method, "correlate", None)
    monkeypatch.setattr(_ChannelSums, "apply", None)
    layer(images).sum().backward()
    assert images.grad is not None
    with paddle.no_grad():
        assert layer(images).stop_gradient


def test_the_gradient_of_the_first_layer_is_that_of_its_parameters_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    layer, images = layer_and_images(False, (3, 16, 4, 4))
    images.stop_gradient = True
    monkeypatch.setattr(patches, "convolve_transposed", None)
    layer(images).sum().backward()
    assert layer.weight.grad is not None
    assert layer.bias.grad.tolist() == [5 * 4 * 4] * 16


def test_the_number_of_threads_changes_no_convolution_and_rounds_gradients_alike(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    generator = np.random.default_rng(0)
    fine = generator.standard_normal((6, 32, 16, 16), np.float32)
    coarse = generator.standard_normal((6, 48, 8, 8), np.float32)
    found = []
    for count in (1, 4):
        monkeypatch.setenv("OMP_NUM_THREADS", str(count))
        threads._pool.cache_clear()
        found.append(winograd.correlate(fine, coarse))
        again = winograd.correlate(fine, coarse)
        np.testing.assert_array_equal(found[-1], again)
    np.testing.assert_allclose(found[0], found[1], rtol=0, atol=1e-5 * found[0].std())
