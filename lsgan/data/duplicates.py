"""Finding copies: files that are the same, and images that are nearly the same."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from lsgan.arrays import Flags, Floats, Indices, Pixels

Kind = Literal["identical", "near"]
Hashes = np.ndarray[Any, np.dtype[np.uint64]]

# Measured on 7190 photographs of landscapes: of 1485 near copies of 297 (other size, JPEG quality
# 40, 10 % brighter, all of these) 99.9 % are found; all 34 pairs found among the photographs show
# one image. Other moments of one scene reach 0.95, clear skies made at random 0.75.
MAX_DISTANCE = 7
MIN_CORRELATION = 0.95

# Copies agree in contrast and colour too, but for a little of it from channel to channel, as people
# edit photographs; what that leaves is looked at in means over an eighth of the width. No copy is
# lost to it of 150 photographs made brighter, warmer or more saturated; 2 of those 34 pairs are. Of
# 462 pairs of drawings that differ in colour alone 6 are taken for copies, instead of 411
# (scripts/ablation/copies.py).
_LEAST_GAIN = 0.7
_MAX_RESIDUAL = 30  # of 255, after a gain for each channel
_MAX_TINT = 42  # of 255, after one gain for all
_COLOUR_SIZE = 8
# Nor may anything small be another, such as a digit of a number: of these copies no mean over a
# thirty-second of the width is off by more than 103, of numbers that differ by a digit some by 125.
_MAX_SPOT = 112  # of 255, after a gain for each channel
_FLAT = 2.0  # a deviation in grey levels; in a channel with less a gain would mean nothing

# Detail is compared at 32x32 pixels, where the noise of JPEG has averaged out. A 5x5 mean is
# taken off, so that two skies or fogs with one gradient of brightness are not one image.
_DETAIL_SIZE = 32
_DETAIL_WINDOW = 5
_LEAST_DETAIL = 1.0  # a root mean square of 1/32 grey level; below, only rounding is left
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)  # ITU-R 601
_CHUNK = 1024

# Of the 4 bands of 16 bits, one holds at most 1 of 7 differing bits: looking up each band as it
# is and with each one bit flipped finds every hash within the distance.
_BANDS = 4
_FLIPS = np.concatenate([[0], 1 << np.arange(16)])
_BIT_COUNTS = np.array([value.bit_count() for value in range(256)], np.uint8)


@dataclass(frozen=True)
class Group:
    """One image that is kept and its copies that are not, by their indices.

    A copy is `identical` when its bytes are those of the kept file, and else `near`.
    """

    kept: int
    dropped: list[tuple[int, Kind]] = field(default_factory=list)


def find_duplicates(
    digests: Sequence[str], phashes: Sequence[int], preference: Sequence[int], pixels: Pixels
) -> list[Group]:
    """Group the copies among N images.

    Going from the most preferred image to the least, each one that is no copy yet gathers
    its copies. A copy of a copy does not join, so no chain of small changes ends in one group.

    Args:
        digests: N digests of the files.
        phashes: N perceptual hashes of 64 bits.
        preference: the N indices, the image to be kept before all others first.
        pixels: uint8 (N, 1 or 3, size, size), size a multiple of 32.

    Returns:
        The groups of two or more, in the order of the kept indices.
    """
    same: dict[str, list[int]] = {}
    for index in preference:
        same.setdefault(digests[index], []).append(index)
    hashes = np.array(phashes, np.uint64)
    lookup = _Lookup(hashes)
    free = np.zeros(len(digests), np.bool_)
    free[[members[0] for members in same.values()]] = True
    groups = []
    for first, *others in same.values():
        if not free[first]:
            continue
        free[first] = False
        near = lookup.within(hashes[first])
        near = near[free[near]]
        near = near[_are_copies(pixels, first, near)]
        free[near] = False
        group = Group(first, [(index, "identical") for index in others])
        for index in near.tolist():
            group.dropped.extend((copy, "near") for copy in same[digests[index]])
        if group.dropped:
            group.dropped.sort()
            groups.append(group)
    return sorted(groups, key=lambda group: group.kept)


class _Lookup:
    """The hashes sorted by each band: a query reads a few short ranges, not all N hashes."""

    def __init__(self, hashes: Hashes) -> None:
        self.hashes = hashes
        bands = _bands(hashes)
        self.orders = [np.argsort(band, kind="stable") for band in bands]
        values = np.arange(2**16 + 1)
        self.starts = [
            np.searchsorted(band[order], values)
            for band, order in zip(bands, self.orders, strict=True)
        ]

    def within(self, query: np.uint64) -> Indices:
        """The indices of all hashes at most `MAX_DISTANCE` bits from `query`, in order."""
        found = []
        for band, order, starts in zip(
            _bands(np.array([query])), self.orders, self.starts, strict=True
        ):
            values = band[0] ^ _FLIPS
            for start, stop in zip(starts[values], starts[values + 1], strict=True):
                if start < stop:
                    found.append(order[start:stop])
        indices = np.unique(np.concatenate(found)).astype(np.int64)
        return indices[within_distance(self.hashes[indices], query)]


def _bands(hashes: Hashes) -> Sequence[Indices]:
    return [
        hashes.view(np.uint16).reshape(-1, _BANDS)[:, k].astype(np.int64) for k in range(_BANDS)
    ]


def within_distance(hashes: Hashes, query: np.uint64) -> Flags:
    """Which of N perceptual hashes are near enough to `query` to be looked at, (N,)."""
    different = np.ascontiguousarray(hashes ^ query).view(np.uint8).reshape(-1, 8)
    # The Hamming distance; numpy itself counts bits only from 2.0 on.
    near: Flags = _BIT_COUNTS[different].sum(axis=1, dtype=np.int64) <= MAX_DISTANCE
    return near


def show_the_same(image: Pixels, others: Pixels) -> Flags:
    """Whether each of N images has the detail, the contrast and the colours of `image`, (N,).

    Args:
        image: uint8 (1 or 3, size, size), size a multiple of 32.
        others: uint8 (N, 1 or 3, size, size), of the same size.
    """
    detailed: Flags = _detail(others) @ _detail(image[None])[0] >= MIN_CORRELATION
    return detailed & _have_the_colours(image, others)


def _have_the_colours(image: Pixels, others: Pixels) -> Flags:
    """Whether a little contrast and brightness lead from `image` to each of N images, (N,)."""
    given, found = _values(image[None], _COLOUR_SIZE), _values(others, _COLOUR_SIZE)
    gain, residual = _fit(given, found)
    _, tint = _fit(given.reshape(1, 1, -1), found.reshape(len(others), 1, -1))
    _, spot = _fit(_values(image[None], _DETAIL_SIZE), _values(others, _DETAIL_SIZE))
    flags: Flags = (residual <= _MAX_RESIDUAL) & (tint <= _MAX_TINT) & (spot <= _MAX_SPOT)
    return flags & ((gain >= _LEAST_GAIN) & (gain <= 1 / _LEAST_GAIN)).all(axis=1)


def _values(pixels: Pixels, size: int) -> Floats:
    """The means of size·size blocks of N images, (N, channels, size²)."""
    return _blocks(pixels, size).reshape(*pixels.shape[:2], -1)


def _fit(given: Floats, found: Floats) -> tuple[Floats, Floats]:
    """The gain a channel from (1, C, K) values to (N, C, K), whose means are free, and the errors.

    Returns:
        The gains (N, C) by least squares, and the largest error of each of N (N,).
    """
    given = given - given.mean(axis=2, keepdims=True)
    found = found - found.mean(axis=2, keepdims=True)
    flat = _FLAT**2 * given.shape[2]
    gain = ((given * found).sum(axis=2) + flat) / ((given**2).sum(axis=2) + flat)
    return gain, np.abs(found - gain[:, :, None] * given).max(axis=(1, 2))


def _are_copies(pixels: Pixels, index: int, others: Indices) -> Flags:
    """Whether each of `others` shows what image `index` shows."""
    copies = np.zeros(len(others), np.bool_)
    for start in range(0, len(others), _CHUNK):
        part = slice(start, start + _CHUNK)
        copies[part] = show_the_same(pixels[index], pixels[others[part]])
    return copies


def _detail(pixels: Pixels) -> Floats:
    """Fine structure of the luma, (N, 1024), scaled to length 1: products are correlations."""
    count, channels = pixels.shape[:2]
    small = _blocks(pixels, _DETAIL_SIZE)
    luma = small[:, 0] if channels == 1 else np.tensordot(small, _LUMA, axes=(1, 0))
    margin = _DETAIL_WINDOW // 2
    padded = np.pad(luma, ((0, 0), (margin, margin), (margin, margin)), mode="edge")
    view = np.lib.stride_tricks.sliding_window_view
    windows = view(view(padded, _DETAIL_WINDOW, axis=1), _DETAIL_WINDOW, axis=2)
    detail = (luma - windows.mean(axis=(3, 4))).reshape(count, -1)
    length = np.linalg.norm(detail, axis=1, keepdims=True)
    # An image of one colour has no detail; it correlates with nothing.
    scaled: Floats = detail / np.where(length > _LEAST_DETAIL, length, np.float32(np.inf))
    return scaled


def _blocks(pixels: Pixels, size: int) -> Floats:
    """The means of size·size blocks of N images, float32 (N, channels, size, size)."""
    count, channels, side, _ = pixels.shape
    block = side // size
    means: Floats = pixels.reshape(count, channels, size, block, size, block).mean(
        axis=(3, 5), dtype=np.float32
    )
    return means
