"""Finding the files of a folder tree, in an order that no file system decides."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from lsgan.data.candidate import ATTRIBUTION, Candidate
from lsgan.data.metadata import described
from lsgan.data.own import is_demonstration, own
from lsgan.data.pack import DESCRIPTION, MANIFEST
from lsgan.errors import DataError
from lsgan.io.files import read_lines


def discover(
    sources: Sequence[Path],
    out: Path,
    outputs: frozenset[str],
    archives: Mapping[Path, Mapping[str, Path]] | None = None,
) -> list[Candidate]:
    """All files below `sources`, source by source, each sorted by its path.

    Of a folder with a manifest, as `lsgan scrape` writes it, the files are those it lists. Of the
    sources that are in `archives` they are those unpacked, by their names in the archive.

    Left out are hidden files and folders (a leading dot), the files named in `outputs` in the
    folder `out`, packed data sets, runs and demonstrations. Links are followed; a folder that is
    reached twice, by a loop of links or by overlapping sources, is read once.

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
            files = {path.relative_to(source).as_posix(): path for path in paths}
            found += _candidates(files, source)
        elif archives and source in archives:
            found += _candidates(archives[source], source)
        else:
            found.append(Candidate(source, str(source), source.name))
    if not found:
        raise no_images(map(str, sources))
    return found


def no_images(sources: Iterable[str]) -> DataError:
    """What to say of sources without any."""
    return DataError(
        f"there are no images in {', '.join(sources)}", "Name a folder with photographs in it."
    )


def _candidates(files: Mapping[str, Path], source: Path) -> list[Candidate]:
    rows = []
    for file in sorted(files):
        folder, slash, _ = file.partition("/")
        rows.append(Candidate(files[file], str(source), file, folder if slash else None))
    return described(rows)


def _listed(source: Path) -> list[Candidate] | None:
    """The images that the manifest of the folder `source` lists; None if it has none.

    A packed data set has a manifest too, of images that lie elsewhere: it is none of these.
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
        mine = own(current, names)
        for name in names:
            if name.startswith(".") or name in mine:
                continue
            path = current / name
            if os.path.isdir(path):  # noqa: PTH112 (Path.is_dir raises where it may not look)
                if not is_demonstration(path):
                    folders.append(path)
            else:
                yield path
        waiting += reversed(folders)
