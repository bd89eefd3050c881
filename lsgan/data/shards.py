"""The pixels of a data set: in one numpy file, or in shards that are read as if they were one."""

import mmap
import operator
import re
import shlex
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import numpy as np

from lsgan.arrays import Indices, Pixels, Samples
from lsgan.errors import DataError

IMAGES = "images.npy"
_SHARD = re.compile(r"images-\d{5,}-of-\d{5,}\.npy")

# A mapped file takes one of the files that a process may have open: macOS allows 256 of them, Linux
# 1024.
_MOST_OPEN = 128 if sys.platform == "darwin" else 512
# Of a larger pack not all can be expected to be in memory soon, and images are drawn at random.
_ALL_IN_MEMORY = 1 << 30
# Of a numpy file, in bytes: its length is a multiple of the second.
_LONGEST_HEADER, _ALIGNMENT = 1 << 10, 64


def image_files(count: int, shard_size: int | None) -> list[str]:
    """The names of the files of `count` images, at most `shard_size` in each, in their order."""
    if shard_size is None:
        return [IMAGES]
    shards = -(-count // shard_size)
    return [f"images-{shard:05}-of-{shards:05}.npy" for shard in range(shards)]


def is_image_file(name: str) -> bool:
    """Whether a file of a data set has this name and holds its pixels."""
    return name == IMAGES or _SHARD.fullmatch(name) is not None


def open_images(folder: Path, shape: tuple[int, ...], shard_size: int | None) -> Samples:
    """The images of the data set in `folder`, memory-mapped and read-only.

    Args:
        folder: where the files are.
        shape: (N, channels, size, size).
        shard_size: how many images each file but the last has; None if all are in one.

    Raises:
        DataError: if a file is missing, damaged or holds something else.
    """
    if shard_size is None:
        return _open(folder / IMAGES, shape, int(np.prod(shape)) > _ALL_IN_MEMORY)
    # It has what those who read images need of an array.
    return cast(Samples, ShardedImages(folder, shape, shard_size))


class ShardedImages:
    """Images in several files, indexed as one array, uint8 (N, channels, size, size).

    At most 512 of the files are mapped at a time, on macOS 128. Mapping one takes about 0.3 ms.

    Args:
        folder: where the files are.
        shape: of all together.
        shard_size: how many images each file but the last has.

    Raises:
        DataError: if a file is missing, or too short or too long; later, if it is damaged.
    """

    dtype = np.dtype(np.uint8)

    def __init__(self, folder: Path, shape: tuple[int, ...], shard_size: int) -> None:
        self.shape = shape
        self._shard_size = shard_size
        self._paths = [folder / name for name in image_files(shape[0], shard_size)]
        self._shard = lru_cache(_MOST_OPEN)(self._open)
        for number, path in enumerate(self._paths):
            rows = self._rows(number)
            # Its header is read when it is first mapped: that of all files would take long.
            header = _length(path) - rows * self._row_bytes
            if not 0 < header < _LONGEST_HEADER or header % _ALIGNMENT:
                raise damaged(folder, f"{path.name} does not hold {rows} images")

    @property
    def ndim(self) -> int:
        """4."""
        return len(self.shape)

    @property
    def nbytes(self) -> int:
        """Of all pixels."""
        return self.shape[0] * self._row_bytes

    def __len__(self) -> int:
        return self.shape[0]

    def __iter__(self) -> Iterator[Pixels]:
        return (self._one(index) for index in range(len(self)))

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Samples:
        if copy is False:
            raise ValueError("the images of several files are one array only as a copy")
        return self[:].astype(dtype or self.dtype, copy=False)

    def __getitem__(self, key: Any) -> Pixels:
        """Images as of an array: one by its index, or several by a slice, indices or flags.

        Raises:
            IndexError: if one is out of range, or something else is asked for.
        """
        if isinstance(key, slice):
            start, stop, step = key.indices(len(self))
            if step == 1:
                return self._range(start, stop)
            return self._several(np.arange(start, stop, step))
        if isinstance(key, tuple) or key is None or key is Ellipsis:
            raise IndexError("of the images of several files, only whole ones can be asked for")
        if np.ndim(key) == 0:
            return self._one(operator.index(key))
        indices = np.asarray(key)
        if indices.dtype == np.bool_:
            if indices.shape != self.shape[:1]:
                raise IndexError(f"{indices.shape} flags do not fit {len(self)} images")
            indices = np.flatnonzero(indices)
        if indices.size and not np.issubdtype(indices.dtype, np.integer):
            raise IndexError("images are indexed by whole numbers")
        return self._several(indices.astype(np.int64))

    def _one(self, index: int) -> Pixels:
        if not -len(self) <= index < len(self):
            raise IndexError(f"there is no image {index} of {len(self)}")
        shard, row = divmod(index % len(self), self._shard_size)
        image: Pixels = self._shard(shard)[row]
        return image

    def _range(self, start: int, stop: int) -> Pixels:
        """Consecutive images: of one file a view, else a copy."""
        first, last = start // self._shard_size, (stop - 1) // self._shard_size
        if start < stop and first == last:
            offset = first * self._shard_size
            return self._shard(first)[start - offset : stop - offset]
        return self._several(np.arange(start, stop))

    def _several(self, indices: Indices) -> Pixels:
        found = np.empty((indices.size, *self.shape[1:]), np.uint8)
        flat = indices.reshape(-1)
        if flat.size and not (-len(self) <= flat.min() and flat.max() < len(self)):
            raise IndexError(f"an index is out of the range of {len(self)} images")
        shards, rows = np.divmod(flat % len(self), self._shard_size)
        for shard in np.unique(shards):
            places = np.flatnonzero(shards == shard)
            found[places] = self._shard(int(shard))[rows[places]]
        return found.reshape(*indices.shape, *self.shape[1:])

    def _rows(self, shard: int) -> int:
        return min(self._shard_size, len(self) - shard * self._shard_size)

    @property
    def _row_bytes(self) -> int:
        return int(np.prod(self.shape[1:]))

    def _open(self, shard: int) -> Samples:
        shape = self._rows(shard), *self.shape[1:]
        return _open(self._paths[shard], shape, self.nbytes > _ALL_IN_MEMORY)


def damaged(folder: Path, what: str) -> DataError:
    """What to say of a data set whose files are not what they were."""
    return DataError(
        f"cannot read the data set in {folder}: {what}",
        "It is damaged: move it away and run lsgan prepare again with --out "
        f"{shlex.quote(str(folder))}",
    )


def _length(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise damaged(path.parent, str(error)) from error


def _open(path: Path, shape: tuple[int, ...], is_large: bool) -> Samples:
    try:
        images = np.load(path, mmap_mode="r")
    except (OSError, EOFError, ValueError) as error:
        raise damaged(path.parent, str(error)) from error
    if not isinstance(images, np.ndarray):
        raise damaged(path.parent, f"{path.name} is not one numpy array")
    if images.dtype != np.uint8 or images.shape != shape:
        raise damaged(
            path.parent, f"{path.name} is {images.dtype} {images.shape}, not uint8 {shape}"
        )
    if is_large:
        _read_only_what_is_drawn(images)
    return images


def _read_only_what_is_drawn(images: Pixels) -> None:
    """Keep the system from reading the ten images beside each that is drawn."""
    file = images.base
    if isinstance(file, mmap.mmap) and hasattr(mmap, "MADV_RANDOM"):
        file.madvise(mmap.MADV_RANDOM)
