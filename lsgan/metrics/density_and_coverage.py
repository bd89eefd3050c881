"""Density and coverage: precision and recall that single outliers cannot spoil.

Naeem et al. 2020 (arXiv 2002.09797, equations 3 and 4).
"""

from collections.abc import Sequence

import numpy as np

from lsgan.arrays import Doubles
from lsgan.metrics.metric import Better, Subsets
from lsgan.metrics.neighbours import distances, radii, radii_of_subsets

_NEIGHBOURS = 5


class DensityCoverage:
    """How densely generated images lie among the photographs, and how many of these have one.

    Around each photograph lies a ball that reaches to its fifth nearest photograph. Density is the
    mean number of balls that a generated image lies in, divided by five: about 1 for sets of one
    distribution, and not bounded; far above 1 the images crowd where the photographs are dense,
    which is no longer better. Coverage is the share of balls that hold a generated image. For
    sets of one distribution and size it is about 1 − 2⁻⁵ = 0.97, since each of a photograph's five
    nearest images is as likely a photograph as not.
    """

    names: tuple[str, ...] = ("density", "coverage")
    better: Better = "higher"
    noise = 0.1
    advice = "so few images leave much to chance"

    def least(self, dimensions: int) -> int:  # noqa: ARG002
        """64: in half of so many, as resamples take, a ball holds a sixth of its set."""
        return 64

    def advised(self, dimensions: int) -> int:  # noqa: ARG002
        """500.

        The density of two sets of one Gaussian of 64 dimensions is 1 give or take 0.16 with 128
        images, 0.08 with 500.
        """
        return 500

    def measure(self, reference: Doubles, generated: Doubles) -> tuple[float, ...]:
        """Density, 0 or more, and coverage, 0 to 1, of features (N, D) and (M, D)."""
        # One after the other: no more than one matrix of distances is held at a time.
        reach = radii(distances(reference, reference), _NEIGHBOURS)
        return _of_balls(distances(reference, generated), reach)

    def resamples(
        self, reference: Doubles, generated: Doubles, subsets: Sequence[Subsets]
    ) -> list[tuple[float, ...]]:
        """Density and coverage of each pair of subsets; distances are computed once."""
        reaches = radii_of_subsets(reference, [one for one, _ in subsets], _NEIGHBOURS)
        cross = distances(reference, generated)
        return [
            _of_balls(cross[np.ix_(one, other)], reach)
            for (one, other), reach in zip(subsets, reaches, strict=True)
        ]


def _of_balls(between: Doubles, reach: Doubles) -> tuple[float, ...]:
    """Density and coverage from distances (N, M) and the photographs' radii (N,)."""
    inside = between <= reach[:, None]
    return float(inside.sum(0).mean()) / _NEIGHBOURS, float(inside.any(1).mean())
