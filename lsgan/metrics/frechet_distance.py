"""Fréchet distance between two Gaussians that are fitted to features.

Dowson and Landau 1982 (doi 10.1016/0047-259X(82)90077-X); on the features of an Inception network
it is the FID of Heusel et al. 2017 (arXiv 1706.08500, equation 6).
"""

from collections.abc import Sequence

import numpy as np

from lsgan.arrays import Doubles
from lsgan.metrics.metric import Better, Subsets


class FrechetDistance:
    """|μ₁ − μ₂|² + tr(Σ₁ + Σ₂ − 2(Σ₁Σ₂)^½); 0 for equal sets."""

    names: tuple[str, ...] = ("frechet",)
    better: Better = "lower"
    noise = 2.0
    advice = "covariances of so few images are noisy, which makes the distance larger"

    def least(self, dimensions: int) -> int:  # noqa: ARG002
        """64, whatever the dimensions: fewer hardly have a covariance."""
        return 64

    def advised(self, dimensions: int) -> int:
        """Twice the dimensions.

        With fewer a good part of the covariance is noise, and up to D images it is short of rank:
        for sets of one Gaussian the distance falls about as 1/n without ever being 0.
        """
        return 2 * dimensions

    def measure(self, reference: Doubles, generated: Doubles) -> tuple[float, ...]:
        """The distance between features (N, D) and (M, D); one image has no covariance."""
        means = reference.mean(0), generated.mean(0)
        scaled = [
            (features - mean) / np.sqrt(max(len(features) - 1, 1))
            for features, mean in zip((reference, generated), means, strict=True)
        ]
        # With Σᵢ = XᵢᵀXᵢ the trace of (Σ₁Σ₂)^½ is the sum of the singular values of X₁X₂ᵀ. Where
        # there are more images than dimensions, R of X = QR does the same work as X.
        short = [_shortened(part) for part in scaled]
        cross = np.linalg.svd(short[0] @ short[1].T, compute_uv=False).sum()
        std_errors = sum(float(np.square(part).sum()) for part in scaled)
        shift = float(np.square(means[0] - means[1]).sum())
        # Rounding may leave a hair's breadth below zero.
        return (max(shift + std_errors - 2 * float(cross), 0.0),)

    def resamples(
        self, reference: Doubles, generated: Doubles, subsets: Sequence[Subsets]
    ) -> list[tuple[float, ...]]:
        """The distance between each pair of subsets."""
        return [self.measure(reference[real], generated[fake]) for real, fake in subsets]


def _shortened(features: Doubles) -> Doubles:
    """A matrix of no more rows than columns that has the same XᵀX."""
    if len(features) <= features.shape[1]:
        return features
    triangle: Doubles = np.linalg.qr(features).R
    return triangle
