"""The moving average of the generator's weights (EMA), from which images are sampled."""

from collections.abc import Iterator
from contextlib import contextmanager

import paddle

from lsgan import random
from lsgan.arrays import Arrays, Layer
from lsgan.config import EmaSection, ModelSection
from lsgan.networks import build_generator
from lsgan.networks.batch_norm import estimate_statistics
from lsgan.networks.latents import Latents
from lsgan.networks.parameters import trainable
from lsgan.networks.state_dict import load_state_dict

_BATCH = 64


class EMA:
    """A generator whose weights follow those of the one that trains.

    The half-life is given in images and ramped up, so that the untrained start is forgotten soon
    (Karras et al. 2022, arXiv 2206.00364, appendix F.1; Yazıcı et al. 2019, arXiv 1806.04498).

    Attributes:
        network: the averaged generator; its batch-norm statistics mean something only after
            `update_batch_norm`.
    """

    def __init__(self, generator: Layer, model: ModelSection, settings: EmaSection) -> None:
        self.network = build_generator(model)
        self.network.set_state_dict(generator.state_dict())
        self._settings = settings
        self._latents = Latents(model)
        sources, targets = trainable(generator), trainable(self.network)
        self._pairs = [(targets[name], source) for name, source in sources.items()]
        for target, _ in self._pairs:
            target.stop_gradient = True
        self._has_statistics = False

    def decay(self, images: float, batch_size: int) -> float:
        """What share of the average a step keeps, once `images` have been seen."""
        half_life = min(self._settings.half_life, self._settings.rampup * images)
        return float(0.5 ** (batch_size / half_life)) if half_life else 0.0

    def update(self, images: float, batch_size: int) -> None:
        """Move the average towards the generator, after a step that made `images` seen."""
        kept = self.decay(images, batch_size)
        self._has_statistics = False
        with paddle.no_grad():
            for target, source in self._pairs:
                # Paddle's lerp_ takes three times as long on a CPU.
                target.scale_(kept).add_(source.scale(1.0 - kept))

    def update_batch_norm(self) -> Layer:
        """Re-estimate the batch-norm statistics and return the network, ready to be sampled.

        The latents are always the same ones: what has been estimated holds until the next step.
        """
        if not self._has_statistics:
            estimate_statistics(
                self.network,
                (
                    paddle.to_tensor(
                        self._latents.draw(random.stream(0, "batch-norm latents", batch), _BATCH)
                    )
                    for batch in range(self._settings.batch_norm_latents // _BATCH)
                ),
            )
            self._has_statistics = True
        return self.network

    def tensors(self) -> Arrays:
        """A copy of the network's tensors by name."""
        return {name: tensor.numpy() for name, tensor in self.network.state_dict().items()}

    def restore(self, tensors: Arrays) -> None:
        """Become the average that `tensors` are of.

        Raises:
            RunError: if they are of another network.
        """
        load_state_dict(self.network, tensors)
        self._has_statistics = False

    @contextmanager
    def as_before(self, tensors: Arrays) -> Iterator[None]:
        """Within this the average is the earlier one that `tensors` are of."""
        now = self.tensors()
        self.restore(tensors)
        try:
            yield
        finally:
            self.restore(now)
