"""Finding the files of a folder tree, in an order that no file system decides."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath

from lsgan.data.archives import Archives, Contents, is_archive, is_named_as_tar
from lsgan.data.attribution import Row, attribution
from lsgan.data.candidate import Candidate
from lsgan.data.metadata import described
from lsgan.data.own import is_demonstration, own
from lsgan.data.pack import DESCRIPTION, MANIFEST
from lsgan.data.rows import json_rows
from lsgan.errors import DataError


def discover(
    sources: Sequence[Path],
    out: Path,
    outputs: frozenset[str],
    archives: Archives | None = None,
) -> list[Candidate]:
    """All files below `sources`, source by source, each sorted by its path.

    Of a folder with a manifest, as `lsgan scrape` writes it, the files are those it lists. An
    archive's are those in it, and so are those of a tar archive in a folder, as WebDataset's
    shards are. Files that tell of images are left out, and what they tell is kept with the images
    (see `lsgan.data.metadata`). What is wrong with them or with an archive is among the files too,
    as rejected.

    Left out are hidden files and folders (a leading dot), the files named in `outputs` in the
    folder `out`, packed data sets, runs and demonstrations. Links are followed; a folder that is
    reached twice, by a loop of links or by overlapping sources, is read once.

    Args:
        sources: folders and files.
        out: where a data set is to be written.
        outputs: names of its files.
        archives: unpacks archives; without it they are files like others.

    Raises:
        DataError: if a source does not exist, if there is no file at all, or if the one source is
            an archive that is damaged.
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
            found += _of_folder(paths, source, archives)
        elif archives and is_archive(source):
            found += _of_archive(source, archives, alone=len(sources) == 1)
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


def _of_folder(paths: Iterable[Path], source: Path, archives: Archives | None) -> list[Candidate]:
    """The files at `paths`, which lie below the folder `source`; tar archives are unpacked."""
    files: dict[str, Path] = {}
    broken: list[Candidate] = []
    for path in paths:
        file = Candidate(path, str(source), path.relative_to(source).as_posix())
        if archives and is_named_as_tar(file.file) and is_archive(path):
            contents = archives.unpack(path)
            files |= {f"{file.file}/{name}": place for name, place in contents.files.items()}
            broken += _damage(file, contents)
        else:
            files[file.file] = path
    return _candidates(files, source) + broken


def _of_archive(source: Path, archives: Archives, alone: bool) -> list[Candidate]:
    contents = archives.unpack(source)
    if alone and contents.damage:
        raise DataError(
            f"cannot unpack {source}: {contents.damage}",
            "Fetch it again, or unpack it yourself and name the folder.",
        )
    broken = _damage(Candidate(source, str(source), source.name), contents)
    return _candidates(contents.files, source) + broken


def _damage(archive: Candidate, contents: Contents) -> list[Candidate]:
    """The archive, as a rejected file, if not all of it could be read."""
    return [archive.rejected("broken-archive", contents.damage)] if contents.damage else []


def _candidates(files: Mapping[str, Path], source: Path) -> list[Candidate]:
    return described([Candidate(path, str(source), file) for file, path in files.items()])


def _listed(source: Path) -> list[Candidate] | None:
    """The images that the manifest of the folder `source` lists; None if it has none.

    A packed data set has a manifest too, of images that lie elsewhere: it is none of these.
    """
    path = source / MANIFEST
    # Unlike Path.is_file, os.path.isfile does not raise where it may not look.
    if not os.path.isfile(path) or os.path.isfile(source / DESCRIPTION):  # noqa: PTH113
        return None
    table = json_rows(path)
    rows = {row["file"]: row for row in table.found if isinstance(row.get("file"), str)}
    if not any(map(_stays_inside, rows)):
        return None
    manifest = Candidate(path, str(source), MANIFEST)
    listed = [_listed_one(source, file, row) for file, row in sorted(rows.items())]
    return listed + ([manifest.rejected("bad-metadata", table.complaint())] if table.bad else [])


def _listed_one(source: Path, file: str, row: Row) -> Candidate:
    """An image that a manifest lists."""
    if _stays_inside(file):
        return Candidate(source / file, str(source), file, attribution=attribution(row))
    outside = Candidate(source / MANIFEST, str(source), file)
    return outside.rejected("outside", f"{MANIFEST} lists it, outside the folder")


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
