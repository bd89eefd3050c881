"""What a training asks of a generator."""

import paddle
from paddle import nn

from lsgan.arrays import Tensor


class LatentGenerator(nn.Layer):
    """A generator that is given latents alone, in training as afterwards."""

    def first_activations(self, latents: Tensor) -> Tensor:
        """What its first layer makes of latents, after the nonlinearity: float32 (N, …).

        By default it has a sequence of `layers`, of which the first nonlinearity ends the first
        layer.
        """
        for layer in self.layers:
            latents = layer(latents)
            if isinstance(layer, nn.ReLU | nn.LeakyReLU):
                break
        return latents

    def forward_train(self, real: Tensor, latents: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """The samples of a step in training.

        Args:
            real: the batch of the data set; a generator of another kind makes its samples of it.
            latents: float32 (B, latent_dim), with classes (B, latent_dim + classes).

        Returns:
            The samples, of the shape of `real`, and what the generator has to pay for how it came
            to them, a scalar that `loss.kl_weight` weighs: nothing here.
        """
        return self(latents), paddle.zeros([])
