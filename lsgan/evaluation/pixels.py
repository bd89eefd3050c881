"""The metric that needs no feature network, on the images themselves."""

from collections.abc import Callable

import numpy as np

from lsgan.arrays import Pixels
from lsgan.evaluation.results import MetricResult, halves
from lsgan.metrics.sliced_wasserstein_distance import SlicedWasserstein

_LEAST, _ADVISED = 64, 1000
_RESAMPLES = 5


def compute(
    described: Callable[..., MetricResult],
    reference: Pixels,
    generated: Pixels,
    baseline: tuple[Pixels, Pixels],
    seed: int,
) -> list[MetricResult]:
    """The sliced Wasserstein distance of images, with its standard error and its baseline.

    Args:
        described: makes a result from its name and values.
        reference: uint8 (N, channels, size, size).
        generated: as many.
        baseline: two sets of photographs, of equal number.
        seed: decides the resamples.
    """
    value, std_error, note = _measured(reference, generated, seed)
    baseline_value, baseline_std_error, _ = _measured(*baseline, seed)
    return [
        described(
            name="sliced wasserstein",
            better="lower",
            features="patches of a Laplacian pyramid",
            value=value,
            std_error=std_error,
            baseline=baseline_value,
            baseline_std_error=baseline_std_error,
            note=note,
        )
    ]


def _measured(
    reference: Pixels, generated: Pixels, seed: int
) -> tuple[float | None, float | None, str]:
    count = len(reference)
    if count < _LEAST:
        return None, None, f"needs {_LEAST} images, there are {count}"
    distance = SlicedWasserstein(reference).distance(generated)
    parts = halves(count, count, seed, _RESAMPLES)
    std_error = np.std(
        [SlicedWasserstein(reference[one]).distance(generated[other]) for one, other in parts],
        ddof=1,
    )
    note = "" if count >= _ADVISED else f"from fewer than {_ADVISED}: patches of few images"
    return distance, float(std_error), note
