"""Objectives: what the discriminator minimises and what the generator minimises.

One class an objective; `OBJECTIVES` finds it by its name in the configuration. Every method takes
the discriminator's unbounded scores, float32 (N,), and returns a scalar.
"""

import math
from dataclasses import dataclass
from typing import Protocol

from paddle.nn import functional as F

from lsgan.arrays import Tensor


class Objective(Protocol):
    """What the training loop asks of an objective."""

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """The discriminator's loss from its scores on real and on generated pictures."""
        ...

    def generator_loss(self, fake: Tensor) -> Tensor:
        """The generator's loss from the discriminator's scores on generated pictures."""
        ...

    @property
    def guessing(self) -> float | None:
        """The discriminator's loss when it cannot tell real from generated; None if any may be."""
        ...


@dataclass(frozen=True)
class LeastSquares:
    """Least squares (Mao et al. 2017, arXiv 1611.04076, equation 2).

    D minimises ½E[(D(x) − real)²] + ½E[(D(G(z)) − fake)²], G minimises ½E[(D(G(z)) − wanted)²].

    Attributes:
        fake: the paper's a, what the discriminator should answer to a generated picture.
        real: the paper's b, what it should answer to a real one.
        wanted: the paper's c, what the generator wants it to answer.
    """

    fake: float
    real: float
    wanted: float

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """½·mean((D(x) − b)²) + ½·mean((D(G(z)) − a)²)."""
        return 0.5 * ((real - self.real).square().mean() + (fake - self.fake).square().mean())

    def generator_loss(self, fake: Tensor) -> Tensor:
        """½·mean((D(G(z)) − c)²)."""
        return 0.5 * (fake - self.wanted).square().mean()

    @property
    def guessing(self) -> float:
        """(b − a)²/4: the discriminator's loss when every score is midway between a and b."""
        return (self.real - self.fake) ** 2 / 4


@dataclass(frozen=True)
class CrossEntropy:
    """The first GAN's (Goodfellow et al. 2014, arXiv 1406.2661, equation 1).

    D's scores are logits: it takes a picture for real with probability σ(score). It minimises
    −E[log σ(D(x))] − E[log(1 − σ(D(G(z))))].

    Attributes:
        saturating: whether G minimises what D maximises, E[log(1 − σ(D(G(z))))], whose gradient
            vanishes where D is sure; else −E[log σ(D(G(z)))], the paper's remedy in section 3.
    """

    saturating: bool

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """mean(log(1 + e^−D(x))) + mean(log(1 + e^D(G(z))))."""
        return F.softplus(-real).mean() + F.softplus(fake).mean()

    def generator_loss(self, fake: Tensor) -> Tensor:
        """−mean(log(1 + e^D(G(z)))) if saturating, else mean(log(1 + e^−D(G(z))))."""
        return -F.softplus(fake).mean() if self.saturating else F.softplus(-fake).mean()

    @property
    def guessing(self) -> float:
        """2·log 2: the discriminator's loss when it gives everything the probability ½."""
        return 2 * math.log(2)


@dataclass(frozen=True)
class Hinge:
    """The hinge loss (Lim and Ye 2017, arXiv 1705.02894, section 3.1).

    D minimises E[max(0, 1 − D(x))] + E[max(0, 1 + D(G(z)))], G minimises −E[D(G(z))].
    """

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """mean(max(0, 1 − D(x))) + mean(max(0, 1 + D(G(z))))."""
        return F.relu(1 - real).mean() + F.relu(1 + fake).mean()

    def generator_loss(self, fake: Tensor) -> Tensor:
        """−mean(D(G(z)))."""
        return -fake.mean()

    @property
    def guessing(self) -> float:
        """2: the discriminator's loss when it gives everything one score between −1 and 1."""
        return 2.0


@dataclass(frozen=True)
class Wasserstein:
    """The Wasserstein distance (Arjovsky et al. 2017, arXiv 1701.07875).

    Among all scores of slope 1 or less, D looks for those that are highest on real pictures and
    lowest on generated ones; `objective.gradient_penalty` keeps the slope near 1. D minimises
    E[D(G(z))] − E[D(x)], G minimises −E[D(G(z))].
    """

    def discriminator_loss(self, real: Tensor, fake: Tensor) -> Tensor:
        """mean(D(G(z))) − mean(D(x)): less the distance between the two kinds of pictures."""
        return fake.mean() - real.mean()

    def generator_loss(self, fake: Tensor) -> Tensor:
        """−mean(D(G(z)))."""
        return -fake.mean()

    @property
    def guessing(self) -> None:
        """None: the loss is a distance, which has no natural unit."""
        return None


OBJECTIVES: dict[str, Objective] = {
    "least-squares": LeastSquares(fake=0.0, real=1.0, wanted=1.0),
    # With b − c = 1 and b − a = 2 the minimum is a Pearson χ² divergence (the paper, equation 8).
    "least-squares-pearson": LeastSquares(fake=-1.0, real=1.0, wanted=0.0),
    "gan": CrossEntropy(saturating=True),
    "non-saturating": CrossEntropy(saturating=False),
    "hinge": Hinge(),
    "wgan-gp": Wasserstein(),
}
