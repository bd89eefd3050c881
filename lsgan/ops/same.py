"""Convolutions that keep an image's size.

They are Paddle's layers, with the same parameters, but for how they compute in float32 on a CPU.
"""

from paddle import nn

from lsgan.arrays import Tensor
from lsgan.ops import same_kernels
from lsgan.ops.cpu_arrays import use_kernels
from lsgan.ops.strided import convolution_by, suits_tiles


class SameConvolution(nn.Conv2D):
    """Images to images: float32 (N, inner, h, w) to (N, outer, h, w).

    Of an even kernel the last row and column fall away.
    """

    def __init__(self, inner: int, outer: int, kernel: int = 3, bias: bool = True) -> None:
        attribute = None if bias else False
        super().__init__(inner, outer, kernel, 1, kernel // 2, bias_attr=attribute)
        self._kernel = kernel

    def forward(self, images: Tensor) -> Tensor:
        """The convolution of `images`."""
        height, width = images.shape[2:]
        fast = self._kernel == 3 and use_kernels(self.weight, images)
        if fast and suits_tiles(self.weight, height, width):
            return convolution_by(same_kernels, images, self.weight, self.bias)
        convolved = super().forward(images)
        return convolved if self._kernel % 2 else convolved[:, :, :height, :width]
