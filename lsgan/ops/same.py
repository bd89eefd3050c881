"""Convolutions that keep an image's size.

They are Paddle's layers, with the same parameters, but for how they compute in float32 on a CPU.
"""

from paddle import nn

from lsgan.arrays import Tensor
from lsgan.ops.cpu_arrays import use_kernels
from lsgan.ops.methods import SAME
from lsgan.ops.strided import convolution_by, grid


class SameConvolution(nn.Conv2D):
    """Images to images: float32 (N, inner, h, w) to (N, outer, h, w).

    Of an even kernel the last row and column fall away. With `channels_last`, in a training and
    where there are kernels for it, (N, h, w, inner) to (N, h, w, outer).
    """

    def __init__(self, inner: int, outer: int, kernel: int = 3, bias: bool = True) -> None:
        attribute = None if bias else False
        super().__init__(inner, outer, kernel, 1, kernel // 2, bias_attr=attribute)
        self._kernel = kernel

    @property
    def has_kernels(self) -> bool:
        """Whether `lsgan.ops` has kernels for its size."""
        return self._kernel == 3

    def forward(self, images: Tensor, channels_last: bool = False) -> Tensor:
        """The convolution of `images`."""
        fast = self.has_kernels and use_kernels(self.weight, images)
        coarse = grid(images, channels_last)
        method = SAME.method(self.weight, coarse, channels_last) if fast else None
        if method:
            return convolution_by(method, images, self.weight, self.bias, channels_last)
        convolved = super().forward(images)
        return convolved if self._kernel % 2 else convolved[:, :, :-1, :-1]
