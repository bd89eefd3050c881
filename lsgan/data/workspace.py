"""A hidden folder in which a data set grows, and its way to the place where it is seen."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lsgan.errors import DataError
from lsgan.io.files import locked, make_folder, sync, writing


@contextmanager
def workspace(out: Path, command: str = "prepare") -> Iterator[Path]:
    """Yield a new hidden folder inside `out`; it is removed at the end, whatever happens.

    Folders that killed runs have left are removed first.

    Args:
        out: where the data set is to be seen; made if need be.
        command: of lsgan, which writes it.

    Raises:
        DataError: if another run of the command writes into `out` now.
        OutputError: if the operating system refuses.
    """
    busy = DataError(
        f"another lsgan {command} is writing into {out}",
        "Wait until it has ended, or choose another folder with --out.",
    )
    prefix = f".{command}-"
    with locked(_lock(make_folder(out), command), busy):
        for leftover in out.glob(f"{prefix}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        with writing(out):
            folder = Path(tempfile.mkdtemp(prefix=prefix, dir=out))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def remove_lock(out: Path, command: str) -> None:
    """Remove the hidden file that kept others out of a workspace, when it has been left."""
    with contextlib.suppress(OSError):  # another run may hold it by now
        _lock(out, command).unlink(missing_ok=True)


def is_half_published(out: Path, command: str = "prepare") -> bool:
    """Whether a run was killed while it moved a data set into the folder `out`."""
    return _moving(out, command).is_file()


def publish(folder: Path, out: Path, names: Sequence[str], command: str = "prepare") -> None:
    """Move the files and folders `names` from `folder` to `out`, the last of them last.

    The last one is what makes `out` a data set, so an old one is taken away first: at no
    moment does it stand beside files that are not its own.
    """
    with writing(out):
        for name in names:
            _sync(folder / name)
        _moving(out, command).touch()
        _replace(folder, out, names, command)
        _moving(out, command).unlink(missing_ok=True)


def _lock(out: Path, command: str) -> Path:
    return out / f".{command}.lock"


def _moving(out: Path, command: str) -> Path:
    """A file that stands in a folder while a data set moves into it.

    After a kill, the files that have arrived are known by it, whose last one is missing.
    """
    return out / f".{command}.moving"


def _sync(path: Path) -> None:
    if not path.is_dir():
        sync(path)
    elif hasattr(os, "sync"):
        os.sync()  # at once, since a folder may hold many small files
    else:
        for file in path.rglob("*"):
            _sync(file)


def _replace(folder: Path, out: Path, names: Sequence[str], command: str) -> None:
    old = folder / "old"
    if (out / names[-1]).exists():
        (out / names[-1]).replace(old)
    for place, name in enumerate(names):
        try:
            _move(folder / name, out / name, folder / f"old-{name}")
        except OSError:
            # Windows replaces no file that a training has open: the old set is whole still.
            if place == 0:
                if old.exists():
                    old.replace(out / names[-1])
                _moving(out, command).unlink(missing_ok=True)
            raise


def _move(new: Path, place: Path, aside: Path) -> None:
    """Move a file or folder to `place`; an old folder there, which none replaces, to `aside`."""
    if not place.is_dir():
        new.replace(place)
        return
    place.replace(aside)
    try:
        new.replace(place)
    except OSError:
        aside.replace(place)
        raise
