"""What the program has written itself, which is never taken for somebody's photographs."""

import contextlib
import json
from collections.abc import Collection
from pathlib import Path
from typing import Any

from lsgan.data.output import DUPLICATES, REJECTED, SHEET
from lsgan.data.pack import DESCRIPTION, FORMAT, IMAGES, MANIFEST

# A packed data set, in the order in which its files take their places.
OUTPUTS = (IMAGES, MANIFEST, REJECTED, DUPLICATES, SHEET, DESCRIPTION)

# A run (see `lsgan.checkpoints.run`), with what is made from it. The first two are in each.
_RUN = (
    *("config.yaml", "run.log", "metrics.jsonl", "losses.png", "samples", "checkpoints"),
    *("images", "metrics.json", "copies.png", "environment.json", "visualdl", "tensorboard"),
    "report.html",
)
_DEMONSTRATION = ".lsgan-demo"


def own(folder: Path, names: Collection[str]) -> frozenset[str]:
    """Which of the `names` in `folder` are of a packed data set or of a run there."""
    found: set[str] = set()
    if DESCRIPTION in names and description(folder) is not None:
        found |= set(OUTPUTS)
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
    return content if isinstance(content, dict) and content.get("format") == FORMAT else None
