"""ONNX models, translated from the program that Paddle traces.

paddle2onnx, which would do it, has no build for Python 3.13 and needs an `onnx` of two years ago.
The networks have few kinds of operations: each is one short function in `onnx_operators`.
"""

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import paddle

from lsgan import __version__
from lsgan.arrays import Floats
from lsgan.errors import ConfigError
from lsgan.exporting import paddle_format
from lsgan.exporting.onnx_graph import Graph
from lsgan.exporting.onnx_operators import translate
from lsgan.exporting.signature import Runner, network_to_trace, output_of
from lsgan.inference.generator import Generator
from lsgan.io.files import atomic

NAME = "model.onnx"
_PACKAGES = ("onnx", "onnxruntime")
# Read by every onnxruntime since 1.12.
_OPSET, _IR_VERSION = 17, 8


def check() -> None:
    """Refuse if what writes and runs ONNX models is not there.

    Raises:
        ConfigError: naming what to install.
    """
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        raise ConfigError(
            f"--format onnx needs {' and '.join(missing)}",
            'Install what is missing with pip install "lsgan[onnx]".',
        )
    paddle_format.check()


def write(generator: Generator, folder: Path) -> list[str]:
    """Write `model.onnx`, of opset 17, with a free batch size."""
    graph = _translated(generator, network_to_trace(generator))
    model = graph.model(_OPSET, _IR_VERSION, "lsgan", __version__)
    with atomic(folder / NAME) as temporary:
        temporary.write_bytes(model)
    return [NAME]


def load(generator: Generator, folder: Path) -> Runner:  # noqa: ARG001
    """The network in the file, as onnxruntime runs it on the CPU."""
    import onnxruntime

    path = str(folder / NAME)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [each.name for each in session.get_inputs()]

    def run(inputs: Sequence[np.ndarray[Any, Any]]) -> Floats:
        return np.asarray(session.run(None, dict(zip(names, inputs, strict=True)))[0])

    return run


def _translated(generator: Generator, network: Any) -> Graph:
    """The graph of a network."""
    with paddle_format.quiet():
        traced = paddle.jit.to_static(
            network.forward, input_spec=paddle_format.specs(generator), full_graph=True
        )
        program = traced.concrete_program
        tensors, values = program.parameters
    own = {tensor.name: name for name, tensor in network.state_dict().items()}
    arrays = {
        value.name: (own.get(value.name, value.name), tensor.numpy())
        for value, tensor in zip(values, tensors, strict=True)
    }
    graph = Graph(output_of(generator.config).name, arrays)
    for operation in program.main_program.global_block().ops:
        translate(graph, operation)
    (output,) = program.outputs
    graph.end(output)
    return graph
