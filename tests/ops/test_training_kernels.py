"""The kernels of a training on a CPU, held to others, with factors that bfloat16 has."""

from contextlib import nullcontext

import numpy as np
import paddle
import pytest
from paddle import nn

from lsgan.arrays import Layer, Tensor
from lsgan.ops import methods, onednn_library
from lsgan.ops.gates import GatedLinearUnit
from lsgan.ops.layer_sequence import LayerSequence
from lsgan.ops.methods import training_kernels
from lsgan.ops.same import SameConvolution
from lsgan.ops.strided import StridedConvolution, StridedTransposedConvolution
from lsgan.ops.upsampling import UpsamplingConvolution

pytestmark = pytest.mark.skipif(not onednn_library.is_available(), reason="no oneDNN or AVX2")

needs_bfloat16 = pytest.mark.skipif(not onednn_library.has_bfloat16(), reason="no AVX-512")
PRECISIONS = ["float32", pytest.param("bfloat16", marks=needs_bfloat16)]

KINDS = [StridedConvolution, StridedTransposedConvolution, SameConvolution, UpsamplingConvolution]
# Inner and outer channels, rows and columns.
SHAPES = [(16, 24, 8, 4), (3, 5, 4, 6), (24, 3, 2, 2)]


def rounded(tensor: Tensor) -> Tensor:
    return tensor.astype("bfloat16").astype("float32")


def layer_and_images(kind: type[Layer], shape: tuple[int, int, int, int]) -> tuple[Layer, Tensor]:
    inner, outer, height, width = shape
    paddle.seed(4)
    layer = kind(inner, outer)
    # Sums of up to four of an enlarging layer's weights are to be short as well.
    weight = (paddle.randn(layer.weight.shape) * 8).round() / 8
    layer.weight.set_value(weight)
    layer.bias.set_value(paddle.randn([outer]))
    images = rounded(paddle.randn([3, inner, height, width]))
    images.stop_gradient = False
    return layer, images


def close(ours: Tensor, theirs: Tensor) -> None:
    expected = theirs.numpy()
    np.testing.assert_allclose(ours.numpy(), expected, rtol=0, atol=2e-5 * np.abs(expected).max())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("precision", PRECISIONS)
@pytest.mark.parametrize("is_large", [False, True])
def test_values_and_gradients_are_those_without(
    monkeypatch: pytest.MonkeyPatch,
    kind: type[Layer],
    shape: tuple[int, int, int, int],
    channels_last: bool,
    precision: str,
    is_large: bool,
) -> None:
    if is_large:
        # Winograd's algorithm then, where there are channels enough.
        monkeypatch.setattr(methods, "_LEAST_PRODUCTS", 0)
        monkeypatch.setattr(methods, "_LEAST_CHANNELS_SPARED", 16)
    layer, images = layer_and_images(kind, shape)
    theirs = layer(images)
    gradient = rounded(paddle.randn(theirs.shape))
    inputs = [images, layer.weight, layer.bias]
    expected = paddle.grad(theirs, inputs, gradient)
    with training_kernels(precision):
        if channels_last:
            last = layer(images.transpose([0, 2, 3, 1]), channels_last=True)
            ours = last.transpose([0, 3, 1, 2])
        else:
            ours = layer(images)
    close(ours, theirs)
    for one, other in zip(paddle.grad(ours, inputs, gradient), expected, strict=True):
        close(one, other)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_second_derivatives_are_about_those_without(kind: type[Layer], precision: str) -> None:
    layer, images = layer_and_images(kind, SHAPES[0])
    inputs = [images, layer.weight, layer.bias]
    found = []
    for context in (nullcontext(), training_kernels(precision)):
        with context:
            made = layer(images)
        firsts = paddle.grad((made * made).sum(), inputs, create_graph=True)
        penalty = sum((first * first).sum() for first in firsts)
        found.append([gradient.numpy() for gradient in paddle.grad(penalty, inputs)])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=0.02 * np.abs(one).max())


@needs_bfloat16
def test_factors_are_rounded() -> None:
    layer, images = layer_and_images(SameConvolution, SHAPES[0])
    layer.weight.set_value(layer.weight * (1 + 2.0**-12))
    with training_kernels("bfloat16"):
        ours = layer(images)
    layer.weight.set_value(rounded(layer.weight))
    close(ours, layer(images))


@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_weight_is_prepared_once_while_it_may_not_change(
    monkeypatch: pytest.MonkeyPatch, precision: str
) -> None:
    layer, images = layer_and_images(StridedConvolution, SHAPES[0])
    method = {
        "float32": methods.STRIDED.direct,
        "bfloat16": methods.STRIDED.im2col,
    }[precision]
    made, transform = [], method.transform
    monkeypatch.setattr(method, "transform", lambda weight: made.append(1) or transform(weight))
    last = images.transpose([0, 2, 3, 1])
    for _ in range(2):
        with training_kernels(precision):
            first = layer(last, channels_last=True)
            layer(last, channels_last=True)
        layer.weight.set_value(2 * layer.weight)
    assert len(made) == 2
    with training_kernels(precision):
        assert not np.array_equal(layer(last, channels_last=True).numpy(), first.numpy())


LAYERS = {
    "discriminator": lambda: [
        StridedConvolution(3, 8),
        nn.LeakyReLU(0.2),
        StridedConvolution(8, 16, bias=False),
        nn.BatchNorm2D(16, momentum=0.5),
        nn.LeakyReLU(0.2),
        nn.Flatten(),
    ],
    "generator": lambda: [
        UpsamplingConvolution(3, 16, bias=False),
        nn.BatchNorm2D(16, momentum=0.5),
        GatedLinearUnit(),
        SameConvolution(8, 8, bias=False),
        nn.BatchNorm2D(8, momentum=0.5),
        nn.ReLU(),
        nn.Tanh(),
    ],
    "other layers between": lambda: [
        nn.Conv2D(3, 8, 3, padding=1),
        nn.BatchNorm2D(8, momentum=0.5),
        nn.InstanceNorm2D(8),
        SameConvolution(8, 4, kernel=5),
        nn.Sigmoid(),
    ],
}


@pytest.mark.parametrize("layers", LAYERS.values(), ids=LAYERS)
@pytest.mark.parametrize("precision", PRECISIONS)
def test_a_sequence_gives_about_what_it_gives_without(layers, precision: str) -> None:
    paddle.seed(3)
    sequence = LayerSequence(*layers())
    images = paddle.randn([4, 3, 8, 8])
    images.stop_gradient = False
    start = {name: tensor.numpy() for name, tensor in sequence.state_dict().items()}
    parameters = [p for p in sequence.parameters() if not p.stop_gradient]
    found = []
    for context in (nullcontext(), training_kernels(precision)):
        sequence.set_state_dict(start)
        with context:
            made = sequence(images)
        slopes = paddle.linspace(-1, 1, made.size).reshape(made.shape)
        gradients = paddle.grad((made * slopes).sum(), [images, *parameters])
        state = [tensor.numpy() for tensor in sequence.state_dict().values()]
        found.append([made.numpy(), *(gradient.numpy() for gradient in gradients), *state])
    for one, other in zip(*found, strict=True):
        assert one.shape == other.shape
        # Where a value is nearly 0 an activation may let it through once and not the other time.
        allowed = 0.05 if precision == "bfloat16" else 1e-4
        assert np.linalg.norm(one - other) < allowed * np.linalg.norm(one) + 1e-4


def test_running_statistics_are_those_that_paddle_would_have() -> None:
    paddle.seed(1)
    sequence = LayerSequence(nn.BatchNorm2D(4, momentum=0.7), nn.ReLU())
    norm, images = sequence[0], paddle.randn([5, 4, 3, 3]) * 2 + 1
    plain = nn.BatchNorm2D(4, momentum=0.7)
    plain(images)
    with training_kernels("float32"):
        sequence(images)
    for ours, theirs in ((norm._mean, plain._mean), (norm._variance, plain._variance)):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-5)


@pytest.mark.parametrize("precision", [None, *PRECISIONS])
def test_parts_have_statistics_of_their_own(precision: str | None) -> None:
    paddle.seed(5)
    sequence = LayerSequence(*LAYERS["discriminator"]())
    start = {name: tensor.numpy() for name, tensor in sequence.state_dict().items()}
    parameters = [p for p in sequence.parameters() if not p.stop_gradient]
    both = [paddle.randn([2, 3, 8, 8]), paddle.randn([2, 3, 8, 8]) * 3 + 1]
    found = []
    for joins in (False, True):
        sequence.set_state_dict(start)
        with training_kernels(precision) if precision else nullcontext():
            made = (
                sequence(paddle.concat(both), parts=2)
                if joins
                else paddle.concat([sequence(part) for part in both])
            )
        slopes = paddle.linspace(-1, 1, made.size).reshape(made.shape)
        gradients = paddle.grad((made * slopes).sum(), parameters)
        state = [tensor.numpy() for tensor in sequence.state_dict().values()]
        found.append([made.numpy(), *(gradient.numpy() for gradient in gradients), *state])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=1e-4 * np.abs(one).max())
