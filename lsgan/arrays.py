"""The types of arrays that the program passes around, one name each, and their memory."""

import math
from typing import Any

import numpy as np

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Floats = np.ndarray[Any, np.dtype[np.float32]]
Doubles = np.ndarray[Any, np.dtype[np.float64]]
Indices = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
# Rows of a data set, or what a generator has made: uint8 of images, float32 of curves.
Samples = np.ndarray[Any, np.dtype[Any]]
# Several arrays by name, as a checkpoint holds them.
Arrays = dict[str, np.ndarray[Any, Any]]

# Paddle has no types that a checker can use.
Tensor = Any
Layer = Any

# Of a line of the processor's cache, in bytes: Paddle's own tensors begin at a multiple of it.
ALIGNMENT = 64


def address(array: np.ndarray[Any, Any]) -> int:
    """Where in memory its first value is."""
    return int(array.ctypes.data)


def aligned(shape: tuple[int, ...]) -> Floats:
    """A float32 array of `shape`, its values not set, that begins where a tensor would."""
    size = 4 * math.prod(shape)
    memory = np.empty(size + ALIGNMENT, np.uint8)
    start = -address(memory) % ALIGNMENT
    return memory[start : start + size].view(np.float32).reshape(shape)
