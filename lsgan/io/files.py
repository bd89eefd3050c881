"""Writing files so that a kill or a full disk never leaves half of one."""

import contextlib
import errno
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from lsgan.errors import ConfigError, LsganError, OutputError

_REMEDIES = {
    errno.ENOSPC: "Free some space and run it again (lsgan train: with --resume).",
    errno.EDQUOT: "Free some of your quota and run it again (lsgan train: with --resume).",
    errno.EROFS: "Choose a folder that can be written to with --out.",
    errno.EACCES: "Choose a folder that you may write to with --out.",
    errno.EPERM: "Choose a folder that you may write to with --out.",
    errno.ENOTDIR: "A part of that path is a file: choose another with --out.",
    errno.EEXIST: "A file stands where a folder is needed: choose another path with --out.",
    errno.EISDIR: "A folder stands where a file is needed: move it away.",
}

_IMAGE_SUFFIXES = (".png", ".gif", ".jpg", ".jpeg", ".webp", ".apng", ".mp4")


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn an operating-system error met while writing `path` into an `OutputError`."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        remedy = _REMEDIES.get(error.errno or 0, "Check the disk and the folder's permissions.")
        raise OutputError(f"cannot write {path}: {reason}", remedy) from error


def make_folder(path: Path) -> Path:
    """Create `path` and its parents if need be, and return it."""
    with writing(path):
        path.mkdir(parents=True, exist_ok=True)
    return path


def output_file(out: Path, name: str) -> Path:
    """The file to write: `out` itself if it ends like `name`, else `name` in the folder `out`.

    Raises:
        ConfigError: if `out` is named like an image of another kind.
        OutputError: if a folder cannot be made.
    """
    kind = Path(name).suffix
    if out.is_dir() or out.suffix.lower() not in _IMAGE_SUFFIXES:
        return make_folder(out) / name
    if out.suffix.lower() != kind:
        raise ConfigError(f"{out} cannot be written: this makes a {kind} file", f"Name it {kind}.")
    make_folder(out.parent)
    return out


@contextmanager
def locked(path: Path, busy: LsganError) -> Iterator[None]:
    """Hold the lock file `path`, which no other process can hold meanwhile.

    The system lets go of it when the process ends, however it ends.

    Raises:
        LsganError: `busy`, if another process holds it.
        OutputError: if the operating system refuses.
    """
    lock = FileLock(path)
    with writing(path.parent):
        try:
            lock.acquire(timeout=0)
        except Timeout:  # an OSError too, hence caught in here
            raise busy from None
    try:
        yield
    finally:
        lock.release()


def sync(path: Path) -> None:
    """Have the operating system put the file at `path` on the disk now."""
    # Opened for writing because Windows syncs no read-only handle.
    with path.open("r+b") as file:
        os.fsync(file.fileno())


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; on success it is synced and takes its name.

    Whatever goes wrong, `path` holds its old content or the whole new one.

    Raises:
        OutputError: if the operating system refuses.
    """
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with writing(path):
            yield temporary
            sync(temporary)
            temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def remove_leftovers(folder: Path) -> None:
    """Delete the temporary files that writers which were killed have left in `folder`."""
    for path in folder.glob(".*.tmp"):
        with contextlib.suppress(OSError):
            path.unlink()


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` atomically as UTF-8."""
    with atomic(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_lines(path: Path, rows: Iterable[dict[str, Any]]) -> None:
    """Write one JSON object a line to `path` atomically (the JSON Lines format)."""
    with (
        atomic(path) as temporary,
        temporary.open("w", encoding="utf-8", newline="\n") as file,
    ):
        for row in rows:
            line = json.dumps(row, ensure_ascii=False)
            # A file name can hold bytes that are no text and characters that end a line.
            file.write((line if line.isprintable() else json.dumps(row)) + "\n")


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The JSON objects of a JSON Lines file.

    Lines that are none, such as a last one that was cut off, are left out.
    """
    return list(each_line(path))


def each_line(path: Path) -> Iterator[dict[str, Any]]:
    """As `read_lines`, one after another, of which only one is in memory."""
    with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
        for line in file:
            with contextlib.suppress(json.JSONDecodeError):
                row = json.loads(line)
                if isinstance(row, dict):
                    yield row
