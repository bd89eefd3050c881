"""Decoding on the workers of a cluster, which read the files themselves or are sent them."""

import contextlib
import os
import stat
import tempfile
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

from lsgan.data.candidate import Candidate
from lsgan.data.decode import Decoded
from lsgan.data.rejection import RejectedError
from lsgan.errors import ClusterError
from lsgan.system.cluster import Cluster, note
from lsgan.system.processes import SurvivingPool

Outcome = Decoded | RejectedError

# On them it depends which pixels and which hashes come of a file.
PACKAGES = ("numpy", "Pillow", "pillow-heif", "ImageHash", "scipy")

# Files that a task holds: where workers read them, and where they are sent through the scheduler.
_READ, _SENT = 16, 1
_MOST_SENT = 1 << 26  # bytes; what is larger is decoded here


@dataclass(frozen=True)
class _File:
    """A file on its way to a worker.

    Attributes:
        path: where it is, as text: a worker may run another system.
        length: in bytes.
        changed: when it last was, in nanoseconds.
        content: its bytes, where the worker is not to read them itself.
        outcome: what has come of it, where no worker is needed for that.
    """

    path: str
    length: int = 0
    changed: int = 0
    content: bytes | None = None
    outcome: Outcome | None = None


def decode_on(
    cluster: Cluster,
    function: Callable[[Path], Outcome],
    candidates: Sequence[Candidate],
    crashed: Callable[[Path], Outcome],
) -> Generator[Outcome, None, None]:
    """What `function` makes of each file, in their order.

    A worker that sees a file of the same length and time at the same path reads it there. The
    others are sent it.

    Args:
        cluster: whose workers call it.
        function: can be pickled; raises nothing.
        candidates: the files.
        crashed: stands in for the result of a file that ends its workers.

    Raises:
        ClusterError: as `Cluster.map`, or if a worker cannot store what it is sent.
    """
    _folder.cache_clear()  # of an earlier run, from which on much may have changed
    unseen = _unseen(cluster, candidates)
    with closing(_Sender(function, crashed)) as sender:
        files = (
            sender.file(each.path, send=bool(unseen) and _place(each) in unseen)
            for each in candidates
        )

        def lost(file: _File) -> Outcome:
            return crashed(Path(file.path))

        call = partial(_decode, function)
        batch = _SENT if unseen else _READ
        with closing(cluster.map(call, files, lost, batch)) as outcomes:
            for candidate, outcome in zip(candidates, outcomes, strict=True):
                if outcome is None:
                    sent = sender.file(candidate.path, send=True)
                    [outcome] = cluster.map(call, [sent], lost)
                yield outcome or crashed(candidate.path)


class _Sender:
    """Looks at files, and reads those that are to be sent."""

    def __init__(
        self, function: Callable[[Path], Outcome], crashed: Callable[[Path], Outcome]
    ) -> None:
        self._function = function
        self._crashed = crashed
        self._pool = SurvivingPool(1)

    def close(self) -> None:
        """End the process that has decoded large files."""
        self._pool.close()

    def file(self, path: Path, send: bool) -> _File:
        """The file at `path` for a worker, to which it is sent or not."""
        try:
            file = _described(path)
            if not send:
                return file
            if file.length > _MOST_SENT:
                outcome = self._pool.call(self._function, path, self._crashed)
                return replace(file, outcome=outcome)
            return replace(file, content=path.read_bytes())
        except OSError:
            return _File(str(path), outcome=self._function(path))  # which says why


def _described(path: Path) -> _File:
    """The file at `path`, for a worker to read.

    Raises:
        OSError: if it cannot be read here either.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or not os.access(path, os.R_OK):
        raise PermissionError(f"{path} is not a file that may be read")
    return _File(str(path.absolute()), status.st_size, status.st_mtime_ns)


def _unseen(cluster: Cluster, candidates: Sequence[Candidate]) -> set[str]:
    """The places of which not every worker sees a file."""
    samples: dict[str, _File] = {}
    for candidate in candidates:
        place = _place(candidate)
        if place not in samples:
            with contextlib.suppress(OSError):
                samples[place] = _described(candidate.path)
    found = cluster.everywhere(_seen, list(samples.values()))
    seen = [all(each) for each in zip(*found.values(), strict=True)]
    unseen = {place for place, all_see in zip(samples, seen, strict=False) if not all_see}
    for place in sorted(unseen):
        note(
            f"not every worker sees {place}: its files are sent to the workers. "
            "A folder that all see at the same path is faster."
        )
    return unseen


def _place(candidate: Candidate) -> str:
    """The folder that a worker sees or not: the source, or where an archive is unpacked."""
    folder = _folder(candidate.source)
    path = candidate.path.absolute()
    return str(folder if folder and path.is_relative_to(folder) else path.parent)


@lru_cache(maxsize=64)
def _folder(source: str) -> Path | None:
    """The folder that a source is; None if it is none."""
    path = Path(source).absolute()
    return path if path.is_dir() else None


def _seen(files: Sequence[_File]) -> list[bool]:
    """Runs on a worker: whether it can read each of the files."""
    return [_is_here(file) for file in files]


def _is_here(file: _File) -> bool:
    try:
        status = os.stat(file.path)  # noqa: PTH116 (the path may be another system's)
        with open(file.path, "rb"):  # noqa: PTH123
            return (status.st_size, status.st_mtime_ns) == (file.length, file.changed)
    except (OSError, ValueError):
        return False


def _decode(function: Callable[[Path], Outcome], file: _File) -> Outcome | None:
    """Runs on a worker: what comes of a file; None if the worker does not see it."""
    if file.outcome is not None:
        return file.outcome
    if file.content is None:
        return function(Path(file.path)) if _is_here(file) else None
    try:
        with tempfile.TemporaryDirectory(prefix="lsgan-") as folder:
            path = Path(folder) / "image"
            path.write_bytes(file.content)
            return function(path)
    except OSError as error:
        raise ClusterError(
            f"a worker cannot write to its temporary folder: {error}",
            "Free some space there, or set TMPDIR where dask worker is started.",
        ) from error
