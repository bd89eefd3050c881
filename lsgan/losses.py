"""Losses: what the discriminator minimises and what the generator minimises.

One class for each loss; `LOSSES` finds it by its name in the configuration. Scores are the
discriminator's, unbounded, float32 (B, …): one for each image, or one for each patch of it. Losses
have the shape of the scores; what is minimised is their mean (for the discriminator's see
`lsgan.training.discriminator_loss`).
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

from lsgan.arrays import Tensor


def _functional() -> Any:
    """Paddle's functions; loaded on use, so that the names of the losses are known without it."""
    from paddle.nn import functional

    return functional


class Loss(ABC):
    """What a training asks of a loss.

    Attributes:
        has_labels: whether there is a best score for a real and for a generated image.
        is_relativistic: whether what counts is how far the scores of real and of generated images
            are apart, so that the generator's loss needs those of real images too.
    """

    has_labels = True
    is_relativistic = False

    @abstractmethod
    def real_loss(self, scores: Tensor) -> Tensor:
        """The discriminator's loss where the image is labelled real."""

    @abstractmethod
    def fake_loss(self, scores: Tensor) -> Tensor:
        """The discriminator's loss where the image is labelled generated."""

    @abstractmethod
    def generator_loss(self, fake: Tensor, real: Tensor) -> Tensor:
        """The generator's loss.

        Args:
            fake: the scores of its images.
            real: those of real images; any tensor unless the loss is relativistic.
        """

    def relative(self, scores: Tensor, opposite: Tensor) -> Tensor:  # noqa: ARG002
        """What `real_loss` and `fake_loss` are given: the scores themselves.

        Args:
            scores: of real images or of generated ones.
            opposite: of the others.
        """
        return scores

    def output(self, scores: Tensor) -> Tensor:
        """The discriminator's output as it is shown to people, D(x): the scores themselves."""
        return scores


@dataclass(frozen=True)
class LeastSquares(Loss):
    """Least squares (Mao et al. 2017, arXiv 1611.04076, equation 2).

    D minimises ½E[(D(x) − real)²] + ½E[(D(G(z)) − fake)²], G minimises ½E[(D(G(z)) − wanted)²].

    Attributes:
        fake: the paper's a, the score that a generated image should have.
        real: the paper's b, the score that a real one should have.
        wanted: the paper's c, the score that the generator wants its images to have.
    """

    fake: float
    real: float
    wanted: float

    def real_loss(self, scores: Tensor) -> Tensor:
        """½(D(x) − b)²."""
        return 0.5 * (scores - self.real).square()

    def fake_loss(self, scores: Tensor) -> Tensor:
        """½(D(G(z)) − a)²."""
        return 0.5 * (scores - self.fake).square()

    def generator_loss(self, fake: Tensor, real: Tensor) -> Tensor:  # noqa: ARG002
        """½(D(G(z)) − c)²."""
        return 0.5 * (fake - self.wanted).square()


@dataclass(frozen=True)
class CrossEntropy(Loss):
    """The first GAN's (Goodfellow et al. 2014, arXiv 1406.2661, equation 1).

    D's scores are logits: it takes an image for real with probability σ(score). It minimises
    −E[log σ(D(x))] − E[log(1 − σ(D(G(z))))].

    Attributes:
        saturating: whether G minimises what D maximises, E[log(1 − σ(D(G(z))))], whose gradient
            vanishes where D is sure; else −E[log σ(D(G(z)))], the paper's remedy in section 3.
    """

    saturating: bool

    def real_loss(self, scores: Tensor) -> Tensor:
        """log(1 + e^−D(x))."""
        return _functional().softplus(-scores)

    def fake_loss(self, scores: Tensor) -> Tensor:
        """log(1 + e^D(G(z)))."""
        return _functional().softplus(scores)

    def generator_loss(self, fake: Tensor, real: Tensor) -> Tensor:  # noqa: ARG002
        """−log(1 + e^D(G(z))) if saturating, else log(1 + e^−D(G(z)))."""
        return -_functional().softplus(fake) if self.saturating else _functional().softplus(-fake)

    def output(self, scores: Tensor) -> Tensor:
        """The probabilities σ(score)."""
        return _functional().sigmoid(scores)


class Hinge(Loss):
    """The hinge loss (Lim and Ye 2017, arXiv 1705.02894, section 3.1).

    D minimises E[max(0, 1 − D(x))] + E[max(0, 1 + D(G(z)))], G minimises −E[D(G(z))].
    """

    def real_loss(self, scores: Tensor) -> Tensor:
        """max(0, 1 − D(x))."""
        return _functional().relu(1 - scores)

    def fake_loss(self, scores: Tensor) -> Tensor:
        """max(0, 1 + D(G(z)))."""
        return _functional().relu(1 + scores)

    def generator_loss(self, fake: Tensor, real: Tensor) -> Tensor:  # noqa: ARG002
        """−D(G(z))."""
        return -fake


class Wasserstein(Loss):
    """The Wasserstein distance (Arjovsky et al. 2017, arXiv 1701.07875).

    Among all scores of slope 1 or less, D looks for those that are highest on real images and
    lowest on generated ones; `loss.gradient_penalty_weight` keeps the slope near 1. D minimises
    E[D(G(z))] − E[D(x)], less the distance; G minimises −E[D(G(z))].
    """

    has_labels = False

    def real_loss(self, scores: Tensor) -> Tensor:
        """−D(x)."""
        return -scores

    def fake_loss(self, scores: Tensor) -> Tensor:
        """D(G(z))."""
        return scores

    def generator_loss(self, fake: Tensor, real: Tensor) -> Tensor:  # noqa: ARG002
        """−D(G(z))."""
        return -fake


class RelativisticLeastSquares(Loss):
    """Relativistic average least squares (Jolicoeur-Martineau 2018, arXiv 1807.00734, table 1).

    Of each score the mean score of the other kind is taken away: D wants real images to score 1
    above the mean generated one and generated images 1 below the mean real one, G the opposite of
    both. Halved as least squares is.
    """

    has_labels = False
    is_relativistic = True

    def relative(self, scores: Tensor, opposite: Tensor) -> Tensor:
        """The scores less the mean of the others over the batch."""
        return scores - opposite.mean(0, keepdim=True)

    def real_loss(self, scores: Tensor) -> Tensor:
        """½(D(x) − E[D(G(z))] − 1)²."""
        return 0.5 * (scores - 1).square()

    def fake_loss(self, scores: Tensor) -> Tensor:
        """½(D(G(z)) − E[D(x)] + 1)²."""
        return 0.5 * (scores + 1).square()

    def generator_loss(self, fake: Tensor, real: Tensor) -> Tensor:
        """½(D(G(z)) − E[D(x)] − 1)² + ½(D(x) − E[D(G(z))] + 1)²."""
        of_fake = self.real_loss(self.relative(fake, real))
        return of_fake + self.fake_loss(self.relative(real, fake))


LOSSES: dict[str, Loss] = {
    "least-squares": LeastSquares(fake=0.0, real=1.0, wanted=1.0),
    # With b − c = 1 and b − a = 2 the minimum is a Pearson χ² divergence (the paper, equation 8).
    "least-squares-pearson": LeastSquares(fake=-1.0, real=1.0, wanted=0.0),
    "least-squares-relativistic": RelativisticLeastSquares(),
    "minimax": CrossEntropy(saturating=True),
    "non-saturating": CrossEntropy(saturating=False),
    "hinge": Hinge(),
    "wgan-gp": Wasserstein(),
    # Of a discriminator that gives everything the score 0: no loss at all.
    "none": Wasserstein(),
}
