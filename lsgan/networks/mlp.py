"""Two small fully connected networks (Goodfellow et al. 2014, arXiv 1406.2661) for curves."""

from paddle import nn

from lsgan.arrays import Tensor
from lsgan.config import ModelSection
from lsgan.networks.convolutions import with_spectral_norm
from lsgan.networks.discrimination import FeatureDiscriminator
from lsgan.networks.dropout import Dropout
from lsgan.networks.generation import LatentGenerator


class Generator(LatentGenerator):
    """Latents, float32 (N, latent_dim), to curves, float32 (N, points), unbounded."""

    def __init__(self, model: ModelSection) -> None:
        super().__init__()
        width = model.generator_base_channels or model.base_channels
        self.layers = nn.Sequential(
            nn.Linear(model.latent_dim, width), nn.ReLU(), nn.Linear(width, model.points)
        )

    def forward(self, latents: Tensor) -> Tensor:
        """The curves of `latents`."""
        return self.layers(latents)


class Discriminator(FeatureDiscriminator):
    """Curves, float32 (N, points), to one unbounded score each, float32 (N,)."""

    def __init__(self, model: ModelSection) -> None:
        super().__init__()
        width = model.base_channels
        layers = [nn.Linear(model.points, width), nn.ReLU(), nn.Linear(width, 1)]
        if model.discriminator_dropout:
            layers.insert(2, Dropout(model.discriminator_dropout))
        self.layers = nn.Sequential(*with_spectral_norm(model, layers))

    def scores(self, features: Tensor, classes: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """The scores of curves, which are their own features."""
        return self.layers(features).reshape([-1])
