"""The variational autoencoder (Kingma and Welling 2014, arXiv 1312.6114).

Its decoder is the DCGAN's generator, its encoder the discriminator's body. There is no
discriminator: the images that an encoded batch decodes to are compared with the batch itself, by
`loss.l2_weight`, and the encoded latents to N(0, 1), by `loss.kl_weight`.
"""

import paddle

from lsgan.arrays import Tensor
from lsgan.config import ModelSection
from lsgan.networks import dcgan
from lsgan.networks.generation import LatentGenerator
from lsgan.networks.latents import Latents


class Generator(LatentGenerator):
    """The decoder, and the encoder that it learns with.

    float32 (N, latent_dim + classes) to float32 (N, channels, size, size) in [−1, 1].
    """

    def __init__(self, model: ModelSection) -> None:
        super().__init__()
        self.decoder = dcgan.Generator(model)
        self.encoder = dcgan.Encoder(model, 2 * model.latent_dim)
        self._latents = Latents(model)

    def first_activations(self, latents: Tensor) -> Tensor:
        """The decoder's."""
        return self.decoder.first_activations(latents)

    def forward(self, latents: Tensor) -> Tensor:
        """The images of `latents`."""
        return self.decoder(latents)

    def forward_train(self, real: Tensor, latents: Tensor) -> tuple[Tensor, Tensor]:
        """The real images, encoded and decoded.

        Returns:
            The images, and the mean divergence of the encoded latents from N(0, 1), in nats: the
            paper's appendix B, ½Σ(μ² + σ² − 1 − log σ²).
        """
        # In mixed precision the encoder may give short numbers, too short for exponentials.
        mean, log_variance = self.encoder(real).astype("float32").chunk(2, axis=1)
        numbers, classes = latents[:, : mean.shape[1]], self._latents.classes(latents)
        encoded = mean + (0.5 * log_variance).exp() * numbers
        divergence = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance).sum(1)
        if classes is not None:
            encoded = paddle.concat([encoded, classes], 1)
        return self.decoder(encoded), divergence.mean()
