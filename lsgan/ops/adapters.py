"""Kernels for images whose channels lie otherwise than the kernels want them."""

from typing import Any

from lsgan.arrays import Floats
from lsgan.ops.channel_order import channels_first, channels_last, dense, view_first, view_last
from lsgan.ops.method import Method


class ChannelsFirst:
    """The same operations between images (N, channels, h, w).

    Args:
        method: has them between images (N, h, w, channels).
    """

    def __init__(self, method: Method) -> None:
        self._method = method
        self.transform = method.transform

    def prepare(self, fine: Floats) -> Any:
        """What the other functions want of a fine grid."""
        return self._method.prepare(channels_last(fine))

    def convolve(self, fine: Any, weight: Any) -> Floats:
        """The convolution of a prepared fine grid."""
        return channels_first(self._method.convolve(fine, weight))

    def convolve_transposed(self, coarse: Floats, weight: Any) -> Floats:
        """The transposed convolution."""
        return channels_first(self._method.convolve_transposed(channels_last(coarse), weight))

    def correlate(self, fine: Any, coarse: Floats) -> Floats:
        """The gradient of either by its weight, from a prepared fine grid."""
        return self._method.correlate(fine, channels_last(coarse))


class ChannelsLast:
    """The same operations between images (N, h, w, channels).

    Args:
        method: has them between images (N, channels, h, w), and takes views whose channels lie last
            in memory and gives such ones.
    """

    def __init__(self, method: Method) -> None:
        self._method = method
        self.transform = method.transform

    def prepare(self, fine: Floats) -> Any:
        """What the other functions want of a fine grid."""
        return self._method.prepare(view_first(dense(fine)))

    def convolve(self, fine: Any, weight: Any) -> Floats:
        """The convolution of a prepared fine grid."""
        return view_last(self._method.convolve(fine, weight))

    def convolve_transposed(self, coarse: Floats, weight: Any) -> Floats:
        """The transposed convolution."""
        return view_last(self._method.convolve_transposed(view_first(dense(coarse)), weight))

    def correlate(self, fine: Any, coarse: Floats) -> Floats:
        """The gradient of either by its weight, from a prepared fine grid."""
        return self._method.correlate(fine, view_first(dense(coarse)))
