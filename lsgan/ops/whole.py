"""Convolutions whose kernel is as large as the image, computed as the matrix products they are.

They are Paddle's layers, with the same parameters. On a CPU Paddle has one product for each
image, which takes six times as long or more.
"""

from paddle import nn

from lsgan.arrays import Tensor


class WholeConvolution(nn.Conv2D):
    """Images to one vector each: float32 (N, inner, size, size) to (N, outer)."""

    def __init__(self, inner: int, outer: int, size: int) -> None:
        super().__init__(inner, outer, size)

    def forward(self, images: Tensor) -> Tensor:
        """The vectors of `images`."""
        # Paddle's `flatten` has no second derivative, which a gradient penalty takes.
        flat = images.reshape([images.shape[0], -1])
        return flat @ self.weight.reshape([self.weight.shape[0], -1]).t() + self.bias


class WholeTransposedConvolution(nn.Conv2DTranspose):
    """Vectors to one image each: float32 (N, inner) to (N, outer, size, size)."""

    def __init__(self, inner: int, outer: int, size: int) -> None:
        super().__init__(inner, outer, size, bias_attr=False)

    def forward(self, vectors: Tensor) -> Tensor:
        """The images of `vectors`."""
        inner, *shape = self.weight.shape
        return (vectors @ self.weight.reshape([inner, -1])).reshape([-1, *shape])
