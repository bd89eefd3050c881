"""Nearest-neighbour ×2 and a 3×3 convolution on a CPU, with 6¼ multiplications for the plain 36.

In one dimension, inputs d0 d1 d2 and weights g0 g1 g2 make these four pixels of the enlarged and
convolved image, the first of them an odd one:

    y0 = d0·(g0 + g1) + d1·g2        = d1·s + (d0 − d1)·(g0 + g1)
    y1 = d0·g0        + d1·(g1 + g2) = d1·s + (d0 − d1)·g0
    y2 = d1·(g0 + g1) + d2·g2        = d1·s + (d2 − d1)·g2
    y3 = d1·g0        + d2·(g1 + g2) = d1·s + (d2 − d1)·(g1 + g2)

with s = g0 + g1 + g2: five products, d1·s but once, since all pixels of a plain image are alike.
Each second input is the d1 of a tile of four pixels. That makes the y0 of the first tile a pixel
outside of the image, and leaves out the last one inside, which is d·(g0 + g1) of the last input d:
it takes the other's place.

Everything here is NumPy on float32 arrays, between a coarse grid, (N, C, h, w), with h and w even,
and a fine one, (N, F, 2h, 2w). A weight is (C, F, 3, 3). As in `lsgan.ops.winograd`, what is
transformed has the products first, column by column: (5, 5, C, F) for the weight, (5, 5, N, h/2,
w/2, F) for the fine grid and (4, 4, N, h/2, w/2, C) for the coarse one, of which two products have
one factor.
"""

from collections.abc import Callable

import numpy as np

from lsgan.arrays import Floats
from lsgan.ops.method import as_it_is
from lsgan.ops.tiles import (
    along,
    channels_last,
    empty_like,
    in_parts,
    summed_parts,
    weight_from_products,
    weight_in_products,
)
from lsgan.system.threads import each

prepare = as_it_is

# Of each product its weight in terms of g0, g1 and g2, and its factor in the coarse grid: d0 − d1;
# the same, but for the first tile the last input; d2 − d1 twice; and d1.
_WEIGHTS = np.array([[1, 0, 0], [1, 1, 0], [0, 0, 1], [0, 1, 1], [1, 1, 1]], np.float32)
_FACTORS = (0, 1, 2, 2, 3)
# A kernel's rows and columns to the products' columns and rows.
_TAPS = np.einsum("rk,cl->klcr", _WEIGHTS, _WEIGHTS).reshape(9, 25)
# The column and the row of a product, or of a factor.
Product = tuple[int, int]
_PRODUCTS: list[Product] = [(column, row) for column in range(5) for row in range(5)]


def convolve_transposed(coarse: Floats, weight: Floats) -> Floats:
    """The enlarged images convolved.

    Args:
        coarse: float32 (N, C, h, w).
        weight: float32 (5, 5, C, F), from `transform`.

    Returns:
        float32 (N, F, 2h, 2w).
    """
    count, _, height, width = coarse.shape
    fine = empty_like(coarse, (count, weight.shape[-1], 2 * height, 2 * width))

    def part(images: slice) -> None:
        factors = _coarse_factors(coarse[images])
        products = np.empty((5, 5, *factors.shape[2:5], weight.shape[-1]), np.float32)
        _multiply(lambda at: _matrix(factors[_factor(at)]), lambda at: weight[at], products)
        pixels = _sums(_sums(products, 3), 1)
        fine[images] = pixels.transpose(0, 3, 1, 2)

    in_parts(part, coarse.shape)
    return fine


def convolve(fine: Floats, weight: Floats) -> Floats:
    """The gradient of the coarse grid.

    Args:
        fine: float32 (N, F, 2h, 2w), the gradient of the fine one.
        weight: float32 (5, 5, C, F), from `transform`.

    Returns:
        float32 (N, C, h, w).
    """
    count, _, rows, columns = fine.shape
    coarse = empty_like(fine, (count, weight.shape[2], rows // 2, columns // 2))

    def part(images: slice) -> None:
        factors = _fine_factors(fine[images])
        products = np.empty((*factors.shape[:5], weight.shape[2]), np.float32)
        _multiply(lambda at: _matrix(factors[at]), lambda at: weight[at].T, products)
        inputs = _differences_transposed(_differences_transposed(products, 3), 1)
        coarse[images] = inputs.transpose(0, 3, 1, 2)

    in_parts(part, coarse.shape)
    return coarse


def correlate(fine: Floats, coarse: Floats) -> Floats:
    """The gradient of the weight.

    Args:
        fine: float32 (N, F, 2h, 2w), the gradient of the fine grid.
        coarse: float32 (N, C, h, w).

    Returns:
        float32 (C, F, 3, 3).
    """

    def part(images: slice) -> Floats:
        left, right = _coarse_factors(coarse[images]), _fine_factors(fine[images])
        products = np.empty((5, 5, left.shape[-1], right.shape[-1]), np.float32)
        _multiply(lambda at: _matrix(left[_factor(at)]).T, lambda at: _matrix(right[at]), products)
        return products

    products = summed_parts(part, coarse.shape)
    matrices = products.reshape(25, *products.shape[2:])
    return weight_from_products(matrices, _TAPS).reshape(*products.shape[2:], 3, 3)


def transform(weight: Floats) -> Floats:
    """A weight, float32 (C, F, 3, 3), as the matrices of the products: (5, 5, C, F)."""
    return weight_in_products(weight, _TAPS).reshape(5, 5, *weight.shape[:2])


def _multiply(
    left: Callable[[Product], Floats], right: Callable[[Product], Floats], products: Floats
) -> None:
    """The 25 matrix products into `products`."""

    def one(at: Product) -> None:
        np.matmul(left(at), right(at), out=_matrix(products[at]))

    each(one, _PRODUCTS)


def _factor(at: Product) -> Product:
    """Which factor of the coarse grid a product has."""
    column, row = at
    return _FACTORS[column], _FACTORS[row]


def _matrix(factor: Floats) -> Floats:
    """One factor of all tiles, a row for each: (N, h/2, w/2, channels) to (tiles, channels)."""
    return factor.reshape(-1, factor.shape[-1])


def _coarse_factors(images: Floats) -> Floats:
    """(N, C, h, w) to (4, 4, N, h/2, w/2, C)."""
    return _differences(_differences(channels_last(images), 1), 3)


def _fine_factors(images: Floats) -> Floats:
    """(N, F, 2h, 2w) to (5, 5, N, h/2, w/2, F)."""
    return _sums_transposed(_sums_transposed(channels_last(images), 1), 3)


# The steps of one dimension, each with its transpose. The factors or products come first, before
# the dimensions that `axis` counts.


def _differences(inputs: Floats, axis: int) -> Floats:
    middle, after = _evens_and_odds(inputs, axis)
    factors = np.empty((4, *middle.shape), np.float32)
    np.subtract(after, middle, out=factors[2])
    factors[3] = middle
    np.negative(along(middle, axis, slice(1)), out=along(factors[0], axis, slice(1)))
    np.subtract(
        along(after, axis, slice(-1)),
        along(middle, axis, slice(1, None)),
        out=along(factors[0], axis, slice(1, None)),
    )
    factors[1] = factors[0]
    along(factors[1], axis, slice(1))[...] = along(after, axis, slice(-1, None))
    return factors


def _differences_transposed(products: Floats, axis: int) -> Floats:
    shape = list(products.shape[1:])
    shape[axis] *= 2
    inputs = np.empty(shape, np.float32)
    middle, after = _evens_and_odds(inputs, axis)
    np.add(products[2], products[3], out=after)
    np.subtract(products[4], after, out=middle)
    middle -= products[0]
    later, earlier = slice(1, None), slice(-1)
    along(middle, axis, later)[...] -= along(products[1], axis, later)
    along(after, axis, earlier)[...] += along(products[0], axis, later)
    along(after, axis, earlier)[...] += along(products[1], axis, later)
    along(after, axis, slice(-1, None))[...] += along(products[1], axis, slice(1))
    return inputs


def _sums(products: Floats, axis: int) -> Floats:
    shape = list(products.shape[1:])
    shape[axis] *= 4
    pixels = np.empty(shape, np.float32)
    last, *inner = _fourths(pixels, axis)
    for product, pixel in zip((0, 2, 3), inner, strict=True):
        np.add(products[4], products[product], out=pixel)
    np.add(
        along(products[4], axis, slice(1, None)),
        along(products[1], axis, slice(1, None)),
        out=along(last, axis, slice(-1)),
    )
    along(last, axis, slice(-1, None))[...] = along(products[1], axis, slice(1))
    return pixels


def _sums_transposed(pixels: Floats, axis: int) -> Floats:
    last, *inner = _fourths(pixels, axis)
    factors = np.empty((5, *last.shape), np.float32)
    for factor, pixel in zip((0, 2, 3), inner, strict=True):
        factors[factor] = pixel
    later, earlier = slice(1, None), slice(-1)
    along(factors[1], axis, slice(1))[...] = along(last, axis, slice(-1, None))
    along(factors[1], axis, later)[...] = along(last, axis, earlier)
    np.add(inner[0], inner[1], out=factors[4])
    factors[4] += inner[2]
    along(factors[4], axis, later)[...] += along(last, axis, earlier)
    return factors


def _evens_and_odds(inputs: Floats, axis: int) -> list[Floats]:
    """Views of the inputs d1 and d2 of all tiles."""
    return [along(inputs, axis, slice(start, None, 2)) for start in range(2)]


def _fourths(pixels: Floats, axis: int) -> list[Floats]:
    """Views of the pixels y0 of the next tile and y1, y2 and y3 of all tiles."""
    return [along(pixels, axis, slice(start, None, 4)) for start in (3, 0, 1, 2)]
