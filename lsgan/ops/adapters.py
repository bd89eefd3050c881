"""Kernels for images whose channels lie otherwise than the kernels want them."""

from typing import Any

from lsgan.arrays import Floats
from lsgan.ops.channel_order import channels_first, channels_last, dense
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
        return self._method.prepare(_view_first(fine))

    def convolve(self, fine: Any, weight: Any) -> Floats:
        """The convolution of a prepared fine grid."""
        return _view_last(self._method.convolve(fine, weight))

    def convolve_transposed(self, coarse: Floats, weight: Any) -> Floats:
        """The transposed convolution."""
        return _view_last(self._method.convolve_transposed(_view_first(coarse), weight))

    def correlate(self, fine: Any, coarse: Floats) -> Floats:
        """The gradient of either by its weight, from a prepared fine grid."""
        return self._method.correlate(fine, _view_first(coarse))


def _view_first(images: Floats) -> Floats:
    """(N, h, w, channels) as (N, channels, h, w)."""
    view: Floats = dense(images).transpose(0, 3, 1, 2)
    return view


def _view_last(images: Floats) -> Floats:
    """(N, channels, h, w) as (N, h, w, channels)."""
    view: Floats = images.transpose(0, 2, 3, 1)
    return view
