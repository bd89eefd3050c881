"""The DCGAN pair (Radford et al. 2016, arXiv 1511.06434) for any power-of-two size.

Strided and fractionally strided 4×4 convolutions, no pooling, no fully connected hidden layer,
batch norm everywhere but at the generator's output and the discriminator's input. A layer that
batch norm follows has no bias, since the norm would take it away again.
"""

from itertools import pairwise

from paddle import nn

from lsgan.arrays import Tensor
from lsgan.config import ModelSection
from lsgan.networks.layer_norm import LayerNorm
from lsgan.networks.strided import StridedConvolution, StridedTransposedConvolution
from lsgan.networks.whole import WholeConvolution, WholeTransposedConvolution


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
        layers = [WholeTransposedConvolution(model.latent_size, channels[0], 4)]
        for inner, outer in pairwise(channels):
            layers += [
                nn.BatchNorm2D(inner, momentum=model.batch_norm_momentum),
                nn.ReLU(),
                StridedTransposedConvolution(inner, outer, bias=False),
            ]
        layers += [
            nn.BatchNorm2D(channels[-1], momentum=model.batch_norm_momentum),
            nn.ReLU(),
            StridedTransposedConvolution(channels[-1], model.channels),
            nn.Tanh(),
        ]
        self.layers = nn.Sequential(*layers)

    def forward(self, latents: Tensor) -> Tensor:
        """The pictures of `latents`."""
        return self.layers(latents)


class Discriminator(nn.Layer):
    """Pictures, float32 (N, channels, size, size), to one unbounded score each, float32 (N,)."""

    def __init__(self, model: ModelSection) -> None:
        super().__init__()
        channels = widths(model)
        is_batch = model.discriminator_norm == "batch"
        layers = [StridedConvolution(model.channels, channels[0]), nn.LeakyReLU(model.leaky_slope)]
        for outer, inner in pairwise(channels):
            layers += [StridedConvolution(outer, inner, bias=not is_batch)]
            if is_batch:
                layers += [nn.BatchNorm2D(inner, momentum=model.batch_norm_momentum)]
            elif model.discriminator_norm == "layer":
                layers += [LayerNorm()]
            layers += [nn.LeakyReLU(model.leaky_slope)]
        layers += [WholeConvolution(channels[-1], 1, 4)]
        self.layers = nn.Sequential(*layers)

    def forward(self, pictures: Tensor) -> Tensor:
        """The scores of `pictures`."""
        return self.layers(pictures).reshape([-1])
