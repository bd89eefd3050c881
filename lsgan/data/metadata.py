"""Hugging Face's layout of image folders: what `metadata.jsonl` tells, and folders for splits.

The format: https://huggingface.co/docs/datasets/image_dataset (a line or row for each image, whose
`file_name` is its path from the folder that the file of metadata is in).
"""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any

from lsgan.data.candidate import ATTRIBUTION, Candidate
from lsgan.io.files import read_lines

METADATA = ("metadata.jsonl", "metadata.csv")
_FILE_NAME = "file_name"
_SPLITS = {"train", "training", "test", "testing", "validation", "valid", "val", "dev", "eval"}

# Under which other names data sets tell what a manifest tells.
_OTHER_NAMES = {
    "title": ("text", "caption"),
    "author": ("creator", "artist", "photographer"),
    "license": ("licence",),
    "url": ("image_url",),
}


def described(candidates: list[Candidate]) -> list[Candidate]:
    """The images among the files of one source, each with what its metadata tells of it.

    The class of an image is the folder below that of its split, where all folders are splits.
    """
    told: dict[str, dict[str, Any]] = {}
    for candidate in candidates:
        if PurePosixPath(candidate.file).name in METADATA:
            told |= _read(candidate)
    images = [
        replace(candidate, attribution=told.get(candidate.file) or candidate.attribution)
        for candidate in candidates
        if PurePosixPath(candidate.file).name not in METADATA
    ]
    categories = {candidate.category for candidate in images}
    if categories and categories <= _SPLITS:
        return [replace(image, category=_below_split(image.file)) for image in images]
    return images


def _below_split(file: str) -> str | None:
    _, *folders, _ = PurePosixPath(file).parts
    return folders[0] if folders else None


def _read(candidate: Candidate) -> dict[str, dict[str, Any]]:
    """What a file of metadata tells, by the image's path below the source."""
    folder = PurePosixPath(candidate.file).parent
    found = {}
    for row in _rows(candidate.path, candidate.file):
        name = row.get(_FILE_NAME)
        attribution = dict(_attribution(row))
        if isinstance(name, str) and attribution:
            found[(folder / name).as_posix()] = attribution
    return found


def _rows(path: Path, name: str) -> Iterable[dict[str, Any]]:
    try:
        if name.endswith(".jsonl"):
            return read_lines(path)
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
            return list(csv.DictReader(file))
    except (OSError, csv.Error):
        return []


def _attribution(row: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name in ATTRIBUTION:
        values = (row.get(key) for key in (name, *_OTHER_NAMES.get(name, ())))
        value = next((value for value in values if isinstance(value, str) and value), None)
        if value:
            yield name, value
