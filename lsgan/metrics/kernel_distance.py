"""Kernel distance (KID): the squared maximum mean discrepancy of features.

Bińkowski et al. 2018 (arXiv 1801.01401, section 4; the estimator: Gretton et al. 2012, lemma 6).
Unlike the Fréchet distance its estimate is unbiased: with few images it is less sure, not larger,
and it may fall a little below 0.
"""

from collections.abc import Sequence

import numpy as np

from lsgan.arrays import Doubles, Indices
from lsgan.metrics.metric import Better, Subsets


class KernelDistance:
    """MMD² with the kernel (x·y/D + 1)³, over whole sets; about 0 for sets of one distribution."""

    names: tuple[str, ...] = ("kid",)
    better: Better = "lower"
    noise = 0.05
    advice = "its spread is wide with so few images"

    def least(self, dimensions: int) -> int:  # noqa: ARG002
        """32: with fewer the spread is as wide as the distance between sound checkpoints."""
        return 32

    def advised(self, dimensions: int) -> int:  # noqa: ARG002
        """256: for sets of one distribution the spread falls as 1/n, to a quarter of that at 64."""
        return 256

    def measure(self, reference: Doubles, generated: Doubles) -> tuple[float, ...]:
        """The distance between features (N, D) and (M, D), N and M at least 2."""
        everything = np.arange(len(reference)), np.arange(len(generated))
        return self.resamples(reference, generated, [everything])[0]

    def resamples(
        self, reference: Doubles, generated: Doubles, subsets: Sequence[Subsets]
    ) -> list[tuple[float, ...]]:
        """The distance between each pair of subsets; the kernel is evaluated once."""
        # One after the other: no more than one whole matrix is held at a time.
        real = _within(reference, [one for one, _ in subsets])
        fake = _within(generated, [other for _, other in subsets])
        cross = _kernel(reference, generated)
        return [
            (within + others - 2 * float(cross[np.ix_(one, other)].mean()),)
            for (one, other), within, others in zip(subsets, real, fake, strict=True)
        ]


def _kernel(one: Doubles, other: Doubles) -> Doubles:
    base: Doubles = one @ other.T
    base /= one.shape[1]
    base += 1
    kernel: Doubles = np.square(base)
    kernel *= base
    return kernel


def _within(features: Doubles, subsets: Sequence[Indices]) -> list[float]:
    """The mean of the kernel over pairs of different images, for each subset."""
    kernel = _kernel(features, features)
    return [_mean_of_others(kernel[np.ix_(subset, subset)]) for subset in subsets]


def _mean_of_others(kernel: Doubles) -> float:
    """The mean over all pairs of two different images."""
    count = len(kernel)
    return float(kernel.sum() - np.trace(kernel)) / (count * (count - 1))
