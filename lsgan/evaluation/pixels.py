"""The metric that needs no feature network, on the images themselves."""

from collections.abc import Callable

import numpy as np

from lsgan.arrays import Pixels
from lsgan.evaluation.figures import Figure, halves
from lsgan.evaluation.sliced_wasserstein import SlicedWasserstein

_LEAST, _ADVISED = 64, 1000
_RESAMPLES = 5


def measure(
    described: Callable[..., Figure],
    reference: Pixels,
    generated: Pixels,
    floor: tuple[Pixels, Pixels],
    seed: int,
) -> list[Figure]:
    """The sliced Wasserstein distance of images, with its spread and its floor.

    Args:
        described: makes a figure, once its name and numbers are given.
        reference: uint8 (N, channels, size, size).
        generated: as many.
        floor: two sets of photographs, of equal number.
        seed: decides the resamples.
    """
    value, spread, note = _measured(reference, generated, seed)
    floor_value, floor_spread, _ = _measured(*floor, seed)
    return [
        described(
            name="sliced wasserstein",
            better="lower",
            features="patches of a Laplacian pyramid",
            value=value,
            spread=spread,
            floor=floor_value,
            floor_spread=floor_spread,
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
    spread = np.std(
        [SlicedWasserstein(reference[one]).distance(generated[other]) for one, other in parts],
        ddof=1,
    )
    note = "" if count >= _ADVISED else f"from fewer than {_ADVISED}: patches of few images"
    return distance, float(spread), note
