"""Latents: what a generator is given, drawn, numbered, and interpolated."""

import math
from collections.abc import Sequence

import numpy as np

from lsgan import random
from lsgan.arrays import Floats
from lsgan.config import ModelSection


class Latents:
    """The latents of one model.

    Args:
        model: says how long they are and how they are distributed.
    """

    def __init__(self, model: ModelSection) -> None:
        self._size = model.latent_dim
        self._normal = model.latent_distribution == "normal"

    def draw(self, numbers: np.random.Generator, count: int) -> Floats:
        """So many latents: float32 (count, latent_dim), from N(0, 1) or evenly from [−1, 1)."""
        shape = (count, self._size)
        if self._normal:
            return numbers.standard_normal(shape, np.float32)
        return 2 * numbers.random(shape, np.float32) - 1

    def of(self, seeds: Sequence[int], truncation: float = 1) -> Floats:
        """The latent of each image seed, float32 (len(seeds), latent_dim).

        Args:
            seeds: the seeds.
            truncation: what normal latents are multiplied by, 0 < truncation ≤ 1, which moves them
                towards their mean, 0: the images are plainer and more alike. Brock et al. 2018
                (arXiv 1809.11096) draw again each number beyond a threshold, which makes another
                image of the seed; scaled, as Karras et al. 2018 (arXiv 1812.04948) do it within
                their generator, a latent keeps its direction, and the image changes gradually.
        """
        drawn = np.concatenate([self.draw(random.stream(seed, "picture"), 1) for seed in seeds])
        return np.asarray(truncation * drawn, np.float32)

    def closed_interpolation(
        self, seeds: Sequence[int], frames: int, truncation: float = 1
    ) -> Floats:
        """Latents along a closed way through those of `seeds`, `frames` from one to the next.

        Normal latents follow the great circle between the ends of each stretch (White 2016, arXiv
        1609.04468), their lengths interpolated, so that the latents between are as likely as the
        ends; uniform ones the straight line, which does not leave their cube. The stretch from the
        last seed leads back to the first, whose latent is not repeated: a film of it has no seam.
        `truncation` is as for `of`: the whole way is as much nearer to the mean.
        """
        ends = self.of(seeds)
        even = np.arange(frames)[:, None] / frames
        # Slower near each seed, so that its image can be seen.
        shares = (even * even * (3 - 2 * even)).astype(np.float32)
        way = _arc if self._normal else _line
        stretches = [way(ends[i], ends[(i + 1) % len(ends)], shares) for i in range(len(ends))]
        return np.asarray(truncation * np.concatenate(stretches), np.float32)


# From `start` to `end`, each (L,), at `shares` (frames, 1) of the way: (frames, L).


def _line(start: Floats, end: Floats, shares: Floats) -> Floats:
    return (1 - shares) * start + shares * end


def _arc(start: Floats, end: Floats, shares: Floats) -> Floats:
    first, last = float(np.linalg.norm(start)), float(np.linalg.norm(end))
    angle = float(np.arccos(np.clip(np.dot(start / first, end / last), -1, 1)))
    if math.sin(angle) < 1e-6:
        # The same direction, or opposite ones with no shortest way between.
        return _line(start, end, shares)
    lengths = (1 - shares) * first + shares * last
    directions = np.sin((1 - shares) * angle) * start / first + np.sin(shares * angle) * end / last
    return np.asarray(lengths * directions / math.sin(angle), np.float32)
