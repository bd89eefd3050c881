"""Fetched files, decoded by processes of their own, several at a time.

The processes load this module, so that it imports little.
"""

import queue
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import numpy as np

from lsgan.data.decode import Decoded, Facts, attempt
from lsgan.data.rejection import RejectedError
from lsgan.system.processes import SurvivingPool

Key = TypeVar("Key")

# The side of the small image that the catalogue keeps, to compare near copies by.
SIDE = 32
# Files that a process is given at a time.
_MOST = 8


@dataclass(frozen=True)
class Verified:
    """An image file that has been decoded to its end.

    Attributes:
        facts: what is known of it.
        thumbnail: 3 times 32 times 32 bytes, to compare near copies by.
    """

    facts: Facts
    thumbnail: bytes


Outcome = Verified | RejectedError


def verify(path: Path) -> Outcome:
    """Decode the file at `path`."""
    # JPEG is decoded at four times the size asked for, or more, which is enough for both figures.
    decoded = attempt(path, size=SIDE, channels=3, min_size=1)
    if isinstance(decoded, Decoded):
        return Verified(decoded.facts, np.ascontiguousarray(decoded.pixels).tobytes())
    return decoded


class Decoders(Generic[Key]):
    """Decodes files in the order in which they come, many at once.

    What has come meanwhile goes to a process together: to hand a file over costs as much as to
    decode a small one.

    Args:
        workers: number of processes.
        deliver: is given each key with the outcome of its file, in another thread; or, if the
            processes cannot be started, with the exception.
        early: whether one process starts now, or with the first file. Others start when they have
            something to do.
    """

    def __init__(
        self,
        workers: int,
        deliver: Callable[[Key, Outcome | BaseException], object],
        early: bool = True,
    ) -> None:
        self._pool = SurvivingPool(workers)
        self._deliver = deliver
        self._waiting: queue.SimpleQueue[tuple[Key, Path] | None] = queue.SimpleQueue()
        self._threads = [
            threading.Thread(
                target=self._hand_over,
                args=(early and number == 0,),
                name=f"decode {number}",
                daemon=True,
            )
            for number in range(workers + 1)  # one waits with the next files
        ]
        for thread in self._threads:
            thread.start()

    def submit(self, key: Key, path: Path) -> None:
        """Have the file at `path` decoded."""
        self._waiting.put((key, path))

    def close(self) -> None:
        """End the processes, once they have done what they are at; what waits is left undone."""
        with suppress(queue.Empty):
            while True:
                self._waiting.get_nowait()
        for _ in self._threads:
            self._waiting.put(None)
        for thread in self._threads:
            thread.join()
        self._pool.close()

    def _hand_over(self, early: bool) -> None:
        if early:
            # While the first pages are fetched; if it cannot start, the first file tells of it.
            with suppress(Exception):
                self._pool.call(_verify_all, [], _crashed)
        while True:
            batch = [self._waiting.get()]
            # Another thread may take what is seen here, so that nothing is waited for.
            with suppress(queue.Empty):
                while len(batch) < _MOST and batch[-1] is not None:
                    batch.append(self._waiting.get_nowait())
            files = [item for item in batch if item is not None]
            outcomes: list[Outcome] | list[BaseException]
            try:
                outcomes = self._decode([path for _, path in files])
            except BaseException as error:  # whatever it is, those who wait must hear of it
                outcomes = [error] * len(files)
            for (key, _), outcome in zip(files, outcomes, strict=True):
                self._deliver(key, outcome)
            if len(files) < len(batch):
                return

    def _decode(self, paths: list[Path]) -> list[Outcome]:
        outcomes = self._pool.call(_verify_all, paths, _crashed) if paths else []
        if len(paths) > 1 and outcomes == []:
            # One of them has ended a process: alone it does so again.
            return [self._decode([path])[0] for path in paths]
        return outcomes


def _verify_all(paths: list[Path]) -> list[Outcome]:
    return [verify(path) for path in paths]


def _crashed(paths: list[Path]) -> list[Outcome]:
    return [RejectedError("decoder-crashed")] if len(paths) == 1 else []
