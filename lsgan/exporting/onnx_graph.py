"""An ONNX graph that is being made of one of Paddle's programs."""

from collections import Counter
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
# A value's name in the graph; of a list of values, which only Paddle has, their names.
Names = str | list[str]
_BATCH = "batch"


class Graph:
    """Nodes, constants, and which of them each value of the program is.

    What follows from constants alone is computed at once, so that the file holds the weights as
    they are multiplied and not the way to them.

    Args:
        output: the name of the graph's output.
        parameters: each parameter's name in the graph and its content, by its name in the program.
    """

    def __init__(self, output: str, parameters: dict[str, tuple[str, Array]]) -> None:
        self._output = output
        self._parameters = parameters
        self._values: dict[str, Names] = {}
        self._constants: dict[str, Array] = {}
        self._nodes: list[Any] = []
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._count: Counter[str] = Counter()

    def names(self, value: Any) -> Names:
        """What a value of the program is called here."""
        return self._values[value.id]

    def name(self, value: Any, names: Names) -> None:
        """Call a value of the program so."""
        self._values[value.id] = names

    def input(self, name: str, value: Any) -> str:
        """Add an input of the graph."""
        self._inputs.append(_described(name, value))
        return name

    def parameter(self, name: str) -> str:
        """Add a parameter of the network, by its name in the program."""
        own, array = self._parameters[name]
        return self.constant(array, own)

    def constant(self, array: Array, name: str = "") -> str:
        """Add an array that is known."""
        name = name or self._new_name("constant")
        self._constants[name] = array
        return name

    def known(self, name: str) -> Array | None:
        """The array that a name stands for, None where it depends on the inputs."""
        return self._constants.get(name)

    def node(self, kind: str, inputs: list[str], outputs: int = 1, **attributes: Any) -> list[str]:
        """Add an operation of ONNX; returns the names of its outputs."""
        from onnx import helper
        from onnx.reference import ReferenceEvaluator

        names = [self._new_name(kind) for _ in range(outputs)]
        made = helper.make_node(kind, inputs, names, name=names[0], **attributes)
        if all(name in self._constants for name in inputs):
            given = {name: self._constants[name] for name in inputs}
            arrays = ReferenceEvaluator(made).run(None, given)
            self._constants.update(zip(names, arrays, strict=True))
        else:
            self._nodes.append(made)
        return names

    def end(self, value: Any) -> None:
        """Make a value of the program the output of the graph."""
        last = self._values[value.id]
        for node in self._nodes:
            for names in (node.input, node.output):
                names[:] = [self._output if name == last else name for name in names]
        self._outputs.append(_described(self._output, value))

    def model(self, opset: int, ir_version: int, producer: str, version: str) -> bytes:
        """The whole model as the bytes of its file; what is wrong with it is found here."""
        from onnx import checker, helper, numpy_helper

        used = {name for node in self._nodes for name in node.input}
        weights = [
            numpy_helper.from_array(np.ascontiguousarray(array), name)
            for name, array in self._constants.items()
            if name in used
        ]
        graph = helper.make_graph(self._nodes, "generator", self._inputs, self._outputs, weights)
        model = helper.make_model(
            graph,
            opset_imports=[helper.make_opsetid("", opset)],
            ir_version=ir_version,
            producer_name=producer,
            producer_version=version,
        )
        checker.check_model(model, full_check=True)
        return bytes(model.SerializeToString())

    def _new_name(self, kind: str) -> str:
        self._count[kind] += 1
        return f"{kind}_{self._count[kind]}"


def dtype_of(value: Any) -> str:
    """The type of a value's numbers as numpy calls it."""
    return str(value.dtype).rpartition(".")[2].lower()


def _described(name: str, value: Any) -> Any:
    from onnx import helper

    shape = [_BATCH if length < 0 else length for length in value.shape]
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype_of(value)))
    return helper.make_tensor_value_info(name, kind, shape)
