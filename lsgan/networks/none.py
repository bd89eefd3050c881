"""No discriminator: for a generator that learns from its distance to given pictures alone."""

import paddle
from paddle import nn

from lsgan.arrays import Tensor
from lsgan.config import ModelSection


class Discriminator(nn.Layer):
    """Any samples, float32 (N, …), to the score 0 each, float32 (N,); it has nothing to learn."""

    def __init__(self, model: ModelSection) -> None:  # noqa: ARG002
        super().__init__()

    def forward(self, samples: Tensor) -> Tensor:
        """The scores of `samples`."""
        return paddle.zeros([samples.shape[0]])
