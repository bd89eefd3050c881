"""Some images of a data set, read when they are asked for."""

from collections.abc import Iterator
from typing import Any, cast

import numpy as np

from lsgan.arrays import Indices, Samples


def select(images: Samples, indices: Indices) -> Samples:
    """As `images[indices]`, of which nothing is in memory yet.

    Args:
        images: memory-mapped, (N, …).
        indices: which of them, in one dimension.

    Returns:
        What is indexed by whole rows, of which each index gives a copy.
    """
    # It has what those who read images need of an array.
    return cast(Samples, _Selection(images, indices))


class _Selection:
    def __init__(self, images: Samples, indices: Indices) -> None:
        self._images = images
        self._indices = indices
        self.shape = (len(indices), *images.shape[1:])
        self.dtype = images.dtype
        self.ndim = images.ndim

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, key: Any) -> Samples:
        if isinstance(key, tuple):
            columns = (slice(None), *key[1:])
            chosen: Samples = self[key[0]][columns]
        else:
            chosen = self._images[self._indices[key]]
        return chosen

    def __iter__(self) -> Iterator[Samples]:
        return (self._images[index] for index in self._indices)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Samples:
        if copy is False:
            raise ValueError("a selection of images is an array only as a copy")
        return np.asarray(self[:], dtype)
