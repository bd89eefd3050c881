"""The DCGAN pair (Radford et al. 2016, arXiv 1511.06434) for any power-of-two size.

Strided and fractionally strided 4×4 convolutions, no pooling, no fully connected hidden layer,
batch norm everywhere but at the generator's output and the discriminator's input. A layer that
batch norm follows has no bias, since the norm would take it away again.
"""

from itertools import pairwise

from paddle import nn

from lsgan.arrays import Tensor
from lsgan.config import ModelSection


def widths(model: ModelSection) -> list[int]:
    """Channels of the hidden layers from the picture inwards: one for each halving down to 4×4."""
    halvings = model.size.bit_length() - 3
    return [min(model.base_channels << layer, model.max_channels) for layer in range(halvings)]


class Generator(nn.Layer):
    """Latents to pictures.

    float32 (N, latent_size) to float32 (N, channels, size, size) in [−1, 1].
    """

    def __init__(self, model: ModelSection) -> None:
        super().__init__()
        channels = widths(model)[::-1]
        layers = self._up(model.latent_size, channels[0], model, stride=1, padding=0)
        for inner, outer in pairwise(channels):
            layers += self._up(inner, outer, model, stride=2, padding=1)
        layers += [nn.Conv2DTranspose(channels[-1], model.channels, 4, 2, 1), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    @staticmethod
    def _up(
        inner: int, outer: int, model: ModelSection, stride: int, padding: int
    ) -> list[nn.Layer]:
        return [
            nn.Conv2DTranspose(inner, outer, 4, stride, padding, bias_attr=False),
            nn.BatchNorm2D(outer, momentum=model.batch_norm_momentum),
            nn.ReLU(),
        ]

    def forward(self, latents: Tensor) -> Tensor:
        """The pictures of `latents`."""
        return self.layers(latents.reshape([latents.shape[0], -1, 1, 1]))


class Discriminator(nn.Layer):
    """Pictures, float32 (N, channels, size, size), to one unbounded score each, float32 (N,)."""

    def __init__(self, model: ModelSection) -> None:
        super().__init__()
        channels = widths(model)
        layers = [nn.Conv2D(model.channels, channels[0], 4, 2, 1), nn.LeakyReLU(model.leaky_slope)]
        for outer, inner in pairwise(channels):
            layers += [
                nn.Conv2D(outer, inner, 4, 2, 1, bias_attr=False),
                nn.BatchNorm2D(inner, momentum=model.batch_norm_momentum),
                nn.LeakyReLU(model.leaky_slope),
            ]
        layers += [nn.Conv2D(channels[-1], 1, 4, 1, 0)]
        self.layers = nn.Sequential(*layers)

    def forward(self, pictures: Tensor) -> Tensor:
        """The scores of `pictures`."""
        return self.layers(pictures).reshape([-1])
