"""A hidden folder in which a data set grows, and its way to the place where it is seen."""

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from lsgan.errors import DataError
from lsgan.files import make_folder, sync, writing

_PREFIX = ".prepare-"
_LOCK = ".prepare.lock"


@contextmanager
def workspace(out: Path) -> Iterator[Path]:
    """Yield a new hidden folder inside `out`; it is removed at the end, whatever happens.

    Folders that killed runs have left are removed first.

    Raises:
        DataError: if another run writes into `out` now.
        OutputError: if the operating system refuses.
    """
    make_folder(out)
    lock = FileLock(out / _LOCK, timeout=0)
    with writing(out):
        try:
            lock.acquire()
        except Timeout:  # an OSError too, hence caught in here
            raise DataError(
                f"another lsgan prepare is writing into {out}",
                "Wait until it has ended, or choose another folder with --out.",
            ) from None
    try:
        for leftover in out.glob(f"{_PREFIX}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        with writing(out):
            folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=out))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    finally:
        lock.release()


def publish(folder: Path, out: Path, names: Sequence[str]) -> None:
    """Move the files `names` from `folder` to `out`, the last of them last.

    The last one is what makes `out` a data set, so an old one is taken away first: at no
    moment does it stand beside files that are not its own.
    """
    with writing(out):
        for name in names:
            sync(folder / name)
        (out / names[-1]).unlink(missing_ok=True)
        for name in names:
            (folder / name).replace(out / name)
