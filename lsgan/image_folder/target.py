"""The folder that is written: what stands there, and whether it may go."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lsgan.data.workspace import is_half_published
from lsgan.errors import DataError
from lsgan.io.files import writing

COMMAND = "export-data"
FORMAT = "lsgan-export-1"
# In the order in which they take their places: the description, which makes them an export, last.
# The folder is named as Hugging Face names that of a data set's one part.
IMAGES, CARD, DESCRIPTION = "train", "README.md", "export.json"
OUTPUTS = (IMAGES, CARD, DESCRIPTION)
METADATA = "metadata.jsonl"

_OWN = re.compile(rf"{IMAGES}/(\d+/)?\d+\.png|{IMAGES}/{re.escape(METADATA)}")


def check(path: Path, overwrite: bool) -> None:
    """Refuse a folder that holds anything but hidden files and what this command has written.

    Args:
        path: the folder; it need not exist.
        overwrite: whether an earlier export may be replaced.

    Raises:
        DataError: naming what is there.
        OutputError: if the folder cannot be listed.
    """
    with writing(path):
        try:
            names = {name for name in os.listdir(path) if name[0] != "."}  # noqa: PTH208
        except FileNotFoundError:
            return
    old = _description(path)
    ours = old is not None or is_half_published(path, COMMAND)
    foreign = sorted(names - set(OUTPUTS) if ours else names)
    foreign = foreign or [file for file in _files(path) if not _OWN.fullmatch(file)]
    if foreign:
        raise DataError(
            f"{path} holds {foreign[0]}, which lsgan {COMMAND} has not written",
            "Choose a folder for the export alone with --out.",
        )
    if old is not None and not overwrite:
        raise DataError(
            f"{path} holds an export of {old.get('count')} images",
            "Replace it with --overwrite, or choose another folder with --out.",
        )


def _files(path: Path) -> Iterator[str]:
    """Every file in the folder of images, by its path below the folder `path`."""
    for place, _, names in os.walk(path / IMAGES):
        for name in sorted(names):
            yield (Path(place) / name).relative_to(path).as_posix()


def _description(path: Path) -> dict[str, Any] | None:
    try:
        content = json.loads((path / DESCRIPTION).read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return None
    return content if isinstance(content, dict) and content.get("format") == FORMAT else None
