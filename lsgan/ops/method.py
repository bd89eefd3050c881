"""What the kernels of a convolution have in common."""

from typing import Any, Protocol

from lsgan.arrays import Floats


class Method(Protocol):
    """A way to compute a convolution and its derivatives, transposed ones among them.

    `winograd`, `patches` and `im2col.Strided`, of kernel 4 and stride 2; `same_kernels` and
    `im2col.Same`, of kernel 3 and stride 1; `upsampling_kernels` and `im2col.Upsampling`, of an
    enlarged image's kernel 3.
    """

    def prepare(self, fine: Floats) -> Any:
        """What `convolve` and `correlate` want of a fine grid."""

    def convolve(self, fine: Any, weight: Any) -> Floats:
        """The convolution of a prepared fine grid, with a weight from `transform`."""

    def convolve_transposed(self, coarse: Floats, weight: Any) -> Floats:
        """The transposed convolution, with a weight from `transform`."""

    def correlate(self, fine: Any, coarse: Floats) -> Floats:
        """The gradient of either by its weight, from a prepared fine grid."""

    def transform(self, weight: Floats) -> Any:
        """A weight as the other functions want it."""


def as_it_is(fine: Floats) -> Floats:
    """A fine grid of which no part of the work is wanted twice, for `Method.prepare`."""
    return fine
