"""The spread of the discriminator's scores, for the writers that show histograms."""

from collections import deque

import numpy as np

from lsgan.arrays import Tensor
from lsgan.config import LossSection
from lsgan.losses import Loss
from lsgan.training.callbacks import Callback
from lsgan.training.discriminator_loss import DiscriminatorLoss
from lsgan.training.log import Log
from lsgan.training.trainer import Trainer

# A batch can be small: a histogram is of the scores of so many images of each kind, or a batch.
_IMAGES = 512


class RecordedLoss(DiscriminatorLoss):
    """The discriminator's loss, which keeps the last scores that it was given, on the device.

    Args:
        loss: as for `DiscriminatorLoss`.
        settings: as for `DiscriminatorLoss`.
        batches: of how many batches the scores are kept.

    Attributes:
        real: those of real images, a tensor for each batch.
        fake: those of generated ones.
    """

    def __init__(self, loss: Loss, settings: LossSection, batches: int) -> None:
        super().__init__(loss, settings)
        self.real: deque[Tensor] = deque(maxlen=batches)
        self.fake: deque[Tensor] = deque(maxlen=batches)

    def __call__(self, real: Tensor, fake: Tensor, flip_draws: Tensor) -> Tensor:
        """The loss, as without recording."""
        self.real.append(real.detach())
        self.fake.append(fake.detach())
        return super().__call__(real, fake, flip_draws)


class WriteScores(Callback):
    """Writes histograms of the scores in the last steps, with each grid of images.

    Several processes each have a share of every batch; the first writes those of its own.

    Args:
        trainer: the training, whose loss is recorded from now on.
        log: what writes them.
    """

    def __init__(self, trainer: Trainer, log: Log) -> None:
        batches = -(-_IMAGES // trainer.config.train.batch_size)
        self._recorded = RecordedLoss(trainer.loss, trainer.config.loss, batches)
        trainer.discriminator_loss = self._recorded
        self._log = log

    def on_step(self, trainer: Trainer, metrics: dict[str, Tensor]) -> None:  # noqa: ARG002
        """Write them when it is time, and after the last step."""
        step = trainer.state.step
        if step % trainer.config.sample.every and not trainer.is_complete:
            return
        for name, scores in (("real", self._recorded.real), ("generated", self._recorded.fake)):
            shown = [trainer.loss.output(each).numpy().ravel() for each in scores]
            self._log.write_histogram(step, f"scores/{name}", np.concatenate(shown))

    def on_rollback(self, trainer: Trainer) -> None:  # noqa: ARG002
        """Forget the scores of later steps."""
        self._recorded.real.clear()
        self._recorded.fake.clear()
