"""Frozen random mixing of a frozen network's feature maps, across channels and across scales.

Sauer et al. 2021, arXiv 2111.01007, section 3.2: so that no part of the features is easily
overlooked by the heads that look at them.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import paddle
from paddle import nn
from paddle.nn import functional as F

from lsgan import random
from lsgan.arrays import Floats, Tensor
from lsgan.ops.cpu_arrays import as_array, use_kernels
from lsgan.ops.mixing_kernels import mixed_maps
from lsgan.ops.upsampling import resampling, upsample

_CALIBRATION_IMAGES = 16


class Mixing(nn.Layer):
    """Frozen random cross-channel and cross-scale mixing (the paper's CCM and CSM).

    Args:
        network: the frozen network.
        size: rows and columns of the images that it is given.
        outer: channels of the mixed maps.
    """

    def __init__(self, network: Any, size: int, outer: int) -> None:
        super().__init__()
        self._network, self._size = network, size
        self._levels = range(len(network.channels))
        for level, channels in enumerate(network.channels):
            self.register_buffer(f"cross_channel_{level}", paddle.zeros([outer, channels, 1, 1]))
            if level:
                self.register_buffer(f"cross_scale_{level}", paddle.zeros([outer, outer, 3, 3]))

    def draw_weights(self, seed: int) -> None:
        """Set the weights at random, for good, such that mixed maps have a deviation of about 1.

        A network's maps have deviations of 3 to 9, and the larger what a head sees, the surer it
        may be: spectral norm bounds only by how much its scores differ as a share of that.
        """
        numbers = random.stream(seed, "mixing of features")
        for buffer in self.buffers():
            buffer.set_value(numbers.standard_normal(buffer.shape).astype("float32"))
            buffer.stop_gradient = True
        with paddle.no_grad():
            maps = self._network(paddle.to_tensor(_pink_noise(numbers, self._size)))
            for level in reversed(self._levels):
                cross_channel = getattr(self, f"cross_channel_{level}")
                cross_channel.set_value(
                    cross_channel / _deviation(F.conv2d(maps[level], cross_channel))
                )
                # What is added from above has as much weight as the maps of this level.
                mixed = self(maps)[level]
                if level:
                    cross_scale = getattr(self, f"cross_scale_{level}")
                    cross_scale.set_value(
                        cross_scale / _deviation(F.conv2d(mixed, cross_scale, padding=1))
                    )

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Maps of the same sizes, all with as many channels."""
        if use_kernels(*maps):
            return mixed_maps(
                maps,
                [as_array(getattr(self, f"cross_channel_{level}")) for level in self._levels],
                [as_array(getattr(self, f"cross_scale_{level}")) for level in self._levels[1:]],
            )
        return self._by_paddle(maps)

    def _by_paddle(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """The same by Paddle's own layers, on any device and in any precision."""
        mixed: list[Tensor] = []
        for level in reversed(self._levels):
            made = F.conv2d(maps[level], getattr(self, f"cross_channel_{level}"))
            if mixed:
                carried = F.conv2d(mixed[-1], getattr(self, f"cross_scale_{level + 1}"), padding=1)
                # Of two maps of deviation 1 and unlike each other the sum has √2.
                made = (made + upsample(carried, made.shape[-1])) * 0.5**0.5
            mixed.append(made)
        return mixed[::-1]


def _deviation(maps: Tensor) -> Tensor:
    """The standard deviation of all values. Paddle's own `std` warns of its mixed types."""
    return (maps - maps.mean()).square().mean().sqrt()


def _pink_noise(numbers: np.random.Generator, size: int) -> Floats:
    """Noise that is as rough at each scale as photographs are: float32 (16, 3, size, size)."""
    images = np.zeros((_CALIBRATION_IMAGES, 3, size, size), np.float32)
    cells = 2
    while cells <= size:
        rows = resampling(cells, size)
        images += (
            rows
            @ numbers.standard_normal((_CALIBRATION_IMAGES, 3, cells, cells), np.float32)
            @ rows.T
        )
        cells *= 2
    return np.asarray(np.clip(0.5 * images / images.std(), -1, 1), np.float32)
