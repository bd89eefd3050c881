"""Zip and tar archives as sources: their files are unpacked while a data set is made of them."""

import shutil
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from lsgan.errors import DataError
from lsgan.io.files import make_folder, writing

# What a broken archive, or one packed in a way that Python does not know, makes its readers raise.
_UNREADABLE = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, EOFError),
    *(NotImplementedError, RuntimeError, ValueError, OSError),
)
_ENCRYPTED = 1  # a flag of a zip file's entries
_HIDDEN = (".", "__MACOSX")
_SPARE = 1 << 28  # bytes left free on the disk


def is_archive(path: Path) -> bool:
    """Whether a file is a zip or a tar archive, compressed or not, by its content."""
    try:
        return path.is_file() and (zipfile.is_zipfile(path) or tarfile.is_tarfile(path))
    except OSError:
        return False


@contextmanager
def unpacked(sources: Sequence[Path]) -> Iterator[dict[Path, dict[str, Path]]]:
    """Unpack the archives among `sources` into the system's temporary folder, for the time being.

    Yields:
        For each archive what `unpack` returns.
    """
    archives = [source for source in dict.fromkeys(sources) if is_archive(source)]
    if not archives:
        yield {}
        return
    with tempfile.TemporaryDirectory(prefix="lsgan-") as folder:
        contents = {}
        for number, archive in enumerate(archives):
            place = make_folder(Path(folder) / str(number))
            contents[archive] = unpack(archive, place)
        yield contents


def unpack(archive: Path, folder: Path) -> dict[str, Path]:
    """Unpack the files of an archive into `folder`, under numbers instead of their names.

    Hidden files, links and devices are left out. A damaged file of a zip archive is kept as far as
    it could be read.

    Returns:
        Where each file is, by its name in the archive with `/` between its parts; the folder that
        holds everything, where there is one, is not part of the names.

    Raises:
        DataError: if the archive cannot be read or does not fit on the disk.
        OutputError: if the operating system refuses to write.
    """
    found: dict[str, Path] = {}
    try:
        for name, size, content in _entries(archive):
            _check_space(archive, folder, size)
            path = folder / f"{len(found):08}"
            _copy(content, path)
            found[name] = path
    except _UNREADABLE as error:
        raise DataError(
            f"cannot unpack {archive}: {error or type(error).__name__}",
            "Fetch it again, or unpack it yourself and name the folder.",
        ) from error
    return _without_common_folder(found)


def _entries(archive: Path) -> Iterator[tuple[str, int, IO[bytes]]]:
    """The name, the size in bytes and the content of every visible file."""
    if zipfile.is_zipfile(archive):
        with zipfile.ZipFile(archive) as zipped:
            for info in zipped.infolist():
                name = _visible(info.filename)
                if info.flag_bits & _ENCRYPTED:
                    raise RuntimeError("it is encrypted")
                if name and not info.is_dir():
                    with zipped.open(info) as content:
                        yield name, info.file_size, content
        return
    with tarfile.open(archive) as tarred:
        for member in tarred:
            name = _visible(member.name)
            opened = tarred.extractfile(member) if name and member.isfile() else None
            if name and opened:
                yield name, member.size, opened


def _visible(name: str) -> str | None:
    """An entry's name without what leads nowhere, or None for a hidden one."""
    parts = [
        part for part in PurePosixPath(name.replace("\\", "/")).parts if part not in ("/", "..")
    ]
    if not parts or any(part.startswith(_HIDDEN) for part in parts):
        return None
    return "/".join(parts)


def _check_space(archive: Path, folder: Path, size: int) -> None:
    free = shutil.disk_usage(folder).free
    if size > free - _SPARE:
        raise DataError(
            f"unpacking {archive} needs more than the {free >> 20} MB free in {folder}",
            "Free some, or set TMPDIR to a folder on a larger disk.",
        )


def _copy(content: IO[bytes], path: Path) -> None:
    with writing(path), path.open("wb") as file:
        while True:
            try:
                chunk = content.read(1 << 20)
            except (zipfile.BadZipFile, zlib.error, EOFError):
                return  # the decoder will say what this file is worth
            if not chunk:
                return
            file.write(chunk)


def _without_common_folder(found: dict[str, Path]) -> dict[str, Path]:
    while found and all("/" in name for name in found):
        folders = {name.partition("/")[0] for name in found}
        if len(folders) > 1:
            break
        found = {name.partition("/")[2]: path for name, path in found.items()}
    return found
