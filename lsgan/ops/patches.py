"""The networks' strided convolution on a CPU where one grid has few channels, as at the image.

The plain formulation: one matrix product for each image, of the weight and the 4×4 patches of the
fine grid. What it has over Paddle's is that patches of few images at a time stay in the
processor's cache, and that all threads take part.

Arrays are as in `winograd`, whose functions these are in another formulation, but that h and w may
be odd. A weight is transformed to (C, 16·F).
"""

import numpy as np

from lsgan.arrays import Floats, aligned
from lsgan.ops.method import as_it_is
from lsgan.system.threads import each, shares

prepare = as_it_is

# So many values of patches at a time.
_AT_ONCE = 1 << 18
# Images of up to so many values are multiplied side by side: a product for each would be narrow.
_NARROW = 256


def convolve(fine: Floats, weight: Floats) -> Floats:
    """The convolution with kernel 4, stride 2 and padding 1.

    Args:
        fine: float32 (N, F, 2h, 2w).
        weight: float32 (C, 16·F), from `transform`.

    Returns:
        float32 (N, C, h, w).
    """
    count, _, rows, columns = fine.shape
    coarse = aligned((count, len(weight), rows // 2, columns // 2))

    def part(images: slice) -> None:
        if rows * columns <= _NARROW:
            wide = weight @ _side_by_side(_patches(fine[images]))
            coarse[images] = _apart(wide, rows // 2, columns // 2)
        else:
            np.matmul(weight, _patches(fine[images]), out=_flat(coarse[images]))

    each(part, _parts(fine))
    return coarse


def convolve_transposed(coarse: Floats, weight: Floats) -> Floats:
    """The transposed convolution with kernel 4, stride 2 and padding 1.

    Args:
        coarse: float32 (N, C, h, w).
        weight: float32 (C, 16·F), from `transform`.

    Returns:
        float32 (N, F, 2h, 2w).
    """
    count, _, height, width = coarse.shape
    fine = aligned((count, weight.shape[1] // 16, 2 * height, 2 * width))

    def part(images: slice) -> None:
        if 4 * height * width <= _NARROW:
            wide = weight.T @ _side_by_side(_flat(coarse[images]))
            patches = _apart(wide, height, width)
        else:
            patches = np.matmul(weight.T, _flat(coarse[images]))
        _add_patches(patches, fine[images])

    each(part, _parts(fine))
    return fine


def correlate(fine: Floats, coarse: Floats) -> Floats:
    """The gradient of either convolution by its weight.

    Args:
        fine: float32 (N, F, 2h, 2w).
        coarse: float32 (N, C, h, w).

    Returns:
        float32 (C, F, 4, 4).
    """

    def part(images: slice) -> Floats:
        patches = _patches(fine[images])
        if patches.shape[2] * 4 <= _NARROW:
            return np.asarray(_side_by_side(_flat(coarse[images])) @ _side_by_side(patches).T)
        total: Floats = np.matmul(_flat(coarse[images]), patches.transpose(0, 2, 1)).sum(axis=0)
        return total

    total: Floats = np.sum(each(part, _parts(fine)), axis=0)
    return total.reshape(coarse.shape[1], fine.shape[1], 4, 4)


def transform(weight: Floats) -> Floats:
    """A weight, float32 (C, F, 4, 4), as the matrix of the products: (C, 16·F), a copy."""
    return np.array(weight.reshape(len(weight), -1))


def _patches(images: Floats) -> Floats:
    """The values under each tap of the kernel: (N, F, 2h, 2w) to (N, 16·F, h·w)."""
    count, channels, rows, columns = images.shape
    padded = np.zeros((count, channels, rows + 2, columns + 2), np.float32)
    padded[:, :, 1:-1, 1:-1] = images
    shape = count, channels, rows - 1, columns - 1
    by_tap = np.lib.stride_tricks.sliding_window_view(padded, shape)[0, 0, ..., ::2, ::2]
    patches: Floats = by_tap.transpose(2, 3, 0, 1, 4, 5).reshape(count, 16 * channels, -1)
    return patches


def _add_patches(patches: Floats, images: Floats) -> None:
    """The transpose of `_patches`: (N, 16·F, h·w) into (N, F, 2h, 2w)."""
    count, channels, rows, columns = images.shape
    height, width = rows // 2, columns // 2
    # Kernel row 2a + p is row a + (0 or 1) of the rows of one parity, p, of the padded image.
    taps = patches.reshape(count, channels, 2, 2, 2, 2, height, width)
    phases = np.zeros((count, channels, 2, 2, height + 1, width + 1), np.float32)
    for down, right in np.ndindex(2, 2):
        phases[..., down : down + height, right : right + width] += taps[:, :, down, :, right]
    for row, column in np.ndindex(2, 2):
        pixels = phases[:, :, 1 - row, 1 - column, row:, column:][..., :height, :width]
        images[:, :, row::2, column::2] = pixels


def _side_by_side(images: Floats) -> Floats:
    """(N, channels, h·w) as (channels, N·h·w), a copy: one wide product in place of narrow ones."""
    wide: Floats = images.transpose(1, 0, 2).reshape(images.shape[1], -1)
    return wide


def _apart(wide: Floats, height: int, width: int) -> Floats:
    """A view, the reverse of `_side_by_side`: (channels, N·h·w) as (N, channels, h, w)."""
    return np.asarray(wide.reshape(len(wide), -1, height, width).transpose(1, 0, 2, 3))


def _flat(images: Floats) -> Floats:
    """A view, (N, channels, h, w) as (N, channels, h·w)."""
    return images.reshape(*images.shape[:2], -1)


def _parts(fine: Floats) -> list[slice]:
    """The images in slices whose patches stay in the cache."""
    return shares(len(fine), max(1, _AT_ONCE // (4 * fine[0].size)))
