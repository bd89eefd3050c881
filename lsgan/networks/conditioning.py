"""How networks are told the class of an image, where they are trained on classes.

A generator is given the class with the latent, one-hot: rows of `latent_dim` numbers and one for
each class. A discriminator has one score for images of any class and one for each class, and adds
that of the image's own to the first: the projection of Miyato and Koyama 2018, arXiv 1802.05637,
equation 3, with the last maps as the features that the class embeddings are multiplied by.
"""

import paddle
from paddle import nn

from lsgan.arrays import Layer, Tensor
from lsgan.config import ModelSection
from lsgan.ops.whole import WholeTransposedConvolution


class ClassEmbedding(nn.Linear):
    """Puts a learned vector, as long as a latent, in the place of the one-hot class.

    float32 (N, latent_dim + classes) to (N, 2·latent_dim).

    Attributes:
        init_std: of its initial weights, a tenth of the latents' deviation. As large as these, the
            class is learned before the latents are: the images of a class are all the same then
            (Shahbazi et al. 2022, arXiv 2201.06578, describe that collapse).
    """

    init_std = 0.1

    def __init__(self, model: ModelSection) -> None:
        super().__init__(len(model.classes), model.latent_dim, bias_attr=False)
        self._latent_dim = model.latent_dim

    def forward(self, latents: Tensor) -> Tensor:
        """The latents with the embeddings of their classes beside them."""
        numbers, classes = latents[:, : self._latent_dim], latents[:, self._latent_dim :]
        return paddle.concat([numbers, super().forward(classes)], 1)


def first_layers(model: ModelSection, channels: int) -> list[Layer]:
    """From latents, float32 (N, latent_dim + classes), to maps, (N, channels, 4, 4)."""
    if not model.classes:
        return [WholeTransposedConvolution(model.latent_dim, channels, 4)]
    return [ClassEmbedding(model), WholeTransposedConvolution(2 * model.latent_dim, channels, 4)]


def score_count(model: ModelSection) -> int:
    """How many scores a discriminator computes for an image: one, and one for each class."""
    return 1 + len(model.classes)


def conditional_score(scores: Tensor, classes: Tensor | None) -> Tensor:
    """The score of each image, float32 (N, 1).

    Args:
        scores: float32 (N, score_count).
        classes: one-hot, float32 (N, classes); None where there are none.
    """
    if classes is None:
        return scores
    return scores[:, :1] + (scores[:, 1:] * classes).sum(1, keepdim=True)
