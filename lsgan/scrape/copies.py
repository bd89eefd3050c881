"""Which of the images that are here already a new one is a copy of."""

import numpy as np

from lsgan.arrays import Pixels
from lsgan.data.decode import Decoded
from lsgan.data.duplicates import show_the_same, within_distance
from lsgan.scrape.catalogue import Catalogue
from lsgan.scrape.database import Row

# The side of the small image that the catalogue keeps, to compare near copies by.
_SIDE = 32


def thumbnail(decoded: Decoded) -> bytes:
    """The image as 3 times 32 times 32 bytes, from its pixels (3, 64, 64)."""
    wide = decoded.pixels.astype(np.uint16)
    rows = wide[:, 0::2] + wide[:, 1::2]
    small: Pixels = ((rows[:, :, 0::2] + rows[:, :, 1::2] + 2) // 4).astype(np.uint8)
    return small.tobytes()


def signed(phash: int) -> int:
    """A perceptual hash of 64 bits as the signed number that SQLite holds."""
    return phash - 2**64 if phash >= 2**63 else phash


class Copies:
    """The kept images, and those deleted by hand, by their perceptual hashes.

    The hashes of all lie in memory, 16 bytes an image; the rest is read from the catalogue.
    """

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._count = 0
        self._hashes = np.empty(1024, np.int64)
        self._ids = np.empty(1024, np.int64)
        query = "SELECT id, phash FROM candidates WHERE state IN ('kept', 'removed')"
        for row in catalogue.each(query):
            self.add(row["id"], row["phash"])

    def add(self, number: int, phash: int) -> None:
        """Enter a kept image; `phash` is signed."""
        if self._count == len(self._ids):
            self._hashes = np.resize(self._hashes, 2 * self._count)
            self._ids = np.resize(self._ids, 2 * self._count)
        self._hashes[self._count], self._ids[self._count] = phash, number
        self._count += 1

    def remove(self, number: int) -> None:
        """Take out an image that is kept no more."""
        [place] = np.flatnonzero(self._ids[: self._count] == number)
        self._count -= 1
        self._hashes[place], self._ids[place] = self._hashes[self._count], self._ids[self._count]

    def of(self, row: Row) -> list[Row]:
        """The rows of the kept and removed images that show what the fetched one of `row` shows.

        Files with the same bytes always do.
        """
        hashes = self._hashes[: self._count].view(np.uint64)
        near = within_distance(hashes, np.uint64(row["phash"] % 2**64))
        ids = sorted(self._ids[: self._count][near].tolist())
        marks = ", ".join("?" * len(ids))
        rows = self._catalogue.rows(
            f"SELECT * FROM candidates WHERE id IN ({marks}) ORDER BY turn", *ids
        )
        if not rows:
            return []
        same = show_the_same(_pixels(row), np.stack([_pixels(other) for other in rows]))
        return [
            other
            for other, alike in zip(rows, same, strict=True)
            if alike or other["sha256"] == row["sha256"]
        ]


def _pixels(row: Row) -> Pixels:
    return np.frombuffer(row["thumbnail"], np.uint8).reshape(3, _SIDE, _SIDE)
