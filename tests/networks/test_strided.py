"""The convolutions with fewer products, held to Paddle's own."""

import numpy as np
import paddle
import pytest
from paddle import nn
from paddle.nn import functional

from lsgan import threads
from lsgan.arrays import Tensor
from lsgan.networks import winograd
from lsgan.networks.strided import StridedConvolution, StridedTransposedConvolution

# Inner and outer channels, and the coarse grid: the layers of a DCGAN, one whose grid is not
# square, one that is tiny.
SHAPES = [(64, 128, 16, 16), (128, 256, 8, 8), (256, 512, 4, 4), (16, 24, 6, 2), (17, 16, 2, 2)]


def plain(layer: nn.Layer, pictures: Tensor) -> Tensor:
    transposed = isinstance(layer, nn.Conv2DTranspose)
    convolve = functional.conv2d_transpose if transposed else functional.conv2d
    return convolve(pictures, layer.weight, layer.bias, stride=2, padding=1)


def layer_and_pictures(
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
    pictures = paddle.randn([count, *size])
    pictures.stop_gradient = False
    return layer, pictures


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
@pytest.mark.parametrize("shape", SHAPES)
def test_values_and_gradients_are_those_of_the_plain_layer(
    transposed: bool, shape: tuple[int, int, int, int]
) -> None:
    layer, pictures = layer_and_pictures(transposed, shape)
    ours, theirs = layer(pictures), plain(layer, pictures)
    same(ours, theirs)
    gradient = paddle.randn(theirs.shape)
    inputs = [pictures, layer.weight, layer.bias]
    for one, other in zip(
        paddle.grad(ours, inputs, gradient), paddle.grad(theirs, inputs, gradient), strict=True
    ):
        same(one, other)


def test_second_derivatives_are_those_of_the_plain_convolution() -> None:
    """What a gradient penalty takes; Paddle has none of a transposed convolution to hold ours to.

    Paddle wants the first gradient by all that a layer of Python's own varies with.
    """
    layer, pictures = layer_and_pictures(False, (16, 32, 4, 4), bias=False)
    inputs = [pictures, layer.weight]

    def penalty(result: Tensor) -> list[Tensor]:
        first, second = paddle.grad(result.square().sum(), inputs, create_graph=True)
        norms = first.square().sum().sqrt() + second.square().sum().sqrt()
        return list(paddle.grad(norms, inputs))

    ours, theirs = penalty(layer(pictures)), penalty(plain(layer, pictures))
    for one, other in zip(ours, theirs, strict=True):
        same(one, other)


def test_the_nine_products_are_what_computes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise the tests above would hold Paddle's layer to itself."""
    layer, pictures = layer_and_pictures(False, SHAPES[0])
    called = []
    original = winograd.convolve
    monkeypatch.setattr(winograd, "convolve", lambda *given: called.append(1) or original(*given))
    layer(pictures)
    assert called


@pytest.mark.parametrize(
    ("shape", "kind"),
    [((3, 64, 8, 8), "float32"), ((16, 16, 3, 5), "float32"), ((16, 16, 4, 4), "float64")],
    ids=["three channels", "odd", "double precision"],
)
@pytest.mark.parametrize("transposed", [False, True])
def test_what_it_cannot_do_or_would_not_gain_by_is_left_to_paddle(
    monkeypatch: pytest.MonkeyPatch,
    transposed: bool,
    shape: tuple[int, int, int, int],
    kind: str,
) -> None:
    monkeypatch.setattr(winograd, "transform", None)
    layer, pictures = layer_and_pictures(transposed, shape)
    layer.to(dtype=kind)
    pictures = pictures.astype(kind)
    same(layer(pictures), plain(layer, pictures))


def test_no_gradient_is_computed_that_nobody_uses(monkeypatch: pytest.MonkeyPatch) -> None:
    layer, pictures = layer_and_pictures(False, (16, 16, 4, 4), bias=False)
    layer.weight.stop_gradient = True
    monkeypatch.setattr(winograd, "correlate", None)
    layer(pictures).sum().backward()
    assert pictures.grad is not None
    with paddle.no_grad():
        assert layer(pictures).stop_gradient


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
