"""A hidden folder in which a data set grows, and its way to the place where it is seen."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from lsgan.errors import DataError
from lsgan.io.files import locked, make_folder, sync, writing

_PREFIX = ".prepare-"
_LOCK = ".prepare.lock"
# Stands in a folder while a data set moves into it: after a kill, the files that have arrived are
# known by it, whose last one is missing.
_MOVING = ".prepare.moving"


@contextmanager
def workspace(out: Path) -> Iterator[Path]:
    """Yield a new hidden folder inside `out`; it is removed at the end, whatever happens.

    Folders that killed runs have left are removed first.

    Raises:
        DataError: if another run writes into `out` now.
        OutputError: if the operating system refuses.
    """
    busy = DataError(
        f"another lsgan prepare is writing into {out}",
        "Wait until it has ended, or choose another folder with --out.",
    )
    with locked(make_folder(out) / _LOCK, busy):
        for leftover in out.glob(f"{_PREFIX}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        with writing(out):
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=out))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)


def is_half_published(out: Path) -> bool:
    """Whether a run was killed while it moved a data set into the folder `out`."""
    return (out / _MOVING).is_file()


def publish(folder: Path, out: Path, names: Sequence[str]) -> None:
    """Move the files `names` from `folder` to `out`, the last of them last.

    The last one is what makes `out` a data set, so an old one is taken away first: at no
    moment does it stand beside files that are not its own.
    """
    with writing(out):
        for name in names:
            sync(folder / name)
        (out / _MOVING).touch()
        _replace(folder, out, names)
        (out / _MOVING).unlink(missing_ok=True)


def _replace(folder: Path, out: Path, names: Sequence[str]) -> None:
    old = folder / "old"
    if (out / names[-1]).exists():
        (out / names[-1]).replace(old)
    for place, name in enumerate(names):
        try:
            (folder / name).replace(out / name)
        except OSError:
            # Windows replaces no file that a training has open: the old set is whole still.
            if place == 0:
                if old.exists():
                    old.replace(out / names[-1])
                (out / _MOVING).unlink(missing_ok=True)
            raise
