"""Paddle inference models: the program of a network and its weights, without any Python."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import paddle
from paddle.static import InputSpec

from lsgan.arrays import Floats
from lsgan.errors import ConfigError
from lsgan.exporting.signature import Runner, inputs_of, network_to_trace
from lsgan.inference.generator import Generator

NAME = "inference"


def check() -> None:
    """Refuse a Paddle that cannot trace the networks.

    Raises:
        ConfigError: if it is Paddle 2, which fails at `super()`.
    """
    if paddle.__version__.startswith("2."):
        raise ConfigError(
            f"this format needs Paddle 3, and this is {paddle.__version__}",
            "Use --format safetensors, or export the checkpoint file where Paddle 3 is installed.",
        )


def write(generator: Generator, folder: Path) -> list[str]:
    """Write `inference.json` and `inference.pdiparams`, with a free batch size."""
    network = network_to_trace(generator)
    with quiet():
        paddle.jit.save(network, str(folder / NAME), input_spec=specs(generator))
    return sorted(path.name for path in folder.glob(f"{NAME}.*"))


def load(generator: Generator, folder: Path) -> Runner:  # noqa: ARG001
    """The network in the files, as Paddle runs it without the Python that it was traced from.

    Not by Paddle Inference: 3.3.1 crashes there in a pass for oneDNN, which fuses a matrix product
    and a leaky ReLU, unless that is disabled.
    """
    with quiet():
        network = paddle.jit.load(str(folder / NAME))
    network.eval()

    def run(inputs: Sequence[np.ndarray[Any, Any]]) -> Floats:
        with quiet(), paddle.no_grad():
            return np.asarray(network(*map(paddle.to_tensor, inputs)).numpy())

    return run


def specs(generator: Generator) -> list[InputSpec]:
    """The inputs as Paddle is told them."""
    return [
        InputSpec([None, *spec.shape], spec.dtype, spec.name)
        for spec in inputs_of(generator.config)
    ]


@contextmanager
def quiet() -> Iterator[None]:
    """Keep from the terminal what Paddle's libraries remark on a network that they trace.

    They write to the descriptor itself. What goes wrong is raised as an exception all the same.
    """
    if sys.stderr:
        sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)
