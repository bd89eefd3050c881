"""Sliced Wasserstein distance on patches of a Laplacian pyramid.

Karras et al. 2018, arXiv 1710.10196, section 5 and appendix B (the distance itself: Rabin et al.
2012). Images are taken apart into bands of detail, one for each halving down to 16×16; from
every band come random 7×7 patches; the patches of two sets are projected onto random directions,
and the mean distance between the sorted projections is how far the two distributions are
apart. It needs no network and no weights, and runs in seconds.

Two departures. The paper normalises the patches of each set by their own mean and deviation, in
every band, and so forgives wrong colours and flat contrast; here the last band, which carries
them, is normalised by the reference's. And fewer images are taken than the paper's 16,384, so
that a distance says nothing beside one that was measured with another count.
"""

import numpy as np

from lsgan import random
from lsgan.arrays import Floats, Pixels

_SMALLEST = 16
_PATCH = 7
_PATCHES = 64
_DIRECTIONS = 256
# The binomial approximation of a Gaussian that Burt and Adelson (1983) build the pyramid with.
_KERNEL = np.array([1, 4, 6, 4, 1], np.float32) / 16


class SlicedWasserstein:
    """The distance to one set of reference images.

    Args:
        reference: uint8 (N, channels, size, size), size at least 16.
        seed: decides the patches and the directions; distances of one seed can be compared.
    """

    def __init__(self, reference: Pixels, seed: int = 0) -> None:
        self.count = len(reference)
        self._seed = seed
        bands = self._patches(reference)
        self._last = _moments(bands[-1])
        self._projected = [
            self._project(_normalised(band, *_moments(band)), level)
            for level, band in enumerate(bands)
        ]

    def distance(self, images: Pixels) -> float:
        """The mean distance over all bands, times 1000 as in the paper; 0 for equal sets.

        Args:
            images: uint8 (count, channels, size, size), as many as the reference has.
        """
        if len(images) != self.count:
            raise ValueError(f"{self.count} images are compared with {len(images)}")
        bands = self._patches(images)
        moments = [*map(_moments, bands[:-1]), self._last]
        distances = []
        for level, (band, reference) in enumerate(zip(bands, self._projected, strict=True)):
            projected = self._project(_normalised(band, *moments[level]), level)
            distances.append(np.abs(projected - reference).mean())
        return float(np.mean(distances) * 1000)

    def _patches(self, images: Pixels) -> list[Floats]:
        """Random patches of every image, band by band: each (N·64, channels, 7, 7)."""
        return [self._cut(band, level) for level, band in enumerate(_pyramid(images))]

    def _cut(self, band: Floats, level: int) -> Floats:
        numbers = random.stream(self._seed, "patches", level)
        size = band.shape[-1]
        corners = numbers.integers(0, size - _PATCH + 1, (2, len(band), _PATCHES, 1, 1))
        rows, columns = np.arange(_PATCH)[:, None], np.arange(_PATCH)[None, :]
        images = np.arange(len(band))[:, None, None, None]
        # Advanced indices on both sides of the channels put these last.
        patches: Floats = band[images, :, corners[0] + rows, corners[1] + columns]
        ordered: Floats = patches.reshape(-1, _PATCH, _PATCH, band.shape[1]).transpose(0, 3, 1, 2)
        return ordered

    def _project(self, patches: Floats, level: int) -> Floats:
        """Patches projected onto random unit vectors, each projection sorted: (M, 256)."""
        flat = patches.reshape(len(patches), -1)
        numbers = random.stream(self._seed, "directions", level)
        directions = numbers.standard_normal((flat.shape[1], _DIRECTIONS), np.float32)
        directions /= np.linalg.norm(directions, axis=0)
        projected: Floats = flat @ directions
        projected.sort(axis=0)
        return projected


def _moments(patches: Floats) -> tuple[Floats, Floats]:
    """The mean and the deviation of each channel, both (1, channels, 1, 1)."""
    mean: Floats = patches.mean((0, 2, 3), keepdims=True)
    deviation: Floats = patches.std((0, 2, 3), keepdims=True)
    return mean, deviation


def _normalised(patches: Floats, mean: Floats, deviation: Floats) -> Floats:
    # A band of one colour has no deviation.
    normalised: Floats = (patches - mean) / np.maximum(deviation, np.float32(1e-6))
    return normalised


def _pyramid(images: Pixels) -> list[Floats]:
    """The Laplacian pyramid, finest band first; the last is what remains at 16×16."""
    bands = []
    level = images.astype(np.float32)
    while level.shape[-1] > _SMALLEST:
        smaller = _blur(level)[..., ::2, ::2]
        bands.append(level - _enlarge(smaller))
        level = smaller
    return [*bands, level]


def _blur(images: Floats) -> Floats:
    """Images smoothed by the 5×5 binomial kernel, mirrored at the edges."""
    for axis in (2, 3):
        width = [(0, 0)] * 4
        width[axis] = (2, 2)
        padded = np.pad(images, width, mode="reflect")
        length = images.shape[axis]
        images = sum(
            weight * np.take(padded, range(shift, shift + length), axis)
            for shift, weight in enumerate(_KERNEL)
        )
    return images


def _enlarge(images: Floats) -> Floats:
    """Images at twice the size: zeros between the pixels, smoothed."""
    count, channels, height, width = images.shape
    spread = np.zeros((count, channels, 2 * height, 2 * width), np.float32)
    spread[..., ::2, ::2] = 4 * images
    return _blur(spread)
