"""Which kernels compute a convolution on a CPU."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from lsgan.arrays import Tensor
from lsgan.ops import direct, im2col, patches, same_kernels, upsampling_kernels, winograd
from lsgan.ops.adapters import ChannelsFirst, ChannelsLast
from lsgan.ops.cpu_arrays import as_array
from lsgan.ops.method import Method

# With fewer channels the sums before and after cost more than the products they save.
_LEAST_CHANNELS = 16
# With fewer channels, or fewer products in all, oneDNN does the plain convolution sooner; a value
# of the coarse grid takes sixteen for each two channels.
_LEAST_CHANNELS_SPARED = 64
_LEAST_PRODUCTS, _PRODUCTS_OF_A_VALUE = 300_000_000, 16

# The images of a coarse grid, their rows and their columns.
Grid = tuple[int, int, int]

# Between maps whose channels lie first, unless their names say last.
_IM2COL_STRIDED_LAST = im2col.Strided()
_IM2COL_SAME_LAST = im2col.Same()
_IM2COL_UPSAMPLING_LAST = im2col.Upsampling()
_IM2COL_STRIDED = ChannelsFirst(_IM2COL_STRIDED_LAST)
_IM2COL_SAME = ChannelsFirst(_IM2COL_SAME_LAST)
_IM2COL_UPSAMPLING = ChannelsFirst(_IM2COL_UPSAMPLING_LAST)
_DIRECT_STRIDED_LAST = direct.Strided()
_DIRECT_SAME_LAST = direct.Same()
_DIRECT_UPSAMPLING_LAST = direct.Upsampling()
_WINOGRAD_LAST = ChannelsLast(winograd)
_SAME_LAST = ChannelsLast(same_kernels)
_UPSAMPLING_LAST = ChannelsLast(upsampling_kernels)


class _Training:
    """How the networks of a training compute at the moment, and the weights ready for that."""

    def __init__(self) -> None:
        self.precision: Literal["float32", "bfloat16"] | None = None
        self.weights: dict[tuple[int, Method], tuple[Tensor, Any]] = {}


_training = _Training()


@contextmanager
def training_kernels(precision: Literal["float32", "bfloat16"]) -> Iterator[None]:
    """Within this, networks keep the channels of their maps last, for oneDNN's kernels.

    No weight may change meanwhile: each is prepared once.

    Args:
        precision: of the factors of convolutions; sums are float32.
    """
    _training.precision = precision
    try:
        yield
    finally:
        _training.precision = None
        _training.weights.clear()


def training_precision() -> Literal["float32", "bfloat16"] | None:
    """The precision of the `training_kernels` that are in use; None if they are not."""
    return _training.precision


def transformed(weight: Tensor, method: Method) -> Any:
    """A weight as `method` wants it."""
    if _training.precision is None:
        return method.transform(as_array(weight))
    key = id(weight), method
    if key not in _training.weights:
        # The tensor goes along, lest another one get its number.
        _training.weights[key] = weight, method.transform(as_array(weight))
    return _training.weights[key][1]


def strided_method(weight: Tensor, coarse: Grid, channels_last: bool = False) -> Method:
    """For kernel 4 and stride 2."""
    if _training.precision == "bfloat16":
        return _IM2COL_STRIDED_LAST if channels_last else _IM2COL_STRIDED
    if channels_last:
        return _WINOGRAD_LAST if _is_large(weight, coarse) else _DIRECT_STRIDED_LAST
    return winograd if _suits_tiles(weight, coarse) else patches


def same_method(weight: Tensor, coarse: Grid, channels_last: bool = False) -> Method | None:
    """For kernel 3 and stride 1; None where Paddle's is the fastest."""
    if _training.precision == "bfloat16":
        return _IM2COL_SAME_LAST if channels_last else _IM2COL_SAME
    if channels_last:
        return _SAME_LAST if _is_large(weight, coarse) else _DIRECT_SAME_LAST
    return same_kernels if _suits_tiles(weight, coarse) else None


def upsampling_method(weight: Tensor, coarse: Grid, channels_last: bool = False) -> Method | None:
    """For an enlarged image's kernel 3; None where its weight should be that of kernel 4."""
    if _training.precision == "bfloat16":
        return _IM2COL_UPSAMPLING_LAST if channels_last else _IM2COL_UPSAMPLING
    if channels_last:
        return _UPSAMPLING_LAST if _is_large(weight, coarse) else _DIRECT_UPSAMPLING_LAST
    return upsampling_kernels if _suits_tiles(weight, coarse) else None


def _suits_tiles(weight: Tensor, coarse: Grid, least_channels: int = _LEAST_CHANNELS) -> bool:
    """Whether tiles of 2×2 of the coarse grid spare more than they cost."""
    _, height, width = coarse
    return height % 2 == width % 2 == 0 and min(weight.shape[:2]) >= least_channels


def _is_large(weight: Tensor, coarse: Grid) -> bool:
    """Whether sparing products pays beside oneDNN's plain convolution."""
    products = math.prod(coarse) * math.prod(weight.shape[:2]) * _PRODUCTS_OF_A_VALUE
    return products >= _LEAST_PRODUCTS and _suits_tiles(weight, coarse, _LEAST_CHANNELS_SPARED)
