"""Dropout whose derivative can itself be differentiated."""

import paddle
from paddle import nn

from lsgan.arrays import Tensor


class Dropout(nn.Layer):
    """In training a share of the activations is 0, the others so much larger.

    Hinton et al. 2012, arXiv 1207.0580. Written out, since Paddle's dropout has no second
    derivative, which a gradient penalty takes.

    Args:
        share: of the activations, how many are dropped, 0 ≤ share < 1.
    """

    def __init__(self, share: float) -> None:
        super().__init__()
        self.share = share

    def forward(self, activations: Tensor) -> Tensor:
        """The activations that are left, of the same shape."""
        if not self.training:
            return activations
        kept = (paddle.rand(activations.shape) >= self.share).astype(activations.dtype)
        return activations * kept / (1 - self.share)
