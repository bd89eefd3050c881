"""From two sets of features to metrics, each with its standard error and its baseline."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from lsgan import random
from lsgan.arrays import Doubles
from lsgan.metrics import METRICS
from lsgan.metrics.metric import Metric, Subsets

_RESAMPLES = 10


@dataclass(frozen=True)
class MetricResult:
    """The value of a metric and what is needed to interpret it.

    Attributes:
        name: the metric's.
        better: whether lower or higher values are those of better images.
        features: the features that it was computed on.
        reference: the photographs, in words.
        seed: decides the images, the photographs and the resamples.
        n: how many of each there were.
        baseline_n: how many photographs there were on each side of the baseline.
        value: None where `n` is too small for the metric.
        std_error: standard error, from resamples; None where there is no value.
        baseline: the same of photographs against other photographs.
        baseline_std_error: its standard error.
        note: why there is no value, or why it is unreliable; "" if neither.
    """

    name: str
    better: Literal["lower", "higher"]
    features: str
    reference: str
    seed: int
    n: int
    baseline_n: int
    value: float | None
    std_error: float | None = None
    baseline: float | None = None
    baseline_std_error: float | None = None
    note: str = ""


def halves(count: int, other: int, seed: int, times: int) -> list[Subsets]:
    """Random halves of two sets.

    The deviation of a metric over halves drawn without replacement is the standard error of the
    metric of the whole set, for whatever is nearly linear in the images: half as many double the
    variance, and half of that is lost by drawing from a finite set (Shao and Wu 1989, doi
    10.1214/aos/1176347263, on the jackknife that leaves out half).
    """
    numbers = random.stream(seed, "halves")
    return [
        (
            np.sort(numbers.permutation(count)[: count // 2]),
            np.sort(numbers.permutation(other)[: other // 2]),
        )
        for _ in range(times)
    ]


def compute_all(
    described: Callable[..., MetricResult],
    reference: Doubles,
    generated: Doubles,
    baseline: tuple[Doubles, Doubles],
    seed: int,
) -> list[MetricResult]:
    """The values of all metrics.

    Args:
        described: makes a result from its name and values.
        reference: features (N, D) of the photographs.
        generated: features (M, D) of the images.
        baseline: features of two sets of photographs.
        seed: decides the resamples.
    """
    found = []
    for metric in METRICS:
        values, std_errors, note = _measured(metric, reference, generated, seed)
        baselines, baseline_std_errors, _ = _measured(metric, *baseline, seed)
        for place, name in enumerate(metric.names):
            found.append(
                described(
                    name=name,
                    better=metric.better,
                    value=values[place],
                    std_error=std_errors[place],
                    baseline=baselines[place],
                    baseline_std_error=baseline_std_errors[place],
                    note=note,
                )
            )
    return found


def _measured(
    metric: Metric, reference: Doubles, generated: Doubles, seed: int
) -> tuple[Sequence[float | None], Sequence[float | None], str]:
    """A metric's values, their standard errors, and a note on them."""
    count, dimensions = min(len(reference), len(generated)), reference.shape[1]
    nothing = [None] * len(metric.names)
    if count < metric.least(dimensions):
        return nothing, nothing, f"needs {metric.least(dimensions)} images, there are {count}"
    values = metric.measure(reference, generated)
    parts = halves(len(reference), len(generated), seed, _RESAMPLES)
    std_errors = np.std(metric.resamples(reference, generated, parts), axis=0, ddof=1)
    advised, note = metric.advised(dimensions), ""
    if count < advised:
        note = f"from fewer than {advised}: {metric.advice}"
    return values, [float(std_error) for std_error in std_errors], note
