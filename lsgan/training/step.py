"""One training step: the discriminator's update or updates, and the generator's.

It returns these metrics, each float32 (), still on the device:

discriminator_loss, generator_loss: the adversarial losses.
real_score, fake_score: the discriminator's mean output for real and for generated images.
discriminator_gradient, generator_gradient: the norms of the gradients.
diversity: how much the generated images differ from each other, as a share of the real ones'.
reconstruction: the generator's auxiliary loss.
kl: the KL divergence of encoded latents, unweighted.
"""

import math
from collections.abc import Sequence
from functools import partial

import numpy as np
import paddle

from lsgan.arrays import Tensor
from lsgan.networks.discrimination import detached
from lsgan.networks.parameters import frozen
from lsgan.ops.cpu_arrays import as_array, use_kernels
from lsgan.training.data_loader import Batch
from lsgan.training.state import mixed_precision, seed_layers
from lsgan.training.trainer import Trainer

_LEAST_DEVIATION = 1e-6


def train_step(trainer: Trainer) -> dict[str, Tensor]:
    """Update the discriminator `train.n_critic` times and the generator once; the metrics."""
    with trainer.waiting:
        return _train_step(trainer)


def _train_step(trainer: Trainer) -> dict[str, Tensor]:
    config, state = trainer.config, trainer.state
    seed_layers(config.train.seed, state.step, trainer.process_group.rank)

    # Each update of the discriminator has a batch of its own.
    n_critic = config.train.n_critic
    numbers = range(state.step * n_critic, (state.step + 1) * n_critic)
    batches = [trainer.loader.batch(number) for number in numbers]
    if trainer.graph is None:
        metrics = update(trainer, batches)
    else:
        metrics = trainer.graph.run(state, partial(update, trainer), batches)

    # Update the EMA. One that began as another run's has no untrained start to forget.
    state.step += 1
    seen = math.inf if state.parent else state.step * config.train.images
    state.ema.update(seen, config.train.images)
    return trainer.process_group.mean(metrics)


def update(trainer: Trainer, batches: Sequence[Batch]) -> dict[str, Tensor]:
    """Update both networks; the metrics.

    The part of a step that a CUDA graph can hold: it neither reads what is on the device nor
    depends on anything that differs from step to step but the batches and the state's tensors.
    """
    config, state, loss = trainer.config, trainer.state, trainer.loss
    augment, generated = trainer.augmentation.apply, trainer.task.generated_part
    generator, discriminator = state.generator, state.discriminator

    # Update the discriminator.
    for batch in batches:
        augment_real, augment_fake, augment_for_generator = batch.augment_params
        classes = trainer.latents.classes(batch.latents)
        with mixed_precision(config):
            fakes, kl = generator.forward_train(batch.images, batch.latents)
            made, target = generated(fakes), generated(batch.images)
            real_features = discriminator.features(augment(batch.images, augment_real))
            fake_features = discriminator.features(augment(fakes, augment_fake))
            scores = discriminator.scores_of_both(real_features, detached(fake_features), classes)
            real_scores, fake_scores = (each.astype("float32") for each in scores)
        discriminator_loss = trainer.discriminator_loss(real_scores, fake_scores, batch.flip_draws)
        discriminator_loss += trainer.gradient_penalty(
            discriminator, real_features, fake_features, batch.alpha, classes
        )
        discriminator_gradient = state.discriminator_optimizer.step(discriminator_loss)

    # Update the generator.
    with frozen(discriminator):
        with mixed_precision(config):
            if not discriminator.has_frozen_features:
                fake_features = discriminator.features(augment(fakes, augment_for_generator))
            scores = discriminator.scores(fake_features, classes).astype("float32")
            opposite = scores
            if loss.is_relativistic:
                opposite = discriminator.scores(real_features, classes).astype("float32")
        generator_loss = loss.generator_loss(scores, opposite).mean()
        auxiliary_loss = trainer.auxiliary_loss(made, target, kl)
        generator_gradient = state.generator_optimizer.step(generator_loss + auxiliary_loss)

    metrics = {
        "discriminator_loss": discriminator_loss,
        "generator_loss": generator_loss,
        "real_score": loss.output(real_scores).mean(),
        "fake_score": loss.output(fake_scores).mean(),
        "discriminator_gradient": discriminator_gradient,
        "generator_gradient": generator_gradient,
        "diversity": mean_deviation(made) / mean_deviation(target),
        "reconstruction": auxiliary_loss,
        "kl": kl,
    }
    return {name: value.detach().astype("float32") for name, value in metrics.items()}


def mean_deviation(images: Tensor) -> Tensor:
    """The standard deviation over the images of a batch, averaged over all pixels.

    Never 0, so that the images of a batch of one differ as much as the real one does.
    """
    with paddle.no_grad():
        images = images.astype("float32")
        if use_kernels(images):
            # A tenth of the time that Paddle's averages over the images take.
            return paddle.to_tensor(as_array(images).std(0).mean() + np.float32(_LEAST_DEVIATION))
        return (images - images.mean(0)).square().mean(0).sqrt().mean() + _LEAST_DEVIATION
