"""The formats of an exported model, by their names on the command line."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from lsgan.exporting import onnx_format, paddle_format, safetensors_format
from lsgan.exporting.signature import Runner
from lsgan.inference.generator import Generator


@dataclass(frozen=True)
class Format:
    """One format.

    Attributes:
        title: its name for people.
        library: what reads it, as a model hub calls that.
        packages: what its example needs, as pip calls that.
        check: refuses if a package is missing or too old.
        write: writes the model files of a generator into a folder; returns their names.
        load: reads them again, with the runtime that they are for.
    """

    title: str
    library: str
    packages: tuple[str, ...]
    check: Callable[[], None]
    write: Callable[[Generator, Path], list[str]]
    load: Callable[[Generator, Path], Runner]


FORMATS = {
    "onnx": Format(
        "the ONNX model",
        "onnx",
        ("numpy", "onnxruntime", "pillow"),
        onnx_format.check,
        onnx_format.write,
        onnx_format.load,
    ),
    "paddle": Format(
        "the Paddle inference model",
        "paddlepaddle",
        ("numpy", "paddlepaddle", "pillow"),
        paddle_format.check,
        paddle_format.write,
        paddle_format.load,
    ),
    "safetensors": Format(
        "the network rebuilt from model.safetensors",
        "lsgan",
        ("lsgan", "paddlepaddle"),
        lambda: None,
        safetensors_format.write,
        safetensors_format.load,
    ),
}
