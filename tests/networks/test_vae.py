"""The variational autoencoder: a decoder that is the generator, and what it pays."""

import numpy as np
import paddle
import pytest
from paddle.distribution import Normal, kl_divergence

from lsgan.config import ModelSection
from lsgan.networks import build_generator, dcgan
from lsgan.networks.initial import initialise

MODEL = ModelSection(generator="vae", base_channels=4, size=32, latent_dim=8)


def test_it_is_sampled_from_as_the_generator_is() -> None:
    autoencoder, generator = build_generator(MODEL), dcgan.Generator(MODEL)
    names = {name: tuple(value.shape) for name, value in generator.state_dict().items()}
    decoder = {name: tuple(value.shape) for name, value in autoencoder.decoder.state_dict().items()}
    assert decoder == names
    latents = paddle.rand([3, 8])
    generator.set_state_dict(autoencoder.decoder.state_dict())
    assert paddle.equal_all(autoencoder(latents), generator(latents))


def test_what_it_pays_is_the_divergence_of_its_latents() -> None:
    autoencoder = build_generator(MODEL)
    initialise(autoencoder, 0, "generator", 0.1)
    real = paddle.rand([4, 3, 32, 32])
    autoencoder.eval()
    images, cost = autoencoder.forward_train(real, paddle.zeros([4, 8]))
    mean, log_variance = autoencoder.encoder(real).chunk(2, axis=1)
    expected = kl_divergence(
        Normal(mean, (0.5 * log_variance).exp()), Normal(paddle.zeros([1]), paddle.ones([1]))
    )
    assert float(cost) == pytest.approx(float(expected.sum(1).mean()), rel=1e-4)
    assert float(cost) > 0
    # Without chance the mean is decoded.
    np.testing.assert_allclose(images, autoencoder.decoder(mean), rtol=1e-5, atol=1e-6)


def test_chance_is_as_large_as_the_encoder_says() -> None:
    autoencoder = build_generator(MODEL)
    given = []
    autoencoder.decoder.register_forward_pre_hook(lambda _, inputs: given.append(inputs[0]))
    real, latents = paddle.rand([4, 3, 32, 32]), paddle.ones([4, 8])
    autoencoder.eval()
    autoencoder.forward_train(real, paddle.zeros([4, 8]))
    autoencoder.forward_train(real, latents)
    log_variance = autoencoder.encoder(real).chunk(2, axis=1)[1]
    np.testing.assert_allclose(given[1] - given[0], (0.5 * log_variance).exp(), rtol=1e-4)
