"""Which images are trained on, in which order, and which are kept apart.

All of it follows from the seed and the step alone, so that a resumed run draws what it would
have drawn.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from lsgan import random
from lsgan.arrays import Flags, Indices


def split(count: int, val_fraction: float, seed: int) -> tuple[Indices, Indices]:
    """Divide `count` images into those to train on and those held out, both in rising order.

    Args:
        count: how many images there are.
        val_fraction: share to hold out, 0 ≤ val_fraction < 1, rounded down to whole images.
        seed: the run's; the same seed holds out the same images.

    Returns:
        The indices of both, in the narrowest type that holds them: 4 bytes for each image.
    """
    # The name of a stream is part of the seed: with another, other images would be held out.
    order = _permutation(random.stream(seed, "held-out pictures"), count)
    held_out, trained = np.split(order, [int(count * val_fraction)])
    # In place: they are parts of the one array.
    held_out.sort()
    trained.sort()
    return trained, held_out


@dataclass(frozen=True)
class Sampler:
    """The order in which images are drawn: every one once an epoch, shuffled anew each epoch.

    A batch may reach over the end of an epoch into the next; none is dropped or cut short.

    Attributes:
        images: the indices to draw from.
        batch_size: images in a step.
        seed: the run's.
        flip: whether half of the images, at random, are to be mirrored.
    """

    images: Indices
    batch_size: int
    seed: int
    flip: bool

    def batch(self, step: int) -> tuple[Indices, Flags]:
        """The images of one step and which of them are mirrored, each of shape (batch_size,)."""
        positions = np.arange(step * self.batch_size, (step + 1) * self.batch_size)
        epochs, places = np.divmod(positions, len(self.images))
        indices = np.empty(self.batch_size, np.int64)
        for epoch in np.unique(epochs):
            inside = epochs == epoch
            shuffled = _shuffled(len(self.images), self.seed, int(epoch))
            indices[inside] = self.images[shuffled[places[inside]]]
        flags = random.stream(self.seed, "horizontal flips", step).random(self.batch_size) < 0.5
        return indices, flags & self.flip

    def epoch(self, step: int) -> float:
        """How often the images have been gone through before `step`."""
        return step * self.batch_size / len(self.images)


# Two epochs can meet in one batch, and after it the first is not drawn from again.
@lru_cache(maxsize=1)
def _shuffled(count: int, seed: int, epoch: int) -> Indices:
    return _permutation(random.stream(seed, "order", epoch), count)


def _permutation(numbers: np.random.Generator, count: int) -> Indices:
    """As `numbers.permutation(count)`, in half of the memory where 32 bits hold an index."""
    order: Any = np.arange(count, dtype=np.uint32 if count <= 1 << 32 else np.int64)
    numbers.shuffle(order)
    shuffled: Indices = order
    return shuffled
