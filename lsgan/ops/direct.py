"""The networks' convolutions on a CPU in float32 by oneDNN, without a detour: channels last.

Winograd's algorithm (`lsgan.ops.winograd`) spares products, and pays with sums before and after
and with many small operations: of few images and channels the plain convolution is done sooner.

Arrays are as in `im2col`: a fine grid is (N, 2h, 2w, F), of `Same` (N, h, w, F), and a coarse one
(N, h, w, C), both float32.
"""

import numpy as np

from lsgan.arrays import Floats, aligned
from lsgan.ops.channel_order import dense
from lsgan.ops.onednn import multiply
from lsgan.ops.onednn_convolutions import Weight, correlate

# Rows of the kernel of 4 from those of the kernel of 3: (w₂, w₁ + w₂, w₀ + w₁, w₀).
_ROWS = np.array([[0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]], np.float32)
# A kernel of 3 to one of 4: (9, 16).
SPREAD = np.ascontiguousarray(np.kron(_ROWS, _ROWS).T)


class _Direct:
    """A convolution by oneDNN."""

    kernel: int
    stride: int

    def prepare(self, fine: Floats) -> Floats:
        """A fine grid by rows."""
        return dense(fine)

    def transform(self, weight: Floats) -> Weight:
        """A weight, float32 (C, F, k, k), for `convolve` and `convolve_transposed`."""
        return Weight(weight, self.stride)

    def convolve(self, fine: Floats, weight: Weight) -> Floats:
        """From a fine grid to a coarse one."""
        return weight.convolve(fine)

    def convolve_transposed(self, coarse: Floats, weight: Weight) -> Floats:
        """From a coarse grid to a fine one."""
        return weight.convolve_transposed(dense(coarse))

    def correlate(self, fine: Floats, coarse: Floats) -> Floats:
        """The gradient of either by its weight, (C, F, k, k)."""
        gradient = aligned((coarse.shape[3], fine.shape[3], self.kernel, self.kernel))
        correlate(fine, dense(coarse), gradient, self.stride)
        return gradient


class Strided(_Direct):
    """The convolution with kernel 4, stride 2 and padding 1, and its transpose."""

    kernel, stride = 4, 2


class Same(_Direct):
    """The convolution with kernel 3, stride 1 and padding 1, and its transpose."""

    kernel, stride = 3, 1


class Upsampling(Strided):
    """Nearest-neighbour ×2 and a convolution with kernel 3 and padding 1, as `convolve_transposed`.

    Together they are a transposed convolution with kernel 4 (see `lsgan.ops.upsampling`).
    """

    def transform(self, weight: Floats) -> Weight:
        """A weight, float32 (C, F, 3, 3), for `convolve` and `convolve_transposed`."""
        spread = _times(weight.reshape(-1, 9), SPREAD)
        return Weight(spread.reshape(*weight.shape[:2], 4, 4), self.stride)

    def correlate(self, fine: Floats, coarse: Floats) -> Floats:
        """The gradient by the weight, (C, F, 3, 3)."""
        gradient = super().correlate(fine, coarse)
        gathered = _times(gradient.reshape(-1, 16), SPREAD.T)
        return gathered.reshape(*gradient.shape[:2], 3, 3)


def _times(kernels: Floats, matrix: Floats) -> Floats:
    """Kernels, a row for each, times a matrix.

    NumPy's threads, which wait busily, would hold up oneDNN's.
    """
    product = aligned((len(kernels), matrix.shape[1]))
    multiply(kernels, matrix, product)
    return product
