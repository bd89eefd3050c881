"""Hugging Face's image folders: what `metadata.jsonl` or `metadata.csv` tells of the images.

The format: https://huggingface.co/docs/datasets/image_dataset (a line or row for each image, whose
`file_name` is its path from the folder that the file of metadata is in).
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from lsgan.data.attribution import Row
from lsgan.data.candidate import Candidate
from lsgan.data.rejection import RejectedError
from lsgan.data.rows import Rows, csv_rows, json_rows

METADATA = ("metadata.jsonl", "metadata.csv")
_FILE_NAME = "file_name"
_SPLITS = {"train", "training", "test", "testing", "validation", "valid", "val", "dev", "eval"}


def is_metadata(candidate: Candidate) -> bool:
    """Whether a file is named as one of metadata."""
    return PurePosixPath(candidate.file).name in METADATA


def are_splits(folders: set[str | None]) -> bool:
    """Whether folders are those of the parts of a data set, and no classes."""
    return bool(folders) and folders <= _SPLITS


def read_metadata(
    metadata: Candidate, files: Mapping[str, Candidate]
) -> tuple[dict[str, Row], list[Candidate]]:
    """What a file of metadata tells of the images, by their paths below the source.

    Args:
        metadata: the file.
        files: all files of the source, by their paths.

    Returns:
        The rows; and, as files that are rejected, what is wrong: the lines that cannot be read, the
        images that are not there, and those that would lie outside the source.
    """
    try:
        table = (json_rows if metadata.file.endswith(".jsonl") else csv_rows)(metadata.path)
    except OSError as error:
        return {}, [metadata.rejected("unreadable", error.strerror or "")]
    named = [row for row in table.found if isinstance(row.get(_FILE_NAME), str) and row[_FILE_NAME]]
    problems = list(_complaints(metadata, table, len(named)))
    found: dict[str, Row] = {}
    for row in named:
        file = _place(metadata, row[_FILE_NAME], files)
        if file is not None and file in files:
            found[file] = row
        else:
            problems.append(_absent(metadata, row[_FILE_NAME], file))
    return found, problems


def _complaints(metadata: Candidate, table: Rows, named: int) -> Iterator[Candidate]:
    nameless = len(table.found) - named
    if table.bad:
        yield metadata.rejected("bad-metadata", table.complaint())
    if nameless:
        lines = f"{nameless} of its rows have" if named else "none of its rows has"
        yield metadata.rejected("bad-metadata", f"{lines} {'no' if named else 'a'} {_FILE_NAME}")


def _place(metadata: Candidate, name: str, files: Mapping[str, Any]) -> str | None:
    """The path of an image below the source; None if it would lie elsewhere."""
    folder = PurePosixPath(metadata.file).parent
    path = _joined(folder, name)
    # Programs for Windows write the separator of that system.
    return path if path in files else _joined(folder, name.replace("\\", "/"))


def _joined(folder: PurePosixPath, name: str) -> str | None:
    if name.startswith("/") or re.match(r"[A-Za-z]:[\\/]", name):
        return None
    parts = list(folder.parts)
    for part in PurePosixPath(name).parts:
        if part != "..":
            parts.append(part)
        elif parts:
            parts.pop()
        else:
            return None
    return "/".join(parts)


def _absent(metadata: Candidate, name: str, file: str | None) -> Candidate:
    """An image that is named in metadata and not among the files."""
    if file is None:
        rejection = RejectedError("outside", f"{metadata.file} names it, outside the folder")
    else:
        rejection = RejectedError("missing", f"{metadata.file} names it, and it is not there")
    return Candidate(metadata.path, metadata.source, file or name, rejection=rejection)
