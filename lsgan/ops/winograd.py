"""The networks' strided convolution on a CPU, with 9 multiplications where the plain form has 16.

A 4×4 kernel of stride 2 over a padded image is a 2×2 kernel of stride 1 over its four phases (the
even and odd rows and columns), and of that kernel a tile of 2×2 outputs needs 9 products instead of
16: Winograd's minimal filtering F(2×2, 2×2) (Lavin and Gray 2016, arXiv 1509.09308), which only
adds and subtracts before and after. In one dimension, inputs d0 d1 d2 and weights g0 g1 give

    y0 = d0·g0 + d1·g1 = (d0 − d1)·g0 + d1·(g0 + g1)
    y1 = d1·g0 + d2·g1 = d1·(g0 + g1) − (d1 − d2)·g1.

The products of many images together are nine matrix products, wide ones even where the images
are 4×4 and one product for each image, as Paddle has it, is narrow.

Everything here is NumPy on float32 arrays, between a fine grid, (N, F, 2h, 2w), and a coarse one,
(N, C, h, w), with h and w even. A weight is (C, F, 4, 4), a convolution's layout and a transposed
convolution's alike. `convolve`, `convolve_transposed` and `correlate` are each other's derivatives.
What is transformed has the nine products first, column by column: (9, tiles, 4·F) for the fine
grid, (9, tiles, C) for the coarse one and (9, C, 4·F) for the weight.
"""

from collections.abc import Iterator

import numpy as np

from lsgan.arrays import Floats, aligned
from lsgan.ops.method import as_it_is
from lsgan.ops.tiles import (
    CHANNELS,
    along,
    channels_last,
    empty_like,
    in_parts,
    matrix_products,
    summed_parts,
)
from lsgan.system.threads import each, shares

prepare = as_it_is


def convolve(fine: Floats, weight: Floats) -> Floats:
    """The convolution with kernel 4, stride 2 and padding 1.

    Args:
        fine: float32 (N, F, 2h, 2w).
        weight: float32 (9, C, 4·F), from `transform`.

    Returns:
        float32 (N, C, h, w).
    """
    count, _, rows, columns = fine.shape
    coarse = empty_like(fine, (count, weight.shape[1], rows // 2, columns // 2))

    def part(images: slice) -> None:
        products = matrix_products(_fine_tiles(fine[images]), weight.transpose(0, 2, 1))
        _to_coarse(products, coarse[images])

    in_parts(part, coarse.shape)
    return coarse


def convolve_transposed(coarse: Floats, weight: Floats) -> Floats:
    """The transposed convolution with kernel 4, stride 2 and padding 1.

    Args:
        coarse: float32 (N, C, h, w).
        weight: float32 (9, C, 4·F), from `transform`.

    Returns:
        float32 (N, F, 2h, 2w).
    """
    count, _, height, width = coarse.shape
    fine = empty_like(coarse, (count, weight.shape[2] // 4, 2 * height, 2 * width))

    def part(images: slice) -> None:
        _to_fine(matrix_products(_coarse_tiles(coarse[images]), weight), fine[images])

    in_parts(part, coarse.shape)
    return fine


def correlate(fine: Floats, coarse: Floats) -> Floats:
    """The gradient of either convolution by its weight.

    Args:
        fine: float32 (N, F, 2h, 2w): a convolution's input, or the gradient by the output of a
            transposed one.
        coarse: float32 (N, C, h, w): the other of the two.

    Returns:
        float32 (C, F, 4, 4).
    """

    def part(images: slice) -> Floats:
        tiles = _coarse_tiles(coarse[images])
        return matrix_products(tiles.transpose(0, 2, 1), _fine_tiles(fine[images]))

    return _weight_of(summed_parts(part, coarse.shape))


def transform(weight: Floats) -> Floats:
    """A weight, float32 (C, F, 4, 4), as the nine matrices of the products: (9, C, 4·F)."""
    coarse, fine = weight.shape[:2]
    matrices = np.empty((3, 3, coarse, 2, 2, fine), np.float32)

    def part(channels: slice) -> None:
        by_tap = np.ascontiguousarray(weight[channels].reshape(-1, fine, 16).transpose(0, 2, 1))
        # Kernel row 2a + p and column 2b + q are tap (a, b) of phase (p, q).
        taps = by_tap.reshape(-1, 2, 2, 2, 2, fine)
        factors = matrices[:, :, channels]
        for row, column in np.ndindex(2, 2):
            factors[2 * column, 2 * row] = taps[:, row, :, column]
        for column in (0, 2):
            np.add(factors[column, 0], factors[column, 2], out=factors[column, 1])
        np.add(factors[0], factors[2], out=factors[1])

    each(part, shares(coarse, CHANNELS))
    return matrices.reshape(9, coarse, 4 * fine)


def _weight_of(matrices: Floats) -> Floats:
    """The transpose of `transform`: (9, C, 4·F) to (C, F, 4, 4)."""
    coarse, fine = matrices.shape[1], matrices.shape[2] // 4
    factors = matrices.reshape(3, 3, coarse, 2, 2, fine)
    weight = aligned((coarse, fine, 16))

    def part(channels: slice) -> None:
        taps = np.empty((weight[channels].shape[0], 2, 2, 2, 2, fine), np.float32)
        for column in (0, 1):
            columns = factors[column, :, channels] + factors[column + 1, :, channels]
            for row in (0, 1):
                np.add(columns[row], columns[row + 1], out=taps[:, row, :, column])
        weight[channels] = taps.reshape(-1, 16, fine).transpose(0, 2, 1)

    each(part, shares(coarse, CHANNELS))
    return weight.reshape(coarse, fine, 4, 4)


def _fine_tiles(images: Floats) -> Floats:
    """The nine factors of each tile: (N, F, 2h, 2w) to (9, tiles, 4·F)."""
    count, channels, rows, columns = images.shape
    phases = np.zeros((count, rows // 2 + 1, columns // 2 + 1, 2, 2, channels), np.float32)
    last = channels_last(images)
    for phase, pixels in _phases(phases, last):
        phase[...] = pixels
    merged = phases.reshape(*phases.shape[:3], -1)
    return _differences(_differences(merged, 1), 3).reshape(9, -1, 4 * channels)


def _to_fine(products: Floats, images: Floats) -> None:
    """The transpose of `_fine_tiles`: (9, tiles, 4·F) into (N, F, 2h, 2w)."""
    count, channels, rows, columns = images.shape
    tiles = products.reshape(3, 3, count, rows // 4, columns // 4, -1)
    merged = _differences_transposed(_differences_transposed(tiles, 3), 1)
    phases = merged.reshape(*merged.shape[:3], 2, 2, channels)
    last = np.empty((count, rows, columns, channels), np.float32)
    for phase, pixels in _phases(phases, last):
        pixels[...] = phase
    images[...] = last.transpose(0, 3, 1, 2)


def _phases(phases: Floats, images: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Views of the same pixels in both, (N, h, w, F), channels last in `images` too.

    The padding makes an odd row of the image an even one of the phases, and leaves their first
    even and their last odd row outside the image.
    """
    height, width = phases.shape[1] - 1, phases.shape[2] - 1
    for row, column in np.ndindex(2, 2):
        down, right = 1 - row, 1 - column
        inside = phases[:, down : down + height, right : right + width, row, column]
        yield inside, images[:, down::2, right::2]


def _coarse_tiles(images: Floats) -> Floats:
    """The transpose of `_to_coarse`: (N, C, h, w) to (9, tiles, C)."""
    last = channels_last(images)
    return _sums_transposed(_sums_transposed(last, 1), 3).reshape(9, -1, last.shape[3])


def _to_coarse(products: Floats, images: Floats) -> None:
    """The nine products of each tile made into its pixels: (9, tiles, C) into (N, C, h, w)."""
    count, channels, rows, columns = images.shape
    tiles = products.reshape(3, 3, count, rows // 2, columns // 2, channels)
    images[...] = _sums(_sums(tiles, 3), 1).transpose(0, 3, 1, 2)


# The steps of one dimension, each with its transpose. The three products come first, before the
# dimensions that `axis` counts.


def _differences(inputs: Floats, axis: int) -> Floats:
    """The factors d0 − d1, d1 and d1 − d2 of each tile, of 2k + 1 inputs."""
    first, middle, last = _every_second(inputs, axis)
    factors = np.empty((3, *middle.shape), np.float32)
    np.subtract(first, middle, out=factors[0])
    factors[1] = middle
    np.subtract(middle, last, out=factors[2])
    return factors


def _differences_transposed(factors: Floats, axis: int) -> Floats:
    shape = list(factors.shape[1:])
    shape[axis] = 2 * shape[axis] + 1
    inputs = np.empty(shape, np.float32)
    first, middle, last = _every_second(inputs, axis)
    np.add(factors[1], factors[2], out=middle)
    middle -= factors[0]
    along(inputs, axis, slice(-1, None))[...] = 0
    first[...] = factors[0]
    last -= factors[2]
    return inputs


def _sums(products: Floats, axis: int) -> Floats:
    """The outputs m0 + m1 and m1 − m2 of each tile."""
    shape = list(products.shape[1:])
    shape[axis] *= 2
    outputs = np.empty(shape, np.float32)
    np.add(products[0], products[1], out=along(outputs, axis, slice(0, None, 2)))
    np.subtract(products[1], products[2], out=along(outputs, axis, slice(1, None, 2)))
    return outputs


def _sums_transposed(outputs: Floats, axis: int) -> Floats:
    even, odd = (along(outputs, axis, slice(start, None, 2)) for start in (0, 1))
    products = np.empty((3, *even.shape), np.float32)
    products[0] = even
    np.add(even, odd, out=products[1])
    np.negative(odd, out=products[2])
    return products


def _every_second(inputs: Floats, axis: int) -> tuple[Floats, Floats, Floats]:
    """Views of the inputs d0, d1 and d2 of all tiles: d2 of one is d0 of the next."""
    first, middle, last = slice(None, -1, 2), slice(1, None, 2), slice(2, None, 2)
    return along(inputs, axis, first), along(inputs, axis, middle), along(inputs, axis, last)
