"""Zip and tar archives as sources: their files are unpacked while a data set is made of them."""

import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from types import TracebackType
from typing import IO

from lsgan.errors import DataError, LsganError
from lsgan.io.files import make_folder, writing

_TAR = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tbz2", ".tar.xz", ".txz", ".tar.zst")
# By these names, which Python's documentation leaves out.
_DAMAGED_HEADERS = ("InvalidHeaderError", "TruncatedHeaderError")
_ENCRYPTED = 1  # a flag of a zip file's entries
_HIDDEN = (".", "__MACOSX")
_SPARE = 1 << 28  # bytes left free on the disk


@dataclass(frozen=True)
class Contents:
    """What came out of an archive.

    Attributes:
        files: where each file is, by its name in the archive with `/` between its parts; the
            folder that holds everything, where there is one, is not part of the names.
        damage: why that is not all there was, in words; "" if it is.
    """

    files: dict[str, Path]
    damage: str = ""


class Archives:
    """Unpacks archives into the system's temporary folder, until it is left."""

    def __init__(self) -> None:
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self._count = 0

    def __enter__(self) -> "Archives":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    def unpack(self, archive: Path) -> Contents:
        """What is in an archive; see the function `unpack`."""
        if self._folder is None:
            with writing(Path(tempfile.gettempdir())):
                self._folder = tempfile.TemporaryDirectory(prefix="lsgan-")
        self._count += 1
        return unpack(archive, make_folder(Path(self._folder.name) / str(self._count)))


def is_archive(path: Path) -> bool:
    """Whether a file is a zip or a tar archive, compressed or not, by its content or its name."""
    try:
        if not path.is_file():
            return False
        named = is_named_as_tar(path.name) or path.suffix.lower() == ".zip"
        return named or zipfile.is_zipfile(path) or tarfile.is_tarfile(path)
    except OSError:
        return False


def is_named_as_tar(name: str) -> bool:
    """Whether a file's name ends as a tar archive's does, as WebDataset's shards are named."""
    return name.lower().endswith(_TAR)


def unpack(archive: Path, folder: Path) -> Contents:
    """Unpack the files of an archive into `folder`, under numbers instead of their names.

    Hidden files, links and devices are left out. Of a damaged archive everything is kept that
    could be read, of a damaged file in it the beginning.

    Raises:
        DataError: if the archive does not fit on the disk.
        OutputError: if the operating system refuses to write.
    """
    found: dict[str, Path] = {}
    damage = ""
    try:
        for count, (name, size, content) in enumerate(_entries(archive)):
            _check_space(archive, folder, size)
            path = folder / f"{count:08}"
            _copy(content, path)
            found[name] = path
    except LsganError:
        raise
    except Exception as error:  # a hostile file can raise anything
        damage = str(error) or type(error).__name__
    return Contents(_without_common_folder(found), damage)


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
    if not tarfile.is_tarfile(archive):
        raise ValueError("it is no archive that can be read")
    with tarfile.open(archive, tarinfo=_Member) as tarred:
        for member in tarred:
            name = _visible(member.name)
            opened = tarred.extractfile(member) if name and member.isfile() else None
            if name and opened:
                yield name, member.size, opened


class _Member(tarfile.TarInfo):
    """A member of a tar archive, whose damaged header is an error and not the archive's end."""

    @classmethod
    def fromtarfile(cls, archive: tarfile.TarFile) -> "_Member":
        place = archive.offset
        try:
            return super().fromtarfile(archive)
        except tarfile.HeaderError as error:
            if type(error).__name__ in _DAMAGED_HEADERS:
                raise tarfile.ReadError(f"{error} at byte {place}") from error
            raise


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
    """Write a file as far as it can be read: the decoder will say what it is worth."""
    with writing(path), path.open("wb") as file:
        for chunk in iter(lambda: _chunk(content), b""):
            file.write(chunk)


def _chunk(content: IO[bytes]) -> bytes:
    try:
        return content.read(1 << 20)
    except tarfile.ReadError:
        raise  # here the archive ends
    except Exception:  # a hostile file can raise anything
        return b""


def _without_common_folder(found: dict[str, Path]) -> dict[str, Path]:
    while found and all("/" in name for name in found):
        folders = {name.partition("/")[0] for name in found}
        if len(folders) > 1:
            break
        found = {name.partition("/")[2]: path for name, path in found.items()}
    return found
