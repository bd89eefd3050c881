"""Convolutions whose kernel is as large as the picture, computed as the matrix products they are.

They are Paddle's layers, with the same parameters. On a CPU Paddle has one product for each
picture, which takes six times as long or more.
"""

from paddle import nn

from lsgan.arrays import Tensor


class WholeConvolution(nn.Conv2D):
    """Pictures to one vector each: float32 (N, inner, size, size) to (N, outer)."""

    def __init__(self, inner: int, outer: int, size: int) -> None:
        super().__init__(inner, outer, size)

    def forward(self, pictures: Tensor) -> Tensor:
        """The vectors of `pictures`."""
        weight = self.weight.reshape([self.weight.shape[0], -1])
        return pictures.flatten(1) @ weight.t() + self.bias


class WholeTransposedConvolution(nn.Conv2DTranspose):
    """Vectors to one picture each: float32 (N, inner) to (N, outer, size, size)."""

    def __init__(self, inner: int, outer: int, size: int) -> None:
        super().__init__(inner, outer, size, bias_attr=False)

    def forward(self, vectors: Tensor) -> Tensor:
        """The pictures of `vectors`."""
        weight = self.weight
        return (vectors @ weight.flatten(1)).reshape([-1, *weight.shape[1:]])
