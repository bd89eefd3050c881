"""No discriminator: for a generator that learns from its distance to given images alone."""

import paddle

from lsgan.arrays import Tensor
from lsgan.config import ModelSection
from lsgan.networks.discrimination import FeatureDiscriminator


class Discriminator(FeatureDiscriminator):
    """Any samples, float32 (N, …), to the score 0 each, float32 (N,); it has nothing to learn."""

    def __init__(self, model: ModelSection) -> None:  # noqa: ARG002
        super().__init__()

    def scores(self, features: Tensor, classes: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """The score 0 of each sample."""
        return paddle.zeros([features.shape[0]])
