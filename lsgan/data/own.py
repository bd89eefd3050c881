"""What the program has written itself, which is never taken for somebody's photographs."""

import contextlib
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from lsgan.data.output import DUPLICATES, REJECTED, SHEET
from lsgan.data.pack import DESCRIPTION, FORMATS, MANIFEST
from lsgan.data.shards import image_files, is_image_file

# A packed data set, in the order in which its files take their places after those of its pixels.
_OUTPUTS = (MANIFEST, REJECTED, DUPLICATES, SHEET, DESCRIPTION)

# A run (see `lsgan.checkpoints.run`), with what is made from it. The first two are in each.
_RUN = (
    *("config.yaml", "run.log", "metrics.jsonl", "losses.png", "samples", "checkpoints"),
    *("images", "metrics.json", "copies.png", "environment.json", "visualdl", "tensorboard"),
    "report.html",
)
_DEMONSTRATION = ".lsgan-demo"


def files_of(count: int, shard_size: int | None) -> list[str]:
    """The files of a data set of `count` images, in the order in which they take their places."""
    return [*image_files(count, shard_size), *_OUTPUTS]


def outputs(names: Collection[str]) -> frozenset[str]:
    """Which of the `names` are those of files of a packed data set."""
    return frozenset(name for name in names if name in _OUTPUTS or is_image_file(name))


def own(folder: Path, names: Collection[str]) -> frozenset[str]:
    """Which of the `names` in `folder` are of a packed data set or of a run there."""
    found: set[str] = set()
    if DESCRIPTION in names and description(folder) is not None:
        found |= outputs(names)
    if set(_RUN[:2]) <= set(names):
        found |= set(_RUN)
    return frozenset(found)


def is_demonstration(folder: Path) -> bool:
    """Whether `lsgan demo` has made the folder, in which it keeps what it renders."""
    with contextlib.suppress(OSError):
        return (folder / _DEMONSTRATION).is_file()
    return False


def description(folder: Path) -> dict[str, Any] | None:
    """The content of the `pack.json` in `folder`; None if it is none of a packed data set."""
    try:
        content = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and content.get("format") in FORMATS else None
