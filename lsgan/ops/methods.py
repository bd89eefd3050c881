"""Which kernels compute a convolution on a CPU."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Generic, Literal, TypeVar

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
Otherwise = TypeVar("Otherwise", bound=Method | None)


class Convolutions(Generic[Otherwise]):
    """The methods for convolutions of one kind, of which `method` chooses.

    Args:
        im2col: in bfloat16, channels last.
        direct: in float32 by oneDNN, channels last.
        tiles: by Winograd's algorithm, channels first in the arrays' shapes.
        otherwise: for what tiles do not suit; None where Paddle's layer is the fastest.
    """

    def __init__(self, im2col: Method, direct: Method, tiles: Method, otherwise: Otherwise) -> None:
        self.im2col, self.direct, self.tiles, self.otherwise = im2col, direct, tiles, otherwise
        self._im2col_first, self._tiles_last = ChannelsFirst(im2col), ChannelsLast(tiles)

    def method(self, weight: Tensor, coarse: Grid, channels_last: bool) -> Method | Otherwise:
        """The fastest for a weight and a coarse grid; None for Paddle's layer."""
        if _training.precision == "bfloat16":
            return self.im2col if channels_last else self._im2col_first
        if channels_last:
            return self._tiles_last if _is_large(weight, coarse) else self.direct
        if _suits_tiles(weight, coarse, _LEAST_CHANNELS):
            return self.tiles
        return self.otherwise


# Of kernel 4 and stride 2; of kernel 3 and stride 1; of an enlarged image's kernel 3, which with
# None is to have the weight of kernel 4.
STRIDED = Convolutions(im2col.Strided(), direct.Strided(), winograd, patches)
SAME = Convolutions(im2col.Same(), direct.Same(), same_kernels, None)
UPSAMPLING = Convolutions(im2col.Upsampling(), direct.Upsampling(), upsampling_kernels, None)


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


def _suits_tiles(weight: Tensor, coarse: Grid, least_channels: int) -> bool:
    """Whether tiles of 2×2 of the coarse grid spare more than they cost."""
    _, height, width = coarse
    return height % 2 == width % 2 == 0 and min(weight.shape[:2]) >= least_channels


def _is_large(weight: Tensor, coarse: Grid) -> bool:
    """Whether sparing products pays beside oneDNN's plain convolution."""
    products = math.prod(coarse) * math.prod(weight.shape[:2]) * _PRODUCTS_OF_A_VALUE
    return products >= _LEAST_PRODUCTS and _suits_tiles(weight, coarse, _LEAST_CHANNELS_SPARED)
