"""WebDataset's samples: an image, and beside it files of the same name that tell of it.

The format: https://github.com/webdataset/webdataset (the key of a sample is the path of its files
up to the first dot in their names; what follows says what each file holds).

    000001.jpg   the image
    000001.json  an object: author, license, …
    000001.txt   its title
    000001.cls   its class
"""

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from lsgan.data.attribution import Row, attribution
from lsgan.data.candidate import Candidate
from lsgan.data.rows import json_value

_LONGEST = 1 << 24  # bytes of a side-car file
_TITLE, _CLASS = "title", "label"
_LONGEST_TITLE, _LONGEST_CLASS = 1000, 100  # characters


def read_samples(
    files: Mapping[str, Candidate],
) -> tuple[dict[str, Row], set[str], list[Candidate]]:
    """What the files beside the images tell of them.

    Args:
        files: all files of a source, by their paths.

    Returns:
        A row for each image that something is told of; the paths of the files that tell it; and
        those among them that cannot be read, as rejected ones.
    """
    rows: dict[str, Row] = {}
    used: dict[str, Candidate | None] = {}
    for file, candidate in files.items():
        if candidate.is_named_as_image:
            beside = {kind: files[path] for kind, path in _beside(file, files)}
            row, problems = _row(beside)
            if row:
                rows[file] = row
            used |= {each.file: None for each in beside.values() if each.file not in used}
            used |= {problem.file: problem for problem in problems}
    return rows, set(used), [problem for problem in used.values() if problem]


def _beside(file: str, files: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The endings and the paths of the files that tell of the image `file`."""
    path = PurePosixPath(file)
    key = path.name.partition(".")[0]
    for kind in (".json", ".txt", ".cls"):
        for name in (path.stem, key):
            place = str(path.with_name(name + kind)) if name else ""
            if place in files:
                yield kind, place
                break


def _row(beside: Mapping[str, Candidate]) -> tuple[dict[str, Any], list[Candidate]]:
    """What the files beside one image tell, and those that cannot be read."""
    row: dict[str, Any] = {}
    problems = []
    for kind, candidate in beside.items():
        try:
            text = _text(candidate.path)
            # An array is JSON too, such as the boxes of objects, and tells nothing of these things.
            told = json_value(text) if kind == ".json" else text.strip()
        except OSError as error:
            problems.append(candidate.rejected("unreadable", error.strerror or ""))
        except ValueError as error:
            problems.append(candidate.rejected("bad-metadata", str(error)))
        else:
            if isinstance(told, dict):
                row |= told
            elif kind == ".txt" and not (attribution(row) or {}).get(_TITLE):
                row[_TITLE] = text.strip()[:_LONGEST_TITLE]
            elif kind == ".cls" and 0 < len(text.strip()) <= _LONGEST_CLASS:
                row[_CLASS] = text.strip()
    return row, problems


def _text(path: Path) -> str:
    """The text of a file.

    Raises:
        OSError: if it cannot be read.
        ValueError: if it is too long.
    """
    with path.open("rb") as file:
        content = file.read(_LONGEST + 1)
    if len(content) > _LONGEST:
        raise ValueError(f"it has more than {_LONGEST >> 20} MB")
    return content.decode("utf-8-sig", errors="replace")
