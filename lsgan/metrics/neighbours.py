"""Distances between features and to the nearest neighbours, for the metrics that count them."""

from collections.abc import Sequence

import numpy as np

from lsgan.arrays import Doubles, Indices

# So many values of a distance matrix are worked on at a time, 32 MB; a few such arrays stand
# beside the result.
_BLOCK = 4_000_000


def distances(one: Doubles, other: Doubles) -> Doubles:
    """Euclidean distances (N, M) between features (N, D) and (M, D).

    The result takes 8·N·M bytes, 800 MB for twice 10,000 images. Both are moved by the mean of
    `one` first, which changes no distance and leaves less to cancel out; what is within rounding
    of 0 is 0, so that equal images are at distance 0.
    """
    centre = one.mean(0)
    one, other = one - centre, other - centre
    squares = np.square(other).sum(1)
    # The bound on the rounding of a sum of D products, relative to the lengths.
    rounding = one.shape[1] * np.finfo(np.float64).eps
    found = np.empty((len(one), len(other)))
    step = _rows(len(other))
    for start in range(0, len(one), step):
        rows = one[start : start + step]
        scale = np.square(rows).sum(1, keepdims=True) + squares
        block = scale - 2 * rows @ other.T
        block[block <= rounding * scale] = 0
        np.sqrt(block, out=found[start : start + step])
    return found


def radii(own: Doubles, neighbours: int) -> Doubles:
    """How far each member of a set has its k-th nearest other member.

    Args:
        own: distances (N, N) of a set to itself, N above `neighbours`.
        neighbours: k.

    Returns:
        float64 (N,).
    """
    if len(own) <= neighbours:
        raise ValueError(f"{len(own)} images have no {neighbours} neighbours each")
    found = np.empty(len(own))
    step = _rows(len(own))
    for start in range(0, len(own), step):
        others = own[start : start + step].copy()
        # Nobody is a neighbour of itself, while an equal image is one at distance 0.
        places = np.arange(len(others))
        others[places, start + places] = np.inf
        others.partition(neighbours - 1, axis=1)
        found[start : start + step] = others[:, neighbours - 1]
    return found


def radii_of_subsets(
    features: Doubles, subsets: Sequence[Indices], neighbours: int
) -> list[Doubles]:
    """The radii within each subset of features (N, D); the distances are computed once."""
    own = distances(features, features)
    return [radii(own[np.ix_(subset, subset)], neighbours) for subset in subsets]


def _rows(columns: int) -> int:
    """How many rows of a matrix to work on at a time."""
    return max(1, _BLOCK // columns)
