"""Writing the files of a data set, with little memory and no trust in file names."""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
from PIL import Image

from lsgan.arrays import Pixels
from lsgan.data.shards import image_files
from lsgan.io.files import writing
from lsgan.io.images import grid, side_by_side

# Not all versions of numpy give the types of these functions.
_npy: Any = np.lib.format

# What stands beside the data set itself (see `lsgan.data.pack`): what was left out, and a sheet
# to look at.
REJECTED, DUPLICATES, SHEET = "rejected.jsonl", "duplicates.jsonl", "contact-sheet.png"

_CHUNK = 1024
_SHEET_COLUMNS, _SHEET_IMAGES = 10, 100


class Spool:
    """Decoded pixels on their way to the data set: on the disk, so that memory stays small."""

    def __init__(self, path: Path, shape: tuple[int, int, int]) -> None:
        self.path = path
        self.shape = shape
        with writing(path):
            self.file = path.open("wb")

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with writing(self.path):
            self.file.close()

    def append(self, image: Pixels) -> None:
        """Add one image, uint8 of the spool's shape."""
        with writing(self.path):
            self.file.write(image.tobytes())

    def read(self) -> Pixels:
        """All images, uint8 (N, channels, size, size), memory-mapped; N is not 0."""
        return np.memmap(self.path, np.uint8, mode="r").reshape(-1, *self.shape)


def write_images(
    folder: Path, pixels: Pixels, rows: Sequence[int], shard_size: int | None = None
) -> None:
    """Write the chosen rows of `pixels`, uint8 (N, channels, size, size), as numpy files.

    Written piece by piece rather than through a memory map: on a full disk a mapped write ends
    the process, while this one raises an error.

    Args:
        folder: where.
        pixels: the images.
        rows: which of them.
        shard_size: most images in a file; None for one file.
    """
    most = shard_size or len(rows)
    for number, name in enumerate(image_files(len(rows), shard_size)):
        _write(folder / name, pixels, rows[number * most : (number + 1) * most])


def _write(path: Path, pixels: Pixels, rows: Sequence[int]) -> None:
    header = {
        "descr": _npy.dtype_to_descr(pixels.dtype),
        "fortran_order": False,
        "shape": (len(rows), *pixels.shape[1:]),
    }
    with writing(path), path.open("wb") as file:
        _npy.write_array_header_1_0(file, header)
        for start in range(0, len(rows), _CHUNK):
            file.write(pixels[list(rows[start : start + _CHUNK])].tobytes())


def contact_sheet(images: Pixels, pairs: bool = False) -> Image.Image:
    """At most 100 of the images, uint8 (N, channels, size, size), from all over the set.

    The two of a pair are shown side by side.
    """
    count = min(len(images), _SHEET_IMAGES)
    chosen = images[np.linspace(0, len(images) - 1, count).round().astype(np.int64)]
    return grid(side_by_side(chosen) if pairs else chosen, columns=_SHEET_COLUMNS)
