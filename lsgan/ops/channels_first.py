"""Kernels that want the channels last, for images that have them first."""

from typing import Any, Protocol

import numpy as np

from lsgan.arrays import Floats, aligned
from lsgan.ops.onednn import copy


class _Method(Protocol):
    def prepare(self, fine: Floats) -> Any: ...

    def convolve(self, fine: Any, weight: Any) -> Floats: ...

    def convolve_transposed(self, coarse: Floats, weight: Any) -> Floats: ...

    def correlate(self, fine: Any, coarse: Floats) -> Floats: ...

    def transform(self, weight: Floats) -> Any: ...


class ChannelsFirst:
    """The same operations between images (N, channels, h, w).

    Args:
        method: has them between images (N, h, w, channels).
    """

    def __init__(self, method: _Method) -> None:
        self._method = method
        self.transform = method.transform

    def prepare(self, fine: Floats) -> Any:
        """What the other functions want of a fine grid."""
        return self._method.prepare(_last(fine))

    def convolve(self, fine: Any, weight: Any) -> Floats:
        """The convolution of a prepared fine grid."""
        return _first(self._method.convolve(fine, weight))

    def convolve_transposed(self, coarse: Floats, weight: Any) -> Floats:
        """The transposed convolution."""
        return _first(self._method.convolve_transposed(_last(coarse), weight))

    def correlate(self, fine: Any, coarse: Floats) -> Floats:
        """The gradient of either by its weight, from a prepared fine grid."""
        return self._method.correlate(fine, _last(coarse))


def _last(images: Floats) -> Floats:
    count, channels, height, width = images.shape
    turned = np.empty((count, height, width, channels), np.float32)
    copy(images.transpose(0, 2, 3, 1), turned)
    return turned


def _first(images: Floats) -> Floats:
    count, height, width, channels = images.shape
    turned = aligned((count, channels, height, width))
    copy(images, turned.transpose(0, 2, 3, 1))
    return turned
