"""Convolutions that enlarge: nearest-neighbour ×2, then a 3×3 convolution, in one operation.

A transposed convolution whose kernel and stride do not treat all pixels alike leaves a lattice in
the images (Odena et al. 2016, "Deconvolution and Checkerboard Artifacts", Distill). Enlarging first
has none. Each pixel of the enlarged image stands four times, so that most of the 3×3 products are
taken more than once; summing the weights instead gives a transposed convolution with kernel 4,
stride 2 and padding 1, whose kernel is a linear function of the 3×3 one. In float32 on a CPU
`lsgan.ops.upsampling_kernels` spares more of them.
"""

import numpy as np
import paddle
from paddle import nn
from paddle.nn import functional as F

from lsgan.arrays import Floats, Tensor
from lsgan.ops.cpu_arrays import use_kernels
from lsgan.ops.direct import SPREAD
from lsgan.ops.methods import UPSAMPLING
from lsgan.ops.strided import grid, transposed_by, transposed_convolution


class UpsamplingConvolution(nn.Conv2DTranspose):
    """Doubles images: float32 (N, inner, h, w) to (N, outer, 2h, 2w).

    Or, with `channels_last` in a training, (N, h, w, inner) to (N, 2h, 2w, outer). Its weight is
    (inner, outer, 3, 3).
    """

    def __init__(self, inner: int, outer: int, bias: bool = True) -> None:
        super().__init__(inner, outer, 3, bias_attr=None if bias else False)
        self._spread = paddle.to_tensor(SPREAD)

    def forward(self, images: Tensor, channels_last: bool = False) -> Tensor:
        """The convolution of the enlarged `images`."""
        fast = use_kernels(self.weight, images)
        coarse = grid(images, channels_last)
        method = UPSAMPLING.method(self.weight, coarse, channels_last) if fast else None
        if method:
            return transposed_by(method, images, self.weight, self.bias, channels_last)
        inner, outer = self.weight.shape[:2]
        weight = self.weight.reshape([inner * outer, 9]) @ self._spread
        return transposed_convolution(images, weight.reshape([inner, outer, 4, 4]), self.bias)


def resampling(source: int, target: int) -> Floats:
    """The matrix, float32 (target, source), that resizes a row of pixels bilinearly.

    Pixels are squares, their centres half a pixel from the edge; what is shrunk is averaged over as
    many pixels as make up one (a triangle filter, as Pillow's bilinear resize has).
    """
    scale = source / target
    reach = max(scale, 1.0)
    centres = (np.arange(target) + 0.5) * scale
    distances = np.abs(np.arange(source)[None] + 0.5 - centres[:, None])
    weights = np.maximum(0, 1 - distances / reach)
    return np.asarray(weights / weights.sum(1, keepdims=True), np.float32)


def resize(images: Tensor, rows: Tensor) -> Tensor:
    """Square images (N, C, s, s) resized by a matrix (t, s) of `resampling`: (N, C, t, t)."""
    return paddle.matmul(paddle.matmul(rows, images), rows, transpose_y=True)


def upsample(maps: Tensor, size: int) -> Tensor:
    """Maps (N, C, h, w) enlarged bilinearly to `size` rows and columns."""
    return F.interpolate(maps, size=[size, size], mode="bilinear", align_corners=False)
