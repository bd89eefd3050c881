"""Latents: what a generator is given, drawn, numbered, and interpolated.

Where a model is trained on classes, the class of each image stands one-hot after its latent.
"""

import math
from collections.abc import Sequence
from typing import Any, Literal, TypeVar

import numpy as np

from lsgan import random
from lsgan.arrays import Floats
from lsgan.config import ModelSection
from lsgan.config.choices import look_up

Interpolation = Literal["spherical", "linear"]
Rows = TypeVar("Rows", bound=Any)


class Latents:
    """The latents of one model.

    Args:
        model: says how long they are and how they are distributed.
    """

    def __init__(self, model: ModelSection) -> None:
        self._size = model.latent_dim
        self._normal = model.latent_distribution == "normal"
        self._classes = list(model.classes)
        images = np.array(list(model.classes.values()), np.float64)
        self._shares = images / images.sum()

    def draw(
        self, numbers: np.random.Generator, count: int, classes: Floats | None = None
    ) -> Floats:
        """So many latents, from N(0, 1) or evenly from [−1, 1).

        Args:
            numbers: what they are drawn with.
            count: how many.
            classes: one-hot, float32 (count, classes); by default each is drawn as often as it is
                in the data set.

        Returns:
            float32 (count, latent_dim), with classes (count, latent_dim + classes).
        """
        shape = (count, self._size)
        latents: Floats
        if self._normal:
            latents = numbers.standard_normal(shape, np.float32)
        else:
            latents = 2 * numbers.random(shape, np.float32) - 1
        if not self._classes:
            return latents
        if classes is None:
            drawn = numbers.choice(len(self._classes), count, p=self._shares)
            classes = np.eye(len(self._classes), dtype=np.float32)[drawn]
        return np.concatenate([latents, classes], 1)

    def classes(self, latents: Rows) -> Rows | None:
        """The one-hot part of latents, an array or a tensor (N, classes); None without classes."""
        if not self._classes:
            return None
        part: Rows = latents[:, self._size :]
        return part

    def of_class(self, latents: Floats, name: str) -> Floats:
        """The same latents with another class.

        Raises:
            ConfigError: if there is no such class.
        """
        places = {known: place for place, known in enumerate(self._classes)}
        changed: Floats = latents.copy()
        changed[:, self._size :] = 0
        changed[:, self._size + look_up("--class", name, places)] = 1
        return changed

    def grid(self, count: int, columns: int) -> Floats:
        """The latents of a grid: of the first `count` seeds.

        With classes there is a row for each, of the first `columns` seeds.
        """
        if not self._classes:
            return self.of(range(count))
        row = self.of(range(columns))
        return np.concatenate([self.of_class(row, name) for name in self._classes])

    def of(self, seeds: Sequence[int], truncation: float = 1) -> Floats:
        """The latent of each image seed, and where there are classes its class.

        Args:
            seeds: the seeds.
            truncation: what normal latents are multiplied by, 0 < truncation ≤ 1, which moves them
                towards their mean, 0: the images are plainer and more alike. Brock et al. 2018
                (arXiv 1809.11096) draw again each number beyond a threshold, which makes another
                image of the seed; scaled, as Karras et al. 2018 (arXiv 1812.04948) do it within
                their generator, a latent keeps its direction, and the image changes gradually.

        Returns:
            float32 (len(seeds), latent_dim), with classes (len(seeds), latent_dim + classes).
        """
        drawn = np.concatenate([self.draw(random.stream(seed, "picture"), 1) for seed in seeds])
        return self._truncated(drawn, truncation)

    def closed_interpolation(
        self, ends: Floats, frames: int, method: Interpolation | None = None
    ) -> Floats:
        """Latents along a closed way through `ends`, from the last of them back to the first.

        Normal latents follow the great circle between the ends of each stretch (White 2016, arXiv
        1609.04468), their lengths interpolated, so that the latents between are as likely as the
        ends; uniform ones the straight line, which does not leave their cube. The stretch from the
        last leads back to the first, which is not repeated: a film of it has no seam.
        The classes change evenly from one to the next.

        Args:
            ends: float32 (N, …), as `of` gives them.
            frames: from one to the next.
            method: "spherical" or "linear"; by default as the latents are distributed.

        Returns:
            float32 (N·frames, …).
        """
        is_arc = self._normal if method is None else method == "spherical"
        even = np.arange(frames)[:, None] / frames
        # Slower near each end, so that its image can be seen.
        shares = (even * even * (3 - 2 * even)).astype(np.float32)
        stretches = []
        for start, end in zip(ends, np.roll(ends, -1, 0), strict=True):
            stretch = _line(start, end, shares)
            if is_arc:
                numbers = slice(0, self._size)
                stretch[:, numbers] = _arc(start[numbers], end[numbers], shares)
            stretches.append(stretch)
        return np.concatenate(stretches)

    def _truncated(self, latents: Floats, truncation: float) -> Floats:
        latents[:, : self._size] *= np.float32(truncation)
        return latents


# From `start` to `end`, each (L,), at `shares` (frames, 1) of the way: (frames, L).


def _line(start: Floats, end: Floats, shares: Floats) -> Floats:
    return (1 - shares) * start + shares * end


def _arc(start: Floats, end: Floats, shares: Floats) -> Floats:
    first, last = float(np.linalg.norm(start)), float(np.linalg.norm(end))
    if not first * last:
        return _line(start, end, shares)
    angle = float(np.arccos(np.clip(np.dot(start / first, end / last), -1, 1)))
    if math.sin(angle) < 1e-6:
        # The same direction, or opposite ones with no shortest way between.
        return _line(start, end, shares)
    lengths = (1 - shares) * first + shares * last
    directions = np.sin((1 - shares) * angle) * start / first + np.sin(shares * angle) * end / last
    return np.asarray(lengths * directions / math.sin(angle), np.float32)
