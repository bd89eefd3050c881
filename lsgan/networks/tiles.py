"""What the convolutions by tiles on a CPU have in common: how their work is laid out and shared.

See `lsgan.networks.winograd` and `lsgan.networks.upsampling_kernels`.
"""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from lsgan.arrays import Floats
from lsgan.threads import each, even_shares, shares, threads

# So many tiles at a time make wide products and still fit into the processor's cache; with fewer
# than these for each thread it is the products that are shared out.
_TILES, _FEW_TILES = 256, 96
# A line of the cache.
_GAP = 16

Result = TypeVar("Result")


def in_parts(compute: Callable[[slice], Result], coarse: tuple[int, ...]) -> list[Result]:
    """What `compute` gives for one slice of the images after another.

    Args:
        compute: does its work for the images of a slice.
        coarse: the shape of the coarse grid, (N, C, h, w), of which a tile takes 2×2.
    """
    count, _, height, width = coarse
    tiles = height * width // 4
    most = max(1, _TILES // tiles)
    shared = count * tiles >= threads() * _FEW_TILES
    return each(compute, (even_shares if shared else shares)(count, most))


def summed_parts(compute: Callable[[slice], Floats], coarse: tuple[int, ...]) -> Floats:
    """The sum of what `compute` gives for the slices."""
    total, *rest = in_parts(compute, coarse)
    for other in rest:
        total += other
    return total


def channels_last(images: Floats) -> Floats:
    """(N, channels, h, w) to (N, h, w, channels).

    By way of a copy with a gap after each channel: where channels lie a power of two apart they
    push one another out of the processor's cache, and the turning takes six times as long.
    """
    count, channels, height, width = images.shape
    apart = np.empty((count, channels, height * width + _GAP), np.float32)[..., :-_GAP]
    apart[...] = images.reshape(count, channels, -1)
    return np.ascontiguousarray(apart.transpose(0, 2, 1)).reshape(count, height, width, channels)


def along(array: Floats, axis: int, part: slice) -> Floats:
    """The `part` of an array along one axis."""
    return array[(slice(None),) * axis + (part,)]
