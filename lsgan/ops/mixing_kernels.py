"""The mixing of feature maps on a CPU: forwards, and backwards to the maps.

Each thread takes a share of the images through all levels. Paddle's convolutions of maps as small
as these take longer with two threads than with one.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from paddle.autograd import PyLayer

from lsgan.arrays import Floats, Tensor, aligned
from lsgan.ops.cpu_arrays import as_array, as_tensor
from lsgan.ops.upsampling import resampling
from lsgan.system.threads import each, even_shares

_KERNEL = 3
# A thread takes at most so many images at a time.
_IMAGES = 16
# Of two maps of deviation 1 and unlike each other the sum has √2.
_HALF = np.float32(0.5**0.5)


def mixed_maps(
    maps: Sequence[Tensor], cross_channel: Sequence[Floats], cross_scale: Sequence[Floats]
) -> list[Tensor]:
    """Each map's channels mixed, and half of it what is carried up from the next coarser one.

    Args:
        maps: float32 (N, C, h, w) each, square, the finest first.
        cross_channel: for each map a weight, float32 (outer, C, 1, 1).
        cross_scale: for each map but the finest a weight, float32 (outer, outer, 3, 3).

    Returns:
        float32 (N, outer, h, w) each.
    """
    return list(_Mixed.apply(*maps, levels=_Levels(maps, cross_channel, cross_scale)))


class _Levels:
    """The weights of all levels as the matrices that maps are multiplied with."""

    def __init__(
        self, maps: Sequence[Tensor], cross_channel: Sequence[Floats], cross_scale: Sequence[Floats]
    ) -> None:
        self.sizes: list[int] = [each_map.shape[-1] for each_map in maps]
        self.count: int = maps[0].shape[0]
        self.outer = len(cross_channel[0])
        self._channel = [weight[:, :, 0, 0] for weight in cross_channel]
        self._scale = [weight.reshape(self.outer, -1) for weight in cross_scale]
        # The transpose of a convolution with padding 1 is one whose kernel looks the other way.
        self._scale_transposed = [
            weight[:, :, ::-1, ::-1].transpose(1, 0, 2, 3).reshape(self.outer, -1)
            for weight in cross_scale
        ]
        self._rows = [
            resampling(coarse, fine)
            for fine, coarse in zip(self.sizes, self.sizes[1:], strict=False)
        ]

    def forward(self, maps: Sequence[Floats], mixed: Sequence[Floats]) -> None:
        """Mix `maps`, (n, C, h, w) each, into `mixed`, (n, outer, h, w) each."""
        for level in reversed(range(len(maps))):
            np.matmul(self._channel[level], _flat(maps[level]), out=_flat(mixed[level]))
            if level + 1 < len(maps):
                carried = _convolved(mixed[level + 1], self._scale[level])
                rows = self._rows[level]
                mixed[level][...] += np.matmul(rows, carried @ rows.T)
                mixed[level][...] *= _HALF

    def backward(self, gradients: Sequence[Floats], found: Sequence[Floats]) -> None:
        """The gradients by the maps into `found`, from those by the mixed ones."""
        carried: Floats | None = None
        for level, gradient in enumerate(gradients):
            whole = gradient if carried is None else gradient + carried
            if level + 1 < len(gradients):
                whole = whole * _HALF
                rows = self._rows[level]
                smaller = np.matmul(rows.T, whole @ rows)
                carried = _convolved(smaller, self._scale_transposed[level])
            np.matmul(self._channel[level].T, _flat(whole), out=_flat(found[level]))


def _convolved(maps: Floats, weight: Floats) -> Floats:
    """A 3×3 convolution with padding 1: (n, C, h, w) and (outer, 9·C) to (n, outer, h, w)."""
    count, channels, size, _ = maps.shape
    padded = np.pad(maps, ((0, 0), (0, 0), (1, 1), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, (size, size), axis=(2, 3))
    patches = windows.reshape(count, channels * _KERNEL**2, size * size)
    made: Floats = np.matmul(weight, patches)
    return made.reshape(count, -1, size, size)


def _flat(maps: Floats) -> Floats:
    return maps.reshape(*maps.shape[:2], -1)


class _Mixed(PyLayer):
    @staticmethod
    def forward(ctx: Any, *maps: Tensor, levels: _Levels) -> tuple[Tensor, ...]:
        ctx.levels, ctx.channels = levels, [each_map.shape[1] for each_map in maps]
        given = [as_array(each_map) for each_map in maps]
        mixed = [aligned((levels.count, levels.outer, size, size)) for size in levels.sizes]

        def part(some: slice) -> None:
            levels.forward([one[some] for one in given], [one[some] for one in mixed])

        each(part, even_shares(levels.count, _IMAGES))
        return tuple(map(as_tensor, mixed))

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, ...]:
        levels: _Levels = ctx.levels
        given = [as_array(gradient) for gradient in gradients]
        found = [
            aligned((levels.count, channels, size, size))
            for channels, size in zip(ctx.channels, levels.sizes, strict=True)
        ]

        def part(some: slice) -> None:
            levels.backward([one[some] for one in given], [one[some] for one in found])

        each(part, even_shares(levels.count, _IMAGES))
        return tuple(map(as_tensor, found))
