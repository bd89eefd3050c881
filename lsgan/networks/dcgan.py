"""The DCGAN pair (Radford et al. 2016, arXiv 1511.06434) for any power-of-two size.

Strided and fractionally strided 4×4 convolutions, no pooling, no fully connected hidden layer,
batch norm everywhere but at the generator's output and the discriminator's input; what of this may
be otherwise is said in the model section. The generator's first layer is the dense one that gives
each latent its 4×4 image. A layer that batch norm follows has no bias, since the norm would take
it away again.
"""

from itertools import pairwise

import paddle
from paddle import nn

from lsgan.arrays import Layer, Tensor
from lsgan.config import ModelSection
from lsgan.networks.conditioning import conditional_score, first_layers, score_count
from lsgan.networks.convolutions import downsample, upsample, with_spectral_norm
from lsgan.networks.discrimination import FeatureDiscriminator
from lsgan.networks.dropout import Dropout
from lsgan.networks.generation import LatentGenerator
from lsgan.networks.norms import needs_bias, norm
from lsgan.ops.layer_sequence import LayerSequence
from lsgan.ops.methods import training_precision
from lsgan.ops.whole import WholeConvolution


def widths(model: ModelSection, base_channels: int) -> list[int]:
    """Channels of the hidden layers from the image inwards: one for each halving down to 4×4."""
    halvings = model.size.bit_length() - 3
    return [min(base_channels << layer, model.max_channels) for layer in range(halvings)]


class Generator(LatentGenerator):
    """Latents to images.

    float32 (N, latent_dim + classes) to float32 (N, channels, size, size) in [−1, 1].
    """

    def __init__(self, model: ModelSection) -> None:
        super().__init__()
        channels = widths(model, model.generator_base_channels or model.base_channels)[::-1]
        layers = first_layers(model, channels[0])
        for inner, outer in pairwise(channels):
            layers += [*self._between(model, inner), upsample(model, inner, outer, bias=False)]
        layers += [
            *self._between(model, channels[-1]),
            upsample(model, channels[-1], model.channels, bias=True),
            nn.Tanh(),
        ]
        self.layers = LayerSequence(*layers)

    @staticmethod
    def _between(model: ModelSection, channels: int) -> list[Layer]:
        leaky = model.generator_activation == "leaky-relu"
        return [
            *norm("batch", channels, model.batch_norm_momentum),
            nn.LeakyReLU(model.leaky_slope) if leaky else nn.ReLU(),
        ]

    def forward(self, latents: Tensor) -> Tensor:
        """The images of `latents`."""
        return self.layers(latents)


class Encoder(nn.Layer):
    """Images, float32 (N, channels, size, size), to vectors, float32 (N, length)."""

    def __init__(self, model: ModelSection, length: int) -> None:
        super().__init__()
        self.layers = _encoder(model, length)

    def forward(self, images: Tensor) -> Tensor:
        """The vectors of `images`."""
        return self.layers(images)


class Discriminator(FeatureDiscriminator):
    """Images, float32 (N, channels, size, size), to one unbounded score each, float32 (N,)."""

    def __init__(self, model: ModelSection) -> None:
        super().__init__()
        self.layers = _encoder(model, score_count(model))

    def scores(self, features: Tensor, classes: Tensor | None = None) -> Tensor:
        """The scores of images, which are their own features."""
        return conditional_score(self.layers(features), classes).reshape([-1])

    def scores_of_both(
        self, real: Tensor, fake: Tensor, classes: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """The scores of real and of generated images from their features.

        On a CPU together, but for the statistics of batch norm: half as many operations.
        """
        if training_precision() is None:
            return super().scores_of_both(real, fake, classes)
        scores = self.layers(paddle.concat([real, fake]), parts=2)
        one, other = (conditional_score(half, classes).reshape([-1]) for half in scores.split(2))
        return one, other


def _encoder(model: ModelSection, length: int) -> Layer:
    """Layers from images, float32 (N, channels, size, size), to vectors, float32 (N, length)."""
    inner: int = model.channels
    layers: list[Layer] = []
    for number, outer in enumerate(widths(model, model.base_channels)):
        name = model.discriminator_norm if number else "none"
        layers += [
            *downsample(model, inner, outer, bias=needs_bias(name)),
            *norm(name, outer, model.batch_norm_momentum),
            nn.LeakyReLU(model.leaky_slope),
        ]
        if model.discriminator_dropout:
            layers += [Dropout(model.discriminator_dropout)]
        inner = outer
    layers += [WholeConvolution(inner, length, 4)]
    return LayerSequence(*with_spectral_norm(model, layers))
