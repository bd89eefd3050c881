"""The packed data set: a folder that any program can read.

    images.npy       uint8, (N, channels, size, size), RGB or grey, opened memory-mapped
    manifest.jsonl   line i tells where image i came from
    pack.json        format, kind, count, channels, size, the digest of the pixels and the settings
                     they were packed with; written last, so that a folder without it holds no data
                     set

The kind is "images" or "pairs": of a pair the first half of the channels is the image that a
generator is given, the second half the one that it is to make of it.

A reader needs numpy and nothing else: `numpy.load("images.npy", mmap_mode="r")`.
"""

import hashlib
import json
import mmap
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from lsgan.arrays import Pixels, Samples
from lsgan.errors import DataError
from lsgan.io.files import read_lines

FORMAT = "lsgan-pack-1"
Kind = Literal["images", "pairs", "curves"]
IMAGES, MANIFEST, DESCRIPTION = "images.npy", "manifest.jsonl", "pack.json"

# Of a larger pack not all can be expected to be in memory soon, and images are drawn at random.
_ALL_IN_MEMORY = 1 << 30

# Where `lsgan scrape` packs what it has collected, in the folder of the set.
PACKED = "packed"

_AGAIN = "It is damaged: move it away and run lsgan prepare again"


@dataclass(frozen=True)
class Pack:
    """A packed data set, opened.

    Attributes:
        path: its folder.
        images: uint8 (N, channels, size, size), memory-mapped and read-only; of curves, which are
            computed, float32 (N, points).
        digest: SHA-256 of the pixels, in hexadecimal: two packs with one digest are the same.
        kind: what a row of `images` is.
    """

    path: Path
    images: Samples
    digest: str
    kind: Kind = "images"

    def __len__(self) -> int:
        return len(self.images)

    @property
    def channels(self) -> int:
        """3 for colour, 1 for grey; of pairs twice that."""
        return int(self.images.shape[1])

    @property
    def size(self) -> int:
        """Height and width of an image in pixels."""
        return int(self.images.shape[2])

    def manifest(self) -> list[dict[str, Any]]:
        """Where each image came from, in the order of `images`."""
        return read_lines(self.path / MANIFEST)


def describe(
    images: Pixels, kind: Kind = "images", settings: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The content of `pack.json`.

    Args:
        images: the pixels, (N, channels, size, size).
        kind: what a row of them is.
        settings: how they were packed, where that is known.
    """
    return {
        "format": FORMAT,
        "kind": kind,
        "count": int(images.shape[0]),
        "channels": int(images.shape[1]),
        "size": int(images.shape[2]),
        "sha256": _digest(images),
        **({"settings": dict(settings)} if settings else {}),
    }


def open_pack(path: Path, options: str = "", collect: str = "") -> Pack:
    """Open the packed data set in the folder `path`, or in `packed` inside it.

    Args:
        path: the folder.
        options: those with which `lsgan prepare` makes what is wanted, for where there is none.
        collect: how else to come by it, in words.

    Raises:
        DataError: if there is none, or its files do not fit together.
    """
    path = find_pack(path)
    prepare = _how_to_make(path, options, collect)
    again = f"{_AGAIN} with --out {shlex.quote(str(path))}"
    # Unlike Path.is_dir, os.path.isdir does not raise where it may not look.
    if not os.path.isdir(path):  # noqa: PTH112
        raise DataError(f"there is no folder {path}", prepare)
    if not os.path.isfile(path / DESCRIPTION):  # noqa: PTH113
        raise DataError(f"{path} holds no packed data set (no {DESCRIPTION})", prepare)
    try:
        description = json.loads((path / DESCRIPTION).read_text(encoding="utf-8"))
        if description["format"] != FORMAT:
            raise DataError(f"{path} has the format {description['format']!r}, not {FORMAT}", again)
        images = np.load(path / IMAGES, mmap_mode="r")
        size = description["size"]
        expected = (description["count"], description["channels"], size, size)
        digest = str(description["sha256"])
        kind = description.get("kind", "images")
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise DataError(f"cannot read the data set in {path}: {error}", again) from error
    if not isinstance(images, np.ndarray):
        raise DataError(f"{path / IMAGES} is not one numpy array", again)
    if images.dtype != np.uint8 or images.shape != expected:
        raise DataError(
            f"{path / IMAGES} is {images.dtype} {images.shape}, not uint8 {expected}", again
        )
    if expected[0] == 0:
        raise DataError(f"the data set in {path} is empty", prepare)
    if images.nbytes > _ALL_IN_MEMORY:
        _read_only_what_is_drawn(images)
    return Pack(path, images, digest, kind)


def find_pack(path: Path) -> Path:
    """The folder of the data set that `path` means: itself, or `packed` in it if only that is one.

    That is where `lsgan scrape` packs a set that it has collected into the folder `path`.
    """
    inside = path / PACKED
    is_one, has_one = (
        os.path.isfile(folder / DESCRIPTION)  # noqa: PTH113 (raises nothing)
        for folder in (path, inside)
    )
    return inside if has_one and not is_one else path


def _how_to_make(path: Path, options: str, collect: str) -> str:
    """The command that makes a data set for someone who named `path`, in words.

    Its photographs are those in the folder itself, those of a scraped set around it, or others.
    """
    photographs, out = "PHOTOGRAPHS", path
    if _has_images(path):
        photographs, out = shlex.quote(str(path)), path / PACKED
    elif os.path.isfile(path.parent / MANIFEST):  # noqa: PTH113
        photographs = shlex.quote(str(path.parent))
    words = ["lsgan prepare", photographs, "--out", shlex.quote(str(out)), options]
    command = " ".join(filter(None, words))
    if collect and photographs == "PHOTOGRAPHS":
        return f"{collect}, or make one of your own photographs with: {command}"
    return f"Make one with: {command}"


def _has_images(path: Path) -> bool:
    """Whether a folder holds anything to pack, and not half a data set."""
    try:
        names = {name for name in os.listdir(path) if name[0] != "."}  # noqa: PTH208
    except OSError:
        return False
    return bool(names) and IMAGES not in names


def _read_only_what_is_drawn(images: Pixels) -> None:
    """Keep the system from reading the ten images beside each that is drawn."""
    file = images.base
    if isinstance(file, mmap.mmap) and hasattr(mmap, "MADV_RANDOM"):
        file.madvise(mmap.MADV_RANDOM)


def _digest(images: Pixels) -> str:
    """SHA-256 of the pixels, read in slices so that memory stays small."""
    digest = hashlib.sha256()
    for start in range(0, len(images), 1024):
        digest.update(np.ascontiguousarray(images[start : start + 1024]).data)
    return digest.hexdigest()
