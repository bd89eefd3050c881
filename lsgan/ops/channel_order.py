"""Arrays of four dimensions with their channels put last, or first, by oneDNN."""

from typing import Any

import numpy as np

from lsgan.arrays import Floats, aligned
from lsgan.ops.onednn import copy
from lsgan.ops.onednn_library import FLOAT32, Values


def channels_last(values: Floats, kind: np.dtype[Any] = FLOAT32) -> Values:
    """(N, channels, h, w) to (N, h, w, channels), as float32 or bfloat16."""
    count, channels, *size = values.shape
    turned = np.empty((count, *size, channels), kind)
    copy(view_last(values), turned)
    return turned


def dense(values: Floats) -> Floats:
    """The same array by rows, which the values of a transposed tensor are not; no copy if it is."""
    if values.flags.c_contiguous:
        return values
    copied = np.empty(values.shape, np.float32)
    copy(values, copied)
    return copied


def channels_first(values: Floats) -> Floats:
    """(N, h, w, channels) to (N, channels, h, w)."""
    count, *size, channels = values.shape
    turned = aligned((count, channels, *size))
    copy(values, view_last(turned))
    return turned


def view_first(images: Floats) -> Floats:
    """A view: (N, h, w, channels) as (N, channels, h, w)."""
    view: Floats = images.transpose(0, 3, 1, 2)
    return view


def view_last(images: Floats) -> Floats:
    """A view: (N, channels, h, w) as (N, h, w, channels)."""
    view: Floats = images.transpose(0, 2, 3, 1)
    return view
