"""Objectives: what the discriminator minimises and what the generator minimises.

One class an objective; `OBJECTIVES` finds it by its name in the configuration. Every method takes
the discriminator's unbounded scores, float32 (N,), and returns a scalar.
"""

from dataclasses import dataclass
from typing import Protocol

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
    def guessing(self) -> float:
        """The discriminator's loss when it cannot tell real from generated."""
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


OBJECTIVES: dict[str, Objective] = {
    "least-squares": LeastSquares(fake=0.0, real=1.0, wanted=1.0),
    # With b − c = 1 and b − a = 2 the minimum is a Pearson χ² divergence (the paper, equation 8).
    "least-squares-pearson": LeastSquares(fake=-1.0, real=1.0, wanted=0.0),
}
