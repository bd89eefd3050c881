"""The discriminator's loss: on which labels, real or generated, it is trained."""

from typing import NamedTuple

import paddle

from lsgan.arrays import Tensor
from lsgan.config import LossSection
from lsgan.losses import Loss

# The best scores are looked for in either direction as far as this, so far apart. Those of every
# loss lie there, or their losses differ from the best by less than the fourth digit.
_FARTHEST, _APART = 20, 0.01


class Bounds(NamedTuple):
    """Between what a discriminator's loss tells how well it knows.

    Attributes:
        sure: the loss when it knows every image.
        guessing: the least loss of one score for all images.
    """

    sure: float
    guessing: float


class DiscriminatorLoss:
    """The discriminator's loss under labels that need not be right.

    Both changes keep it from being so sure that the generator learns nothing from it.

    Args:
        loss: what the scores mean.
        settings: `label_smoothing`: how much it is to doubt what is labelled real, and that alone
            (Salimans et al. 2016, arXiv 1606.03498, section 3.4); `label_noise`: the share of
            images, of both kinds, with the other kind's label (Arjovsky and Bottou 2017, arXiv
            1701.04862, have why; Chintala et al. 2016, "How to train a GAN", the practice).
    """

    def __init__(self, loss: Loss, settings: LossSection) -> None:
        self._loss = loss
        self._doubt = settings.label_smoothing
        self._noise = settings.label_noise

    def __call__(self, real: Tensor, fake: Tensor, flip_draws: Tensor) -> Tensor:
        """The loss, a scalar.

        Args:
            real: scores of real images, float32 (B, …).
            fake: those of generated ones.
            flip_draws: float32 (2, B) in [0, 1), for the real and for the generated ones: the
                label is wrong where it is below `label_noise`.
        """
        real, fake = self._loss.relative(real, fake), self._loss.relative(fake, real)
        if not self._noise:
            return self._as_real(real).mean() + self._loss.fake_loss(fake).mean()
        wrong = (flip_draws < self._noise).astype("float32")
        wrong = wrong.reshape([*flip_draws.shape, *[1] * (real.ndim - 1)])
        of_real, of_fake = self._mixed(real, wrong[0]), self._mixed(fake, 1 - wrong[1])
        return of_real.mean() + of_fake.mean()

    def bounds(self) -> Bounds | None:
        """What the loss is at its best and at its most ignorant; None where any may be."""
        if not self._loss.has_labels:
            return None
        scores = paddle.linspace(-_FARTHEST, _FARTHEST, round(2 * _FARTHEST / _APART) + 1)
        of_real, of_fake = self._mixed(scores, self._noise), self._mixed(scores, 1 - self._noise)
        sure, guessing = of_real.min() + of_fake.min(), (of_real + of_fake).min()
        return Bounds(float(sure), float(guessing))

    def _mixed(self, scores: Tensor, fake: Tensor | float) -> Tensor:
        """The losses of `scores` where so large a share is labelled generated."""
        return self._as_real(scores) * (1 - fake) + self._loss.fake_loss(scores) * fake

    def _as_real(self, scores: Tensor) -> Tensor:
        # Least at the answer that doubts so much: 1 − doubt of least squares in 0-1 coding.
        loss = self._loss.real_loss(scores)
        if not self._doubt:
            return loss
        return (1 - self._doubt) * loss + self._doubt * self._loss.fake_loss(scores)
