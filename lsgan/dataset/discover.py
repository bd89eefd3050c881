"""Finding the files of a folder tree, in an order that no file system decides."""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from lsgan.dataset.pack import DESCRIPTION, MANIFEST
from lsgan.errors import DataError
from lsgan.files import read_lines

# What of a picture's line in a manifest travels with it into the packed data set.
ATTRIBUTION = ("title", "author", "license", "license_url", "page", "url", "original", "source")


@dataclass(frozen=True)
class Candidate:
    """A file that may be a picture.

    Attributes:
        path: where it is.
        source: the folder or file that was asked for, as it was given.
        file: the path below the source, with `/` between its parts on every system.
        category: the first folder below the source, the class in the usual layout; or none.
        attribution: whose it is, where a manifest of the source tells that.
    """

    path: Path
    source: str
    file: str
    category: str | None = None
    attribution: dict[str, Any] | None = None


def discover(sources: Sequence[Path], out: Path, outputs: frozenset[str]) -> list[Candidate]:
    """All files below `sources`, source by source, each sorted by its path.

    Of a folder with a manifest, as `lsgan scrape` writes it, the files are those it lists.

    Hidden files and folders (a leading dot) are left out, and so are the files named in
    `outputs` in the folder `out`. Links are followed; a folder that is reached twice, by a
    loop of links or by overlapping sources, is read once.

    Raises:
        DataError: if a source does not exist, or there is no file at all.
    """
    for source in sources:
        if not os.path.lexists(source):  # Path.exists raises where it may not look
            raise DataError(f"there is no file or folder {source}", "Check the path.")
    found: list[Candidate] = []
    seen: set[tuple[int, int]] = set()
    for source in sources:
        listed = _listed(source)
        if listed is not None:
            found += listed
        elif source.is_dir():
            paths = [path for path in _walk(source, seen) if not _is_output(path, out, outputs)]
            rows = [_candidate(path, source) for path in paths]
            found += sorted(rows, key=lambda row: row.file)
        else:
            found.append(Candidate(source, str(source), source.name))
    if not found:
        names = ", ".join(str(source) for source in sources)
        raise DataError(f"there are no files in {names}", "Name a folder with photographs in it.")
    return found


def _candidate(path: Path, source: Path) -> Candidate:
    file = path.relative_to(source).as_posix()
    folder, slash, _ = file.partition("/")
    return Candidate(path, str(source), file, folder if slash else None)


def _listed(source: Path) -> list[Candidate] | None:
    """The pictures that the manifest of the folder `source` lists; None if it has none.

    A packed data set has a manifest too, of pictures that lie elsewhere: it is none of these.
    """
    path = source / MANIFEST
    # Unlike Path.is_file, os.path.isfile does not raise where it may not look.
    if not os.path.isfile(path) or os.path.isfile(source / DESCRIPTION):  # noqa: PTH113
        return None
    rows = {row["file"]: row for row in read_lines(path) if isinstance(row.get("file"), str)}
    inside = [file for file in sorted(rows) if _stays_inside(file)]
    if not inside:
        return None
    return [
        Candidate(
            path=source / file,
            source=str(source),
            file=file,
            attribution={name: rows[file].get(name) for name in ATTRIBUTION},
        )
        for file in inside
    ]


def _stays_inside(file: str) -> bool:
    path = PurePosixPath(file)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in file


def _is_output(path: Path, out: Path, outputs: frozenset[str]) -> bool:
    return path.name in outputs and out.is_dir() and path.parent.samefile(out)


def _walk(folder: Path, seen: set[tuple[int, int]]) -> Iterator[Path]:
    """Every file below `folder` that is not hidden, and every folder that cannot be listed."""
    waiting = [folder]
    while waiting:
        current = waiting.pop()
        try:
            status = current.stat()
            names = sorted(os.listdir(current))  # noqa: PTH208 (sorted by name, not by path)
        except OSError:
            yield current
            continue
        if (status.st_dev, status.st_ino) in seen:
            continue
        seen.add((status.st_dev, status.st_ino))
        folders = []
        for name in names:
            if name.startswith("."):
                continue
            path = current / name
            if os.path.isdir(path):  # noqa: PTH112 (Path.is_dir raises where it may not look)
                folders.append(path)
            else:
                yield path
        waiting += reversed(folders)
