"""Which of the images that are here already a new one is a copy of."""

import numpy as np

from lsgan.arrays import Indices, Pixels
from lsgan.data.duplicates import MAX_DISTANCE, show_the_same, within_distance
from lsgan.scrape.catalogue import Catalogue
from lsgan.scrape.database import Row
from lsgan.scrape.decoding import SIDE

# The Hamming distance of many hashes at once; numpy counts bits only from 2.0 on.
_COUNTS_BITS = hasattr(np, "bitwise_count")


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
        near = _near(self._hashes[: self._count], row["phash"])
        ids = sorted(self._ids[: self._count][near].tolist())
        if not ids:
            return []
        rows = self._catalogue.candidates(ids)
        same = show_the_same(_pixels(row), np.stack([_pixels(other) for other in rows]))
        return [
            other
            for other, alike in zip(rows, same, strict=True)
            if alike or other["sha256"] == row["sha256"]
        ]


def _near(hashes: Indices, phash: int) -> Indices:
    """The places of the hashes that are near to `phash`; all are signed."""
    query, unsigned = np.uint64(phash % 2**64), hashes.view(np.uint64)
    if not _COUNTS_BITS:
        return np.flatnonzero(within_distance(unsigned, query))
    return np.flatnonzero(np.bitwise_count(unsigned ^ query) <= MAX_DISTANCE)


def _pixels(row: Row) -> Pixels:
    return np.frombuffer(row["thumbnail"], np.uint8).reshape(3, SIDE, SIDE)
