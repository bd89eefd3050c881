"""Calling one function for many items in several processes, some of which may die."""

import multiprocessing
import os
import signal
import threading
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_BATCH = 8
_MOST_WORKERS = 61  # Windows cannot wait for more processes at once


def map_surviving(
    function: Callable[[Item], Result],
    items: Sequence[Item],
    workers: int,
    crashed: Callable[[Item], Result],
) -> Generator[Result, None, None]:
    """The results of `function` for `items`, in their order.

    When a process dies (a fault in a C library, memory run out), only the item that it died of
    is lost: `crashed(item)` takes the place of its result.

    Args:
        function: can be pickled; raises nothing.
        items: what it is called with.
        workers: number of processes; with 1 everything happens in this one, which then dies too.
        crashed: called in this process.
    """
    batches = _batches(items)
    workers = min(workers, len(batches), _MOST_WORKERS)
    if workers <= 1:
        yield from map(function, items)
        return
    while batches:
        pool = _start(workers)
        try:
            yield from _until_broken(pool, function, batches, crashed, 2 * workers + 2)
        finally:
            pool.shutdown(cancel_futures=True)


class SurvivingPool:
    """The same for single calls from many threads.

    Args:
        workers: number of processes, at least 1.
    """

    def __init__(self, workers: int) -> None:
        self._workers = min(workers, _MOST_WORKERS)
        self._lock = threading.Lock()
        self._pool: ProcessPoolExecutor | None = None

    def call(
        self,
        function: Callable[[Item], Result],
        item: Item,
        crashed: Callable[[Item], Result],
    ) -> Result:
        """The result of `function`, or of `crashed` if a process died of the item."""
        with self._lock:
            if self._pool is None:
                self._pool = _start(self._workers)
            pool = self._pool
        try:
            return pool.submit(_call, function, [item]).result()[0]
        except BrokenProcessPool:
            with self._lock:
                if self._pool is pool:
                    self._pool = None
                    # Python 3.13.0 hangs if a broken pool is let go of before it has ended.
                    pool.shutdown()
            # Whether this item is to blame or one beside it shows when it goes alone.
            [result] = _one_by_one(function, [item], crashed)
            return result

    def close(self) -> None:
        """Let the processes end."""
        with self._lock:
            if self._pool is not None:
                self._pool.shutdown(cancel_futures=True)
            self._pool = None


def _until_broken(
    pool: ProcessPoolExecutor,
    function: Callable[[Item], Result],
    batches: deque[list[Item]],
    crashed: Callable[[Item], Result],
    window: int,
) -> Iterator[Result]:
    """Take from `batches` until none is left, or the pool is broken and its work made good."""
    pending: deque[tuple[list[Item], Future[list[Result]]]] = deque()
    broken = False
    while pending or (batches and not broken):
        while batches and not broken and len(pending) < window:
            try:
                pending.append((batches[0], pool.submit(_call, function, batches[0])))
                batches.popleft()
            except BrokenProcessPool:
                broken = True
        if not pending:
            return
        batch, future = pending.popleft()
        try:
            results = future.result()
        except BrokenProcessPool:
            broken = True
            # Which of the batches under way is to blame cannot be seen: each goes alone.
            results = list(_one_by_one(function, batch, crashed))
        yield from results


def _one_by_one(
    function: Callable[[Item], Result], batch: list[Item], crashed: Callable[[Item], Result]
) -> Iterator[Result]:
    pool = _start(1)
    try:
        for item in batch:
            try:
                result = pool.submit(_call, function, [item]).result()[0]
            except BrokenProcessPool:
                result = crashed(item)
                pool.shutdown()
                pool = _start(1)
            yield result
    finally:
        pool.shutdown(cancel_futures=True)


def _start(workers: int) -> ProcessPoolExecutor:
    # "spawn" is the one method that works on every system and beside threads.
    pool = ProcessPoolExecutor(
        workers, mp_context=multiprocessing.get_context("spawn"), initializer=_initialize
    )
    # A process that cannot even start is no fault of an item: let that error out.
    try:
        pool.submit(os.getpid).result()
    except BrokenProcessPool:
        pool.shutdown()
        raise
    return pool


def _initialize() -> None:
    # Ctrl-C reaches every process of the terminal; the parent alone ends the work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=follow_parent, daemon=True).start()


def follow_parent() -> None:
    """End this process when its parent is gone: a killed parent cannot tell it to."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _batches(items: Sequence[Item]) -> deque[list[Item]]:
    remaining = iter(items)
    return deque(iter(lambda: list(islice(remaining, _BATCH)), []))


def _call(function: Callable[[Item], Result], batch: list[Item]) -> list[Result]:
    return [function(item) for item in batch]
