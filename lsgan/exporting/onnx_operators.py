"""Paddle's operations as those of ONNX: one function for each that the generators have.

Documentation: https://onnx.ai/onnx/operators/ of opset 17. Paddle's are listed in its sources,
paddle/phi/ops/yaml/ops.yaml.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from lsgan.errors import RunError
from lsgan.exporting.onnx_graph import Graph, Names, dtype_of

# Adds an operation to a graph; returns what its results are called, the first of them at least.
Translator = Callable[[Graph, Any], list[Names]]

_TRANSLATORS: dict[str, Translator] = {}


def translate(graph: Graph, operation: Any) -> None:
    """Add an operation of Paddle's program to the graph.

    Raises:
        RunError: if it is of a kind that is not known here.
    """
    kind = operation.name().partition(".")[2].removesuffix("_")
    if kind not in _TRANSLATORS:
        raise _unknown(f"the operation {operation.name()}")
    names = _TRANSLATORS[kind](graph, operation)
    for result, name in zip(operation.results(), names, strict=False):
        graph.name(result, name)


def _translates(*kinds: str) -> Callable[[Translator], Translator]:
    def register(function: Translator) -> Translator:
        _TRANSLATORS.update(dict.fromkeys(kinds, function))
        return function

    return register


def _unknown(what: str) -> RunError:
    return RunError(
        f"the generator has {what}, which lsgan cannot write as ONNX",
        "Use --format paddle, and please report this.",
    )


def _inputs(graph: Graph, operation: Any) -> list[str]:
    """The names of the inputs; those of a list stand side by side."""
    names: list[str] = []
    for value in operation.operands_source():
        found = graph.names(value)
        names += [found] if isinstance(found, str) else found
    return names


def _same(kind: str) -> Translator:
    """A translator for what ONNX has alike, by another name at most."""
    return lambda graph, operation: [*graph.node(kind, _inputs(graph, operation))]


for _paddle, _onnx in {
    "relu": "Relu",
    "tanh": "Tanh",
    "sigmoid": "Sigmoid",
    "add": "Add",
    "multiply": "Mul",
    "unsqueeze": "Unsqueeze",
}.items():
    _TRANSLATORS[_paddle] = _same(_onnx)


# Inputs, weights and constants.


@_translates("data")
def _data(graph: Graph, operation: Any) -> list[Names]:
    return [graph.input(operation.attrs()["name"], operation.results()[0])]


@_translates("parameter")
def _parameter(graph: Graph, operation: Any) -> list[Names]:
    return [graph.parameter(operation.attrs()["parameter_name"])]


@_translates("full")
def _full(graph: Graph, operation: Any) -> list[Names]:
    attributes, dtype = operation.attrs(), dtype_of(operation.results()[0])
    return [graph.constant(np.full(attributes["shape"], attributes["value"], dtype))]


@_translates("full_int_array")
def _full_int_array(graph: Graph, operation: Any) -> list[Names]:
    return [graph.constant(np.array(operation.attrs()["value"], np.int64))]


# Lists of values.


@_translates("combine")
def _combine(graph: Graph, operation: Any) -> list[Names]:
    return [_inputs(graph, operation)]


@_translates("split")
def _split(graph: Graph, operation: Any) -> list[Names]:
    return [*_inputs(graph, operation)]


@_translates("split_with_num")
def _split_with_num(graph: Graph, operation: Any) -> list[Names]:
    values, axis = operation.operands_source()
    number, place = operation.attrs()["num"], _integers(graph, axis)[0]
    sizes = graph.constant(np.full(number, values.shape[place] // number, np.int64))
    return [graph.node("Split", [str(graph.names(values)), sizes], number, axis=place)]


@_translates("concat")
def _concat(graph: Graph, operation: Any) -> list[Names]:
    *parts, _ = _inputs(graph, operation)
    axis = _integers(graph, operation.operands_source()[-1])[0]
    return [*graph.node("Concat", parts, axis=axis)]


@_translates("stack")
def _stack(graph: Graph, operation: Any) -> list[Names]:
    axis = operation.attrs()["axis"]
    axes = graph.constant(np.array([axis], np.int64))
    parts = [graph.node("Unsqueeze", [each, axes])[0] for each in _inputs(graph, operation)]
    return [*graph.node("Concat", parts, axis=axis)]


# Shapes.


@_translates("shape", "shape64")
def _shape(graph: Graph, operation: Any) -> list[Names]:
    # Paddle's may be of 32 bits, but what comes of it is only ever a shape again.
    return [*graph.node("Shape", _inputs(graph, operation))]


@_translates("reshape")
def _reshape(graph: Graph, operation: Any) -> list[Names]:
    return [*graph.node("Reshape", _inputs(graph, operation))]


@_translates("transpose")
def _transpose(graph: Graph, operation: Any) -> list[Names]:
    order = operation.attrs()["perm"]
    return [*graph.node("Transpose", _inputs(graph, operation), perm=order)]


@_translates("slice")
def _slice(graph: Graph, operation: Any) -> list[Names]:
    attributes = operation.attrs()
    axes = graph.constant(np.array(attributes["axes"], np.int64))
    sliced = graph.node("Slice", [*_inputs(graph, operation), axes])
    if not attributes["decrease_axis"]:
        return [*sliced]
    single = graph.constant(np.array(attributes["decrease_axis"], np.int64))
    return [*graph.node("Squeeze", [*sliced, single])]


@_translates("gather")
def _gather(graph: Graph, operation: Any) -> list[Names]:
    rows, places, axis = operation.operands_source()
    names = [str(graph.names(each)) for each in (rows, places)]
    return [*graph.node("Gather", names, axis=_integers(graph, axis)[0])]


# Layers.


@_translates("matmul")
def _matmul(graph: Graph, operation: Any) -> list[Names]:
    if operation.attrs()["transpose_x"] or operation.attrs()["transpose_y"]:
        raise _unknown("a product of a transposed matrix")
    return [*graph.node("MatMul", _inputs(graph, operation))]


@_translates("leaky_relu")
def _leaky_relu(graph: Graph, operation: Any) -> list[Names]:
    slope = operation.attrs()["negative_slope"]
    return [*graph.node("LeakyRelu", _inputs(graph, operation), alpha=slope)]


@_translates("conv2d")
def _conv2d(graph: Graph, operation: Any) -> list[Names]:
    return [*graph.node("Conv", _inputs(graph, operation), **_convolution(operation))]


@_translates("conv2d_transpose")
def _conv2d_transpose(graph: Graph, operation: Any) -> list[Names]:
    images, weight, _ = _inputs(graph, operation)
    added = operation.attrs()["output_padding"]
    more = {"output_padding": added} if added else {}
    made = graph.node("ConvTranspose", [images, weight], **_convolution(operation), **more)
    return [*made]


@_translates("batch_norm")
def _batch_norm(graph: Graph, operation: Any) -> list[Names]:
    images, mean, variance, scale, bias = _inputs(graph, operation)
    inputs = [images, scale, bias, mean, variance]
    epsilon = operation.attrs()["epsilon"]
    return [*graph.node("BatchNormalization", inputs, epsilon=epsilon)]


@_translates("instance_norm")
def _instance_norm(graph: Graph, operation: Any) -> list[Names]:
    epsilon = operation.attrs()["epsilon"]
    return [*graph.node("InstanceNormalization", _inputs(graph, operation), epsilon=epsilon)]


@_translates("pool2d")
def _pool2d(graph: Graph, operation: Any) -> list[Names]:
    """Means of squares that are as many as are wanted, which ONNX has no word for."""
    attributes = operation.attrs()
    images, wanted = operation.operands_source()
    size, wanted = images.shape[2:], _integers(graph, wanted)
    if not attributes["adaptive"] or attributes["pooling_type"] != "avg":
        raise _unknown("a pooling of another kind")
    if any(length % count for length, count in zip(size, wanted, strict=True)):
        raise _unknown("a pooling of squares that differ in size")
    shape = [length // count for length, count in zip(size, wanted, strict=True)]
    inputs = [str(graph.names(images))]
    return [*graph.node("AveragePool", inputs, kernel_shape=shape, strides=shape)]


def _convolution(operation: Any) -> dict[str, Any]:
    """The attributes that both convolutions have."""
    attributes = operation.attrs()
    padding = attributes["paddings"]
    if attributes["padding_algorithm"] != "EXPLICIT" or len(padding) != 2:
        raise _unknown("a convolution with padding of another kind")
    return {
        "strides": attributes["strides"],
        "dilations": attributes["dilations"],
        "group": attributes["groups"],
        "pads": [*padding, *padding],
    }


def _integers(graph: Graph, value: Any) -> list[int]:
    """The whole numbers that a value of the program is, which must be known."""
    found = graph.known(str(graph.names(value)))
    if found is None:
        raise _unknown("a shape that depends on its input")
    return [int(each) for each in found.ravel()]
