"""Precision and recall: how many images are plausible, how much of the photographs is covered.

Kynkäänniemi et al. 2019 (arXiv 1904.06991, section 2).
"""

from collections.abc import Sequence

import numpy as np

from lsgan.arrays import Doubles
from lsgan.metrics.metric import Better, Subsets
from lsgan.metrics.neighbours import distances, radii, radii_of_subsets

_NEIGHBOURS = 3


class PrecisionRecall:
    """The shares of each set that lie within the other's manifold.

    The manifold of a set is the union of balls around its members, each reaching to the member's
    third nearest neighbour. Precision is the share of generated images in the photographs'
    manifold, recall the share of photographs in the generated images'.
    """

    names: tuple[str, ...] = ("precision", "recall")
    better: Better = "higher"
    noise = 0.1
    advice = "the balls are wide with so few images, and both shares depend on their number"

    def least(self, dimensions: int) -> int:  # noqa: ARG002
        """64: in half of so many, as resamples take, a ball holds a tenth of its set."""
        return 64

    def advised(self, dimensions: int) -> int:  # noqa: ARG002
        """1000, from where on the shares hardly move.

        Those of two sets of one Gaussian of 64 dimensions are about 0.74 with 64 images, 0.66
        with 256, 0.63 with 1000 and 0.61 with 2000; in 4 dimensions they rise, from 0.91 with 64
        to 0.96. So values from few images can only be compared at the same number.
        """
        return 1000

    def measure(self, reference: Doubles, generated: Doubles) -> tuple[float, ...]:
        """Precision and recall, 0 to 1, of features (N, D) and (M, D)."""
        # One after the other: no more than one matrix of distances is held at a time.
        of_real = radii(distances(reference, reference), _NEIGHBOURS)
        of_fake = radii(distances(generated, generated), _NEIGHBOURS)
        return _shares(distances(reference, generated), of_real, of_fake)

    def resamples(
        self, reference: Doubles, generated: Doubles, subsets: Sequence[Subsets]
    ) -> list[tuple[float, ...]]:
        """Precision and recall of each pair of subsets; distances are computed once."""
        of_real = radii_of_subsets(reference, [one for one, _ in subsets], _NEIGHBOURS)
        of_fake = radii_of_subsets(generated, [other for _, other in subsets], _NEIGHBOURS)
        cross = distances(reference, generated)
        return [
            _shares(cross[np.ix_(one, other)], reach_of_real, reach_of_fake)
            for (one, other), reach_of_real, reach_of_fake in zip(
                subsets, of_real, of_fake, strict=True
            )
        ]


def _shares(between: Doubles, reach_of_real: Doubles, reach_of_fake: Doubles) -> tuple[float, ...]:
    """Precision and recall from distances (N, M) and the radii (N,) and (M,)."""
    precision = (between <= reach_of_real[:, None]).any(0).mean()
    recall = (between <= reach_of_fake[None, :]).any(1).mean()
    return float(precision), float(recall)
