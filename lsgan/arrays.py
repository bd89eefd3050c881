"""The types of arrays that the program passes around, one name each."""

from typing import Any

import numpy as np

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Floats = np.ndarray[Any, np.dtype[np.float32]]
Doubles = np.ndarray[Any, np.dtype[np.float64]]
Indices = np.ndarray[Any, np.dtype[np.int64]]
Flags = np.ndarray[Any, np.dtype[np.bool_]]
# Several arrays by name, as a checkpoint holds them.
Arrays = dict[str, np.ndarray[Any, Any]]

# Paddle has no types that a checker can use.
Tensor = Any
Layer = Any
