"""What the discriminator is told of the pictures it sees: which are real and which generated."""

from lsgan.arrays import Tensor
from lsgan.config import ObjectiveSection
from lsgan.objectives import Objective


class Labels:
    """The discriminator's loss under labels that need not be right.

    Both changes keep it from being so sure that the generator learns nothing from it. Its loss is
    then never as low as without them, by which the watchdog knows that it has won.

    Args:
        objective: what the scores mean.
        settings: `label_smoothing`: how much it is to doubt what is labelled real, and that alone
            (Salimans et al. 2016, arXiv 1606.03498, section 3.4); `label_noise`: the share of
            pictures, of both kinds, with the other kind's label (Arjovsky and Bottou 2017, arXiv
            1701.04862, have why; Chintala et al. 2016, "How to train a GAN", the practice).
    """

    def __init__(self, objective: Objective, settings: ObjectiveSection) -> None:
        self._objective = objective
        self._doubt = settings.label_smoothing
        self._noise = settings.label_noise

    def loss(self, real: Tensor, fake: Tensor, chances: Tensor) -> Tensor:
        """The loss, a scalar.

        Args:
            real: scores of real pictures, float32 (B, …).
            fake: those of generated ones.
            chances: float32 (2, B) in [0, 1), for the real and for the generated ones.
        """
        as_fake = self._objective.fake_loss
        if not self._noise:
            return self._as_real(real).mean() + as_fake(fake).mean()
        wrong = (chances < self._noise).astype("float32")
        wrong = wrong.reshape([*chances.shape, *[1] * (real.ndim - 1)])
        of_real = self._as_real(real) * (1 - wrong[0]) + as_fake(real) * wrong[0]
        of_fake = as_fake(fake) * (1 - wrong[1]) + self._as_real(fake) * wrong[1]
        return of_real.mean() + of_fake.mean()

    def _as_real(self, scores: Tensor) -> Tensor:
        # Least at the answer that doubts so much: 1 − doubt of least squares in 0-1 coding.
        loss = self._objective.real_loss(scores)
        if not self._doubt:
            return loss
        return (1 - self._doubt) * loss + self._doubt * self._objective.fake_loss(scores)
