"""Which kernels compute a convolution on a CPU."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lsgan.arrays import Tensor
from lsgan.ops import im2col, patches, same_kernels, upsampling_kernels, winograd
from lsgan.ops.channels_first import ChannelsFirst
from lsgan.ops.cpu_arrays import as_array
from lsgan.ops.method import Method

# With fewer channels the sums before and after cost more than the products they save.
_LEAST_CHANNELS = 16

_STRIDED, _SAME, _UPSAMPLING = im2col.Strided(), im2col.Same(), im2col.Upsampling()
_STRIDED_FIRST, _SAME_FIRST = ChannelsFirst(_STRIDED), ChannelsFirst(_SAME)
_UPSAMPLING_FIRST = ChannelsFirst(_UPSAMPLING)


class _Bfloat16:
    """Whether convolutions are computed in bfloat16, and the weights that are ready for that."""

    def __init__(self) -> None:
        self.is_on = False
        self.weights: dict[int, tuple[Tensor, Any]] = {}


_bfloat16 = _Bfloat16()


@contextmanager
def bfloat16_products() -> Iterator[None]:
    """Within this, the factors of convolutions are rounded to bfloat16; sums stay float32.

    No weight may change meanwhile: each is prepared once.
    """
    _bfloat16.is_on = True
    try:
        yield
    finally:
        _bfloat16.is_on = False
        _bfloat16.weights.clear()


def in_bfloat16() -> bool:
    """Whether convolutions are computed in bfloat16."""
    return _bfloat16.is_on


def transformed(weight: Tensor, method: Method) -> Any:
    """A weight as `method` wants it."""
    if not _bfloat16.is_on:
        return method.transform(as_array(weight))
    if id(weight) not in _bfloat16.weights:
        # The tensor goes along, lest another one get its number.
        _bfloat16.weights[id(weight)] = weight, method.transform(as_array(weight))
    return _bfloat16.weights[id(weight)][1]


def strided_method(weight: Tensor, height: int, width: int, channels_last: bool = False) -> Method:
    """For kernel 4 and stride 2, whose coarse grid is height × width."""
    if _bfloat16.is_on:
        return _STRIDED if channels_last else _STRIDED_FIRST
    return winograd if _suits_tiles(weight, height, width) else patches


def same_method(
    weight: Tensor, height: int, width: int, channels_last: bool = False
) -> Method | None:
    """For kernel 3 and stride 1; None where Paddle's is the fastest."""
    if _bfloat16.is_on:
        return _SAME if channels_last else _SAME_FIRST
    return same_kernels if _suits_tiles(weight, height, width) else None


def upsampling_method(
    weight: Tensor, height: int, width: int, channels_last: bool = False
) -> Method | None:
    """For an enlarged image's kernel 3; None where its weight should be that of kernel 4."""
    if _bfloat16.is_on:
        return _UPSAMPLING if channels_last else _UPSAMPLING_FIRST
    return upsampling_kernels if _suits_tiles(weight, height, width) else None


def _suits_tiles(weight: Tensor, height: int, width: int) -> bool:
    """Whether tiles of 2×2 are the fastest for a layer whose coarse grid is height × width."""
    return height % 2 == width % 2 == 0 and min(weight.shape[:2]) >= _LEAST_CHANNELS
