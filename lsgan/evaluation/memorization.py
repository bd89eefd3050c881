"""Whether a generator makes new images or reproduces those it was trained on.

For every generated image, and for photographs that were held out, the nearest training photograph
is found, as it is and mirrored. New photographs of the same kind have a typical distance to their
nearest neighbours; images that are nearer than nearly all of those are copies. The comparison with
held-out photographs is that of Meehan et al. 2020 (arXiv 2004.05675); here only the smallest
distances are counted, so that one copy in ten images is already noticed.
"""

import math
from dataclasses import dataclass

import numpy as np

from lsgan.arrays import Doubles, Indices, Pixels
from lsgan.features.extractors import StandardScaler
from lsgan.metrics.neighbours import distances

_NEAREST = 0.01


@dataclass(frozen=True)
class Memorization:
    """The result of the test.

    Attributes:
        n: generated images.
        held_out: held-out photographs that they are compared with.
        trained: training photographs.
        features: the features that distances are computed on.
        share: the share of generated images that are nearer to a training photograph than nearly
            all held-out photographs are.
        expected: that share for new photographs.
        copying: whether the share is larger than chance explains.
    """

    n: int
    held_out: int
    trained: int
    features: str
    share: float
    expected: float
    copying: bool

    def __str__(self) -> str:
        """The result in one sentence."""
        verdict = "the generator copies photographs" if self.copying else "no copies"
        return (
            f"{100 * self.share:.1f}% of {self.n} images are nearer to one of {self.trained} "
            f"training photographs than {100 * (1 - self.expected):.1f}% of {self.held_out} new "
            f"photographs are ({100 * self.expected:.1f}% expected): {verdict}"
        )


@dataclass(frozen=True)
class Neighbours:
    """The nearest training photograph of each image: its place, float64 distance, mirrored."""

    places: Indices
    distances: Doubles
    mirrored: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def nearest(features: StandardScaler, images: Pixels, trained: Doubles) -> Neighbours:
    """Find the training photograph that each image, or its mirror image, is nearest to.

    Args:
        features: what distances are measured on.
        images: uint8 (N, channels, size, size).
        trained: features (M, D) of the training photographs.
    """
    found = [distances(features(side), trained) for side in (images, images[..., ::-1])]
    places = np.stack([side.argmin(1) for side in found])
    least = np.stack([side.min(1) for side in found])
    side = least.argmin(0)
    rows = np.arange(len(images))
    return Neighbours(places[side, rows], least[side, rows], side == 1)


def assess(generated: Doubles, held_out: Doubles, trained: int, features: str) -> Memorization:
    """Compare the distances to the nearest training photographs.

    Args:
        generated: of the generated images, (N,).
        held_out: of photographs that were not trained on, (M,), M at least 1.
        trained: how many training photographs there are.
        features: the features that distances are computed on.
    """
    # With few held-out photographs, the nearest of them is the threshold.
    rank = max(1, int(_NEAREST * len(held_out)))
    threshold = np.sort(held_out)[rank - 1]
    share = float((generated < threshold).mean())
    expected = rank / (len(held_out) + 1)
    deviation = math.sqrt(expected * (1 - expected) * (1 / len(generated) + 1 / len(held_out)))
    # Twice the expected share and four deviations: a threshold from few photographs is uncertain.
    copying = share > 2 * expected + 4 * deviation
    return Memorization(len(generated), len(held_out), trained, features, share, expected, copying)


def pairs(images: Pixels, found: Neighbours, trained: Pixels, count: int) -> Pixels:
    """The images that are nearest to a training photograph, each followed by it.

    Returns:
        uint8 (2·count, channels, size, size): image, photograph, image, photograph, …, the
        nearest first; a photograph is mirrored where its mirror image is the nearer.
    """
    rows = np.argsort(found.distances)[:count]
    beside = np.ascontiguousarray(trained[found.places[rows]])
    mirrored = found.mirrored[rows]
    beside[mirrored] = beside[mirrored][..., ::-1]
    return np.stack([images[rows], beside], 1).reshape(-1, *images.shape[1:])
