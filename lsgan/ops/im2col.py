"""The networks' convolutions on a CPU in bfloat16, as one matrix product each by oneDNN.

Where a processor multiplies bfloat16 many times as fast as float32, the sums with which Winograd's
algorithm spares products (`lsgan.ops.winograd`) cost more than they save. So the values under the
kernel, at all of its places in all images, are written side by side ("im2col") and multiplied by
the weight at once. Factors are rounded to bfloat16, sums are float32.

A transposed convolution of kernel 4 and stride 2 is one of kernel 2 and stride 1 that gives four
pixels at each place: of the fine rows 2t − 1 and 2t each has a value of the coarse rows t − 1 and t
through two of the kernel's four rows.

Everything here is NumPy, between a fine grid, (N, 2h, 2w, F), and a coarse one, (N, h, w, C), both
float32, channels last; of `Same`, between (N, h, w, F) and (N, h, w, C). A fine grid is prepared
once for all that it is multiplied by.
"""

from collections.abc import Callable
from functools import cached_property

import numpy as np

from lsgan.arrays import Floats, aligned
from lsgan.ops.channel_order import channels_first, channels_last
from lsgan.ops.onednn import copy, multiply
from lsgan.ops.onednn_library import BFLOAT16, Values
from lsgan.system.threads import each, even_shares, shares

# So many channels of a weight at a time stay in the processor's cache.
_CHANNELS = 32
# So many values copied by one thread take about as long as it takes to wake another.
_WORTH_A_THREAD = 1 << 19


class Strided:
    """The convolution with kernel 4, stride 2 and padding 1, and its transpose."""

    def transform(self, weight: Floats) -> "StridedMatrices":
        """A weight, float32 (C, F, 4, 4), for `convolve` and `convolve_transposed`."""
        return StridedMatrices(channels_last(weight, BFLOAT16))

    def prepare(self, fine: Floats) -> Values:
        """What `convolve` and `correlate` both want of a fine grid, (N, 2h, 2w, F)."""
        return _windows(_padded(fine), 4, 2)

    def convolve(self, fine: Values, weight: "StridedMatrices") -> Floats:
        """From a prepared fine grid to (N, h, w, C)."""
        return _product(fine, weight.to_coarse)

    def convolve_transposed(self, coarse: Floats, weight: "StridedMatrices") -> Floats:
        """(N, h, w, C) to (N, 2h, 2w, F)."""
        count, height, width, _ = coarse.shape
        pixels = _product(_windows(_padded(coarse), 2, 1), weight.to_fine)
        pixels = pixels.reshape(*pixels.shape[:3], 2, 2, -1)
        fine = aligned((count, 2 * height, 2 * width, pixels.shape[-1]))

        def part(images: slice) -> None:
            for row, column in np.ndindex(2, 2):
                down, right = 1 - row, 1 - column
                inside = pixels[images, down : down + height, right : right + width, row, column]
                fine[images, down::2, right::2] = inside

        _shared(part, fine)
        return fine

    def correlate(self, fine: Values, coarse: Floats) -> Floats:
        """The gradient of either by its weight, (C, F, 4, 4)."""
        return channels_first(_correlation(fine, coarse, 4))


class Upsampling(Strided):
    """Nearest-neighbour ×2 and a convolution with kernel 3 and padding 1, as `convolve_transposed`.

    Together they are a transposed convolution whose kernel of 4 has the rows w₂, w₁ + w₂, w₀ + w₁
    and w₀ of the kernel of 3, and columns alike.
    """

    def transform(self, weight: Floats) -> "StridedMatrices":
        """A weight, float32 (C, F, 3, 3), for `convolve` and `convolve_transposed`."""
        outer, inner = weight.shape[:2]
        spread = np.empty((outer, 4, 4, inner), BFLOAT16)
        for part in shares(outer, _CHANNELS):
            copy(_spread(_spread(channels_last(weight[part]), 1), 2), spread[part])
        return StridedMatrices(spread)

    def correlate(self, fine: Values, coarse: Floats) -> Floats:
        """The gradient by the weight, (C, F, 3, 3)."""
        sums = _correlation(fine, coarse, 4)
        weight = aligned((len(sums), sums.shape[3], 3, 3))
        for part in shares(len(sums), _CHANNELS):
            gathered = _spread_transposed(_spread_transposed(sums[part], 1), 2)
            copy(gathered, weight[part].transpose(0, 2, 3, 1))
        return weight


class Same:
    """The convolution with kernel 3, stride 1 and padding 1, and its transpose."""

    def transform(self, weight: Floats) -> "SameMatrices":
        """A weight, float32 (C, F, 3, 3), for `convolve` and `convolve_transposed`."""
        return SameMatrices(channels_last(weight, BFLOAT16))

    def prepare(self, fine: Floats) -> Values:
        """What `convolve` and `correlate` both want of a fine grid, (N, h, w, F)."""
        return _windows(_padded(fine), 3, 1)

    def convolve(self, fine: Values, weight: "SameMatrices") -> Floats:
        """From a prepared fine grid to (N, h, w, C)."""
        return _product(fine, weight.to_coarse)

    def convolve_transposed(self, coarse: Floats, weight: "SameMatrices") -> Floats:
        """(N, h, w, C) to (N, h, w, F)."""
        return _product(_windows(_padded(coarse), 3, 1), weight.to_fine)

    def correlate(self, fine: Values, coarse: Floats) -> Floats:
        """The gradient by the weight, (C, F, 3, 3)."""
        return channels_first(_correlation(fine, coarse, 3))


class _Matrices:
    """A weight as the matrices of the products.

    Args:
        weight: bfloat16 (C, k, k, F).
    """

    def __init__(self, weight: Values) -> None:
        self._weight = weight

    @property
    def to_coarse(self) -> Values:
        """bfloat16 (k·k·F, C), by columns."""
        columns: Values = self._weight.reshape(len(self._weight), -1).T
        return columns


class StridedMatrices(_Matrices):
    """Those of a weight (C, 4, 4, F)."""

    @cached_property
    def to_fine(self) -> Values:
        """bfloat16 (2·2·C, 2·2·F), made when it is first wanted."""
        coarse, *_, fine = self._weight.shape
        # The coarse row t − 1 has the kernel's rows 2 and 3 in the fine rows 2t − 1 and 2t, the
        # coarse row t has the rows 0 and 1.
        taps = self._weight.reshape(coarse, 2, 2, 2, 2, fine)[:, ::-1, :, ::-1]
        return np.ascontiguousarray(taps.transpose(1, 3, 0, 2, 4, 5)).reshape(4 * coarse, -1)


class SameMatrices(_Matrices):
    """Those of a weight (C, 3, 3, F)."""

    @cached_property
    def to_fine(self) -> Values:
        """bfloat16 (3·3·C, F), made when it is first wanted."""
        turned = self._weight[:, ::-1, ::-1].transpose(1, 2, 0, 3)
        return np.ascontiguousarray(turned).reshape(-1, self._weight.shape[3])


def _short(values: Floats) -> Values:
    """The values rounded to bfloat16."""
    rounded = np.empty(values.shape, BFLOAT16)
    copy(values, rounded)
    return rounded


def _spread(weight: Floats, axis: int) -> Floats:
    """The kernel's rows (or columns) of 3 as those of 4."""
    rows = np.moveaxis(weight, axis, 0)
    shape = list(weight.shape)
    shape[axis] = 4
    spread = np.empty(shape, np.float32)
    to = np.moveaxis(spread, axis, 0)
    to[0], to[3] = rows[2], rows[0]
    np.add(rows[1], rows[2], out=to[1])
    np.add(rows[0], rows[1], out=to[2])
    return spread


def _spread_transposed(spread: Floats, axis: int) -> Floats:
    rows = np.moveaxis(spread, axis, 0)
    shape = list(spread.shape)
    shape[axis] = 3
    weight = np.empty(shape, np.float32)
    to = np.moveaxis(weight, axis, 0)
    for row in range(3):
        np.add(rows[2 - row], rows[3 - row], out=to[row])
    return weight


def _padded(images: Floats) -> Values:
    """The images as bfloat16 with a border of zeros: (N, h, w, C) to (N, h + 2, w + 2, C)."""
    count, height, width, channels = images.shape
    padded = np.empty((count, height + 2, width + 2, channels), BFLOAT16)
    for edge in (padded[:, 0], padded[:, -1], padded[:, :, 0], padded[:, :, -1]):
        edge[...] = 0
    copy(images, padded[:, 1:-1, 1:-1])
    return padded


def _windows(padded: Values, kernel: int, stride: int) -> Values:
    """The values under a kernel at all of its places.

    Args:
        padded: (N, h, w, channels), its rows whole.
        kernel: height and width of the kernel.
        stride: how far apart its places are.

    Returns:
        (N, places down, places across, kernel·kernel·channels).
    """
    count, height, width, channels = padded.shape
    down, across = ((size - kernel) // stride + 1 for size in (height, width))
    image, row, column, value = padded.strides
    # Of one row of the kernel the values lie side by side.
    shape = count, down, across, kernel, kernel * channels
    strides = image, stride * row, stride * column, row, value
    view = np.lib.stride_tricks.as_strided(padded, shape, strides, writeable=False)
    windows = np.empty(shape, padded.dtype)

    def part(images: slice) -> None:
        windows[images] = view[images]

    _shared(part, windows)
    return windows.reshape(count, down, across, -1)


def _product(windows: Values, matrix: Values) -> Floats:
    """(N, h, w, k) by (k, channels) to (N, h, w, channels)."""
    product = aligned((*windows.shape[:3], matrix.shape[1]))
    multiply(windows.reshape(-1, windows.shape[3]), matrix, product.reshape(-1, matrix.shape[1]))
    return product


def _correlation(windows: Values, coarse: Floats, kernel: int) -> Floats:
    """The products of each value under the kernel with each channel, summed over all places.

    Args:
        windows: (N, h, w, kernel·kernel·F).
        coarse: float32 (N, h, w, C).
        kernel: height and width of the kernel.

    Returns:
        float32 (C, kernel, kernel, F).
    """
    under, outer = windows.shape[3], coarse.shape[3]
    sums = np.empty((outer, under), np.float32)
    multiply(_short(coarse).reshape(-1, outer).T, windows.reshape(-1, under), sums)
    return sums.reshape(outer, kernel, kernel, -1)


def _shared(part: Callable[[slice], None], array: Values) -> None:
    """Do a part of the images of `array` on each thread, if there is enough to do."""
    if array.size < 2 * _WORTH_A_THREAD:
        part(slice(None))
    else:
        each(part, even_shares(len(array), len(array)))
