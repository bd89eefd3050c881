"""What the convolutions by tiles on a CPU have in common: how their work is laid out and shared.

See `lsgan.ops.winograd`, `lsgan.ops.same_kernels` and
`lsgan.ops.upsampling_kernels`.
"""

from collections.abc import Callable
from typing import TypeVar

import numpy as np

from lsgan.arrays import Floats, aligned
from lsgan.system.threads import each, even_shares, shares, threads

# So many tiles at a time make wide products and still fit into the processor's cache; with fewer
# than these for each thread it is the products that are shared out.
_TILES, _FEW_TILES = 256, 96
# A line of the cache.
_GAP = 16
# So many channels of a weight at a time.
CHANNELS = 64

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

    A view, if the channels lie last in memory already. Else by way of a copy with a gap after each
    channel: where channels lie a power of two apart they push one another out of the processor's
    cache, and the turning takes six times as long.
    """
    if _lie_last(images):
        view: Floats = images.transpose(0, 2, 3, 1)
        return view
    count, channels, height, width = images.shape
    apart = np.empty((count, channels, height * width + _GAP), np.float32)[..., :-_GAP]
    apart[...] = images.reshape(count, channels, -1)
    return np.ascontiguousarray(apart.transpose(0, 2, 1)).reshape(count, height, width, channels)


def empty_like(images: Floats, shape: tuple[int, int, int, int]) -> Floats:
    """Images to be filled, float32 (N, channels, h, w).

    Args:
        images: with channels where those of the new ones shall lie in memory.
        shape: of the new ones.
    """
    if not _lie_last(images):
        return aligned(shape)
    count, channels, height, width = shape
    made: Floats = aligned((count, height, width, channels)).transpose(0, 3, 1, 2)
    return made


def _lie_last(images: Floats) -> bool:
    """Whether the values of a pixel lie side by side in memory."""
    return images.strides[1] == images.itemsize


def along(array: Floats, axis: int, part: slice) -> Floats:
    """The `part` of an array along one axis."""
    return array[(slice(None),) * axis + (part,)]


def matrix_products(left: Floats, right: Floats) -> Floats:
    """The matrix products of each two: (p, m, k) and (p, k, n) to (p, m, n)."""
    products = np.empty((len(left), left.shape[1], right.shape[2]), np.float32)
    each(lambda at: np.matmul(left[at], right[at], out=products[at]), range(len(left)))
    return products


def weight_in_products(weight: Floats, taps: Floats) -> Floats:
    """A weight as the matrices of the products.

    Args:
        weight: float32 (inner, outer, k, k) or (outer, inner, k, k).
        taps: float32 (k·k, p): how much of each value of the kernel is in each of p products.

    Returns:
        float32 (p, inner, outer) or (p, outer, inner).
    """
    first, second = weight.shape[:2]
    matrices = np.empty((taps.shape[1], first, second), np.float32)

    def part(channels: slice) -> None:
        products = weight[channels].reshape(-1, second, len(taps)) @ taps
        matrices[:, channels] = products.transpose(2, 0, 1)

    each(part, shares(first, CHANNELS))
    return matrices


def weight_from_products(matrices: Floats, taps: Floats) -> Floats:
    """The transpose of `weight_in_products`: (p, …, …) to (…, …, k·k)."""
    first, second = matrices.shape[1:]
    weight = aligned((first, second, len(taps)))

    def part(channels: slice) -> None:
        np.matmul(matrices[:, channels].transpose(1, 2, 0), taps.T, out=weight[channels])

    each(part, shares(first, CHANNELS))
    return weight
