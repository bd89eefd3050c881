"""The 3×3 convolution that keeps an image's size, on a CPU, with 4 multiplications for the plain 9.

Winograd's minimal filtering F(2×2, 3×3) (Lavin and Gray 2016, arXiv 1509.09308). In one dimension,
inputs d0 d1 d2 d3 and weights g0 g1 g2 give

    y0 = d0·g0 + d1·g1 + d2·g2 = m0 + m1 + m2
    y1 = d1·g0 + d2·g1 + d3·g2 = m1 − m2 − m3

    m0 = (d0 − d2)·g0                   m1 = (d1 + d2)·(g0 + g1 + g2)/2
    m3 = (d1 − d3)·g2                   m2 = (d2 − d1)·(g0 − g1 + g2)/2

so that a tile of 2×2 pixels takes 16 products instead of 36. The products of all tiles together are
16 matrix products.

Everything here is NumPy on float32 arrays, between (N, F, h, w) and (N, C, h, w), with h and w
even. A weight is (C, F, 3, 3). What is transformed has the products first, column by column:
(16, tiles, F), (16, tiles, C), and (16, C, F) for the weight.
"""

import numpy as np

from lsgan.arrays import Floats
from lsgan.ops.method import as_it_is
from lsgan.ops.tiles import (
    along,
    channels_last,
    empty_like,
    in_parts,
    matrix_products,
    summed_parts,
    weight_from_products,
    weight_in_products,
)

prepare = as_it_is

# Of each product its weight in terms of g0, g1 and g2.
_WEIGHTS = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]], np.float32)
# A kernel's rows and columns to the products' columns and rows.
_TAPS = np.einsum("rk,cl->klcr", _WEIGHTS, _WEIGHTS).reshape(9, 16)
# The products of a weight that is turned by 180°: g0 and g2 change places.
_TURNED = np.arange(16).reshape(4, 4)[[3, 1, 2, 0]][:, [3, 1, 2, 0]].ravel()


def convolve(images: Floats, weight: Floats) -> Floats:
    """The convolution with kernel 3, stride 1 and padding 1.

    Args:
        images: float32 (N, F, h, w).
        weight: float32 (16, C, F), from `transform`.

    Returns:
        float32 (N, C, h, w).
    """
    count, _, height, width = images.shape
    convolved = empty_like(images, (count, weight.shape[1], height, width))

    def part(some: slice) -> None:
        products = matrix_products(_factors(images[some]), weight.transpose(0, 2, 1))
        tiles = products.reshape(4, 4, -1, height // 2, width // 2, weight.shape[1])
        convolved[some] = _sums(_sums(tiles, 3), 1).transpose(0, 3, 1, 2)

    in_parts(part, convolved.shape)
    return convolved


def convolve_transposed(images: Floats, weight: Floats) -> Floats:
    """The gradient of the convolution by its input, which is a convolution too.

    Args:
        images: float32 (N, C, h, w).
        weight: float32 (16, C, F), from `transform`.

    Returns:
        float32 (N, F, h, w).
    """
    return convolve(images, weight[_TURNED].transpose(0, 2, 1))


def correlate(images: Floats, convolved: Floats) -> Floats:
    """The gradient of the convolution by its weight.

    Args:
        images: float32 (N, F, h, w).
        convolved: float32 (N, C, h, w), the gradient by the output.

    Returns:
        float32 (C, F, 3, 3).
    """

    def part(some: slice) -> Floats:
        last = channels_last(convolved[some])
        tiles = _sums_transposed(_sums_transposed(last, 1), 3).reshape(16, -1, last.shape[3])
        return matrix_products(tiles.transpose(0, 2, 1), _factors(images[some]))

    products = summed_parts(part, convolved.shape)
    return weight_from_products(products, _TAPS).reshape(*products.shape[1:], 3, 3)


def transform(weight: Floats) -> Floats:
    """A weight, float32 (C, F, 3, 3), as the matrices of the products: (16, C, F)."""
    return weight_in_products(weight, _TAPS)


def _factors(images: Floats) -> Floats:
    """The factors of each tile: (N, F, h, w) to (16, tiles, F)."""
    count, channels, height, width = images.shape
    padded = np.zeros((count, height + 2, width + 2, channels), np.float32)
    padded[:, 1:-1, 1:-1] = channels_last(images)
    return _differences(_differences(padded, 1), 3).reshape(16, -1, channels)


# The steps of one dimension. The products come first, before the dimensions that `axis` counts.


def _differences(inputs: Floats, axis: int) -> Floats:
    """The factors of each tile, of 2k + 2 inputs."""
    first, second = along(inputs, axis, slice(0, -2, 2)), along(inputs, axis, slice(1, -2, 2))
    third, fourth = along(inputs, axis, slice(2, None, 2)), along(inputs, axis, slice(3, None, 2))
    factors = np.empty((4, *first.shape), np.float32)
    np.subtract(first, third, out=factors[0])
    np.add(second, third, out=factors[1])
    np.subtract(third, second, out=factors[2])
    np.subtract(second, fourth, out=factors[3])
    return factors


def _sums(products: Floats, axis: int) -> Floats:
    """The pixels of each tile."""
    shape = list(products.shape[1:])
    shape[axis] *= 2
    pixels = np.empty(shape, np.float32)
    even, odd = (along(pixels, axis, slice(start, None, 2)) for start in (0, 1))
    np.add(products[1], products[2], out=even)
    even += products[0]
    np.subtract(products[1], products[2], out=odd)
    odd -= products[3]
    return pixels


def _sums_transposed(pixels: Floats, axis: int) -> Floats:
    even, odd = (along(pixels, axis, slice(start, None, 2)) for start in (0, 1))
    products = np.empty((4, *even.shape), np.float32)
    products[0] = even
    np.add(even, odd, out=products[1])
    np.subtract(even, odd, out=products[2])
    np.negative(odd, out=products[3])
    return products
