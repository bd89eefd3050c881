"""Objectives: what the discriminator minimises and what the generator minimises.

One class an objective; `OBJECTIVES` finds it by its name in the configuration. Scores are the
discriminator's, unbounded, float32 of any shape: one an image, or one a patch of it. Losses are of
each score alone, of the same shape; what is minimised is their mean (see `lsgan.training.labels`
for the discriminator's).
"""

from dataclasses import dataclass
from typing import Protocol

from paddle.nn import functional as F

from lsgan.arrays import Tensor


class Objective(Protocol):
    """What a training asks of an objective."""

    def real_loss(self, scores: Tensor) -> Tensor:
        """The discriminator's loss where the image is labelled real."""
        ...

    def fake_loss(self, scores: Tensor) -> Tensor:
        """The discriminator's loss where the image is labelled generated."""
        ...

    def generator_loss(self, scores: Tensor) -> Tensor:
        """The generator's loss from the scores of its images."""
        ...

    def answers(self, scores: Tensor) -> Tensor:
        """The scores as they are shown to people, D(x)."""
        ...

    @property
    def labels(self) -> bool:
        """Whether there is a best score for a real and for a generated image."""
        ...


@dataclass(frozen=True)
class LeastSquares:
    """Least squares (Mao et al. 2017, arXiv 1611.04076, equation 2).

    D minimises ½E[(D(x) − real)²] + ½E[(D(G(z)) − fake)²], G minimises ½E[(D(G(z)) − wanted)²].

    Attributes:
        fake: the paper's a, what the discriminator should answer to a generated image.
        real: the paper's b, what it should answer to a real one.
        wanted: the paper's c, what the generator wants it to answer.
    """

    fake: float
    real: float
    wanted: float

    labels = True

    def real_loss(self, scores: Tensor) -> Tensor:
        """½(D(x) − b)²."""
        return 0.5 * (scores - self.real).square()

    def fake_loss(self, scores: Tensor) -> Tensor:
        """½(D(G(z)) − a)²."""
        return 0.5 * (scores - self.fake).square()

    def generator_loss(self, scores: Tensor) -> Tensor:
        """½(D(G(z)) − c)²."""
        return 0.5 * (scores - self.wanted).square()

    def answers(self, scores: Tensor) -> Tensor:
        """The scores themselves."""
        return scores


@dataclass(frozen=True)
class CrossEntropy:
    """The first GAN's (Goodfellow et al. 2014, arXiv 1406.2661, equation 1).

    D's scores are logits: it takes an image for real with probability σ(score). It minimises
    −E[log σ(D(x))] − E[log(1 − σ(D(G(z))))].

    Attributes:
        saturating: whether G minimises what D maximises, E[log(1 − σ(D(G(z))))], whose gradient
            vanishes where D is sure; else −E[log σ(D(G(z)))], the paper's remedy in section 3.
    """

    saturating: bool

    labels = True

    def real_loss(self, scores: Tensor) -> Tensor:
        """log(1 + e^−D(x))."""
        return F.softplus(-scores)

    def fake_loss(self, scores: Tensor) -> Tensor:
        """log(1 + e^D(G(z)))."""
        return F.softplus(scores)

    def generator_loss(self, scores: Tensor) -> Tensor:
        """−log(1 + e^D(G(z))) if saturating, else log(1 + e^−D(G(z)))."""
        return -F.softplus(scores) if self.saturating else F.softplus(-scores)

    def answers(self, scores: Tensor) -> Tensor:
        """The probabilities σ(score)."""
        return F.sigmoid(scores)


class _Scores:
    """What objectives without a best score for an image have in common."""

    def generator_loss(self, scores: Tensor) -> Tensor:
        """−D(G(z))."""
        return -scores

    def answers(self, scores: Tensor) -> Tensor:
        """The scores themselves."""
        return scores


class Hinge(_Scores):
    """The hinge loss (Lim and Ye 2017, arXiv 1705.02894, section 3.1).

    D minimises E[max(0, 1 − D(x))] + E[max(0, 1 + D(G(z)))], G minimises −E[D(G(z))].
    """

    labels = True

    def real_loss(self, scores: Tensor) -> Tensor:
        """max(0, 1 − D(x))."""
        return F.relu(1 - scores)

    def fake_loss(self, scores: Tensor) -> Tensor:
        """max(0, 1 + D(G(z)))."""
        return F.relu(1 + scores)


class Wasserstein(_Scores):
    """The Wasserstein distance (Arjovsky et al. 2017, arXiv 1701.07875).

    Among all scores of slope 1 or less, D looks for those that are highest on real images and
    lowest on generated ones; `objective.gradient_penalty` keeps the slope near 1. D minimises
    E[D(G(z))] − E[D(x)], less the distance; G minimises −E[D(G(z))].
    """

    labels = False

    def real_loss(self, scores: Tensor) -> Tensor:
        """−D(x)."""
        return -scores

    def fake_loss(self, scores: Tensor) -> Tensor:
        """D(G(z))."""
        return scores


OBJECTIVES: dict[str, Objective] = {
    "least-squares": LeastSquares(fake=0.0, real=1.0, wanted=1.0),
    # With b − c = 1 and b − a = 2 the minimum is a Pearson χ² divergence (the paper, equation 8).
    "least-squares-pearson": LeastSquares(fake=-1.0, real=1.0, wanted=0.0),
    "gan": CrossEntropy(saturating=True),
    "non-saturating": CrossEntropy(saturating=False),
    "hinge": Hinge(),
    "wgan-gp": Wasserstein(),
    # Of a discriminator that gives everything the score 0: no loss at all.
    "none": Wasserstein(),
}
