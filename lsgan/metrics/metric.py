"""What every metric on features has in common."""

from collections.abc import Sequence
from typing import Literal, Protocol

from lsgan.arrays import Doubles, Indices

# The figure by which the best checkpoint of a run is chosen; the less the better. Why this one:
# lsgan.evaluation.checkpoint_evaluator.
MONITOR = "frechet"

# The places of a subset of the reference and of a subset of the generated images.
Subsets = tuple[Indices, Indices]


class Metric(Protocol):
    """One or two figures of two sets of features, of photographs and of generated images.

    Attributes:
        names: of the figures, as tables and files have them.
        better: whether the lower or the higher figure is that of better images.
        advice: why a figure of fewer images than `advised` is to be mistrusted.
    """

    names: tuple[str, ...]
    better: Literal["lower", "higher"]
    advice: str

    def least(self, dimensions: int) -> int:
        """How many images each set must have for the figures to mean anything."""
        ...

    def advised(self, dimensions: int) -> int:
        """How many images each set should have for the figures to be relied on."""
        ...

    def measure(self, reference: Doubles, generated: Doubles) -> tuple[float, ...]:
        """The figures, one for each name, from features (N, dimensions) and (M, dimensions)."""
        ...

    def resamples(
        self, reference: Doubles, generated: Doubles, subsets: Sequence[Subsets]
    ) -> list[tuple[float, ...]]:
        """The figures of each pair of subsets; what they share is computed once."""
        ...
