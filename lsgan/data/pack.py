"""The packed data set: a folder that any program can read.

    images.npy       uint8, (N, channels, size, size), RGB or grey, opened memory-mapped; or shards,
                     images-00000-of-00010.npy and so on, each with as many images but the last
    manifest.jsonl   line i tells where image i came from
    pack.json        format, kind, count, channels, size, images in a shard, the digest of the
                     pixels and the settings they were packed with; written last, so that a folder
                     without it holds no data set

The kind is "images" or "pairs": of a pair the first half of the channels is the image that a
generator is given, the second half the one that it is to make of it.

A reader needs numpy and nothing else: `numpy.load("images.npy", mmap_mode="r")`. The digest does
not depend on how the images are divided.
"""

import hashlib
import json
import os
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from lsgan.arrays import Pixels, Samples
from lsgan.data.shards import IMAGES as IMAGES
from lsgan.data.shards import damaged, is_image_file, open_images
from lsgan.errors import DataError
from lsgan.io.files import each_line

FORMAT = "lsgan-pack-1"
# With shards, which readers of the first format do not know.
SHARDED_FORMAT = "lsgan-pack-2"
FORMATS = (FORMAT, SHARDED_FORMAT)
Kind = Literal["images", "pairs", "curves"]
MANIFEST, DESCRIPTION = "manifest.jsonl", "pack.json"

# Where `lsgan scrape` packs what it has collected, in the folder of the set.
PACKED = "packed"


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
        return list(self.rows())

    def rows(self) -> Iterator[dict[str, Any]]:
        """The same, one after another, of which only one is in memory."""
        return each_line(self.path / MANIFEST)


def describe(
    images: Pixels,
    kind: Kind = "images",
    settings: Mapping[str, Any] | None = None,
    shard_size: int | None = None,
) -> dict[str, Any]:
    """The content of `pack.json`.

    Args:
        images: the pixels, (N, channels, size, size).
        kind: what a row of them is.
        settings: how they were packed, where that is known.
        shard_size: how many of them each file but the last has; None if all are in one.
    """
    return {
        "format": SHARDED_FORMAT if shard_size else FORMAT,
        "kind": kind,
        "count": int(images.shape[0]),
        "channels": int(images.shape[1]),
        "size": int(images.shape[2]),
        **({"shard_size": shard_size} if shard_size else {}),
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
    # Unlike Path.is_dir, os.path.isdir does not raise where it may not look.
    if not os.path.isdir(path):  # noqa: PTH112
        raise DataError(f"there is no folder {path}", prepare)
    if not os.path.isfile(path / DESCRIPTION):  # noqa: PTH113
        raise DataError(f"{path} holds no packed data set (no {DESCRIPTION})", prepare)
    try:
        description = json.loads((path / DESCRIPTION).read_text(encoding="utf-8"))
        if description["format"] not in FORMATS:
            known = " or ".join(FORMATS)
            raise damaged(path, f"its format is {description['format']!r}, not {known}")
        size = int(description["size"])
        shape = (int(description["count"]), int(description["channels"]), size, size)
        shard_size = None
        if description["format"] == SHARDED_FORMAT:
            shard_size = max(1, int(description["shard_size"]))
        digest = str(description["sha256"])
        kind = description.get("kind", "images")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise damaged(path, str(error)) from error
    images = open_images(path, shape, shard_size)
    if not len(images):
        raise DataError(f"the data set in {path} is empty", prepare)
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
    return bool(names) and not any(map(is_image_file, names))


def _digest(images: Pixels) -> str:
    """SHA-256 of the pixels, read in slices so that memory stays small."""
    digest = hashlib.sha256()
    for start in range(0, len(images), 1024):
        digest.update(np.ascontiguousarray(images[start : start + 1024]).data)
    return digest.hexdigest()
