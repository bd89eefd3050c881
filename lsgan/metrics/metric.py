"""What every metric on features has in common, and how two values of one are compared."""

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

from lsgan.arrays import Doubles, Indices

Better = Literal["lower", "higher"]
# The indices of a subset of the reference and of a subset of the generated images.
Subsets = tuple[Indices, Indices]


class Metric(Protocol):
    """One or two values computed from two sets of features, of photographs and generated images.

    Attributes:
        names: the values' names, in tables, files and `evaluate.metric`.
        better: whether lower or higher values are those of better images.
        noise: values up to this can be due to chance, so their ratios mean nothing.
        advice: why values from fewer images than `advised` are unreliable.
    """

    names: tuple[str, ...]
    better: Better
    noise: float
    advice: str

    def least(self, dimensions: int) -> int:
        """How many images each set must have for the values to mean anything."""
        ...

    def advised(self, dimensions: int) -> int:
        """How many images each set should have for the values to be reliable."""
        ...

    def measure(self, reference: Doubles, generated: Doubles) -> tuple[float, ...]:
        """The values, one for each name, from features (N, dimensions) and (M, dimensions)."""
        ...

    def resamples(
        self, reference: Doubles, generated: Doubles, subsets: Sequence[Subsets]
    ) -> list[tuple[float, ...]]:
        """The values of each pair of subsets; what they share is computed once."""
        ...


class Monitor(NamedTuple):
    """The metric that compares the checkpoints of a run, `evaluate.metric`.

    Attributes:
        name: the metric's name.
        better: whether lower or higher values are those of better images.
        noise: values up to this can be due to chance.
    """

    name: str
    better: Better
    noise: float

    @property
    def worst(self) -> float:
        """Infinity, positive or negative: any value is better than this."""
        return math.inf if self.better == "lower" else -math.inf

    def is_better(self, value: float, other: float) -> bool:
        """Whether `value` is better than `other`."""
        return value < other if self.better == "lower" else value > other

    def is_worse_by(self, factor: float, value: float, best: float) -> bool:
        """Whether `value` is worse than `best` by more than a `factor`, beyond the noise."""
        low, high = (best, value) if self.better == "lower" else (value, best)
        return high > factor * max(low, self.noise)
