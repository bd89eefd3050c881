"""Calling a function for many items on the workers of a Dask cluster, some of which may be lost.

Dask distributed (the extra `cluster`) schedules the calls, moves what is given and returned, and
does again what a lost worker had under way or had not yet handed over. Here is what it leaves open:
results in order and in little memory, errors that say what to do, and workers of other versions.
"""

import asyncio
import contextlib
import json
import logging
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError, ThreadPoolExecutor
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

from tqdm import tqdm

import lsgan
from lsgan.errors import ClusterError, ConfigError
from lsgan.system.versions import Versions, compare, missing, versions
from lsgan.text import printable

Item = TypeVar("Item")
Result = TypeVar("Result")

_BATCH = 16
# Seconds: to reach the scheduler, between looks at the workers, and without any worker: a cluster
# that grows on demand starts workers when there is work, which waits for them.
_CONNECT, _LOOK, _PATIENCE = 10.0, 2.0, 300.0
_ADDRESS = "Give the address that dask scheduler prints, such as tcp://host:8786."
_AGAIN = "Run the same command again when the cluster is up."


class Cluster:
    """A connection to the scheduler of a Dask cluster; see `connect`.

    Attributes:
        client: Dask's own.
        address: the scheduler's, as it was given.
    """

    def __init__(
        self, client: Any, address: str, expected: Versions, patience: float = _PATIENCE
    ) -> None:
        self.client = client
        self.address = address
        self._expected = expected
        self._patience = patience
        self._threads = 0
        self._looked = -_LOOK
        self._deserted: float | None = None

    def map(
        self,
        function: Callable[[Item], Result],
        items: Iterable[Item],
        crashed: Callable[[Item], Result],
        batch: int = _BATCH,
    ) -> Generator[Result, None, None]:
        """The results of `function` for `items`, in their order.

        When a worker is lost, its items are done again by others. An item that ends four workers
        with nothing else under way is lost: `crashed(item)` takes the place of its result.

        Args:
            function: can be pickled; raises nothing, and gives the same when it is called again.
            items: what it is called with; taken only as the work advances, so that few of many
                are in memory.
            crashed: called in this process.
            batch: how many items go to a worker at a time.

        Raises:
            ClusterError: if the scheduler is lost, there is no worker for five minutes, or one has
                another version.
        """
        remaining = iter(items)
        pending: deque[tuple[list[Item], Any]] = deque()
        try:
            while True:
                for some in _batches(remaining, batch, self._room(len(pending))):
                    pending.append((some, self._submit(function, some)))
                if not pending:
                    return
                some, future = pending.popleft()
                results = self._results(future)
                if results is None:
                    # Which of the calls under way is to blame cannot be seen: each goes alone.
                    for _, other in pending:
                        self._wait(other)
                    results = self._one_by_one(function, some, crashed)
                yield from results
        finally:
            with contextlib.suppress(Exception):  # the connection may be what has failed
                self.client.cancel([future for _, future in pending])

    def everywhere(self, function: Callable[..., Result], *args: Any) -> dict[str, Result]:
        """What `function` returns on each worker that there is now, by the worker's address.

        Workers on which it fails, or that are lost meanwhile, are left out.
        """
        found = self.client.run(function, *args, on_error="return")
        return {
            worker: value
            for worker, value in sorted(found.items())
            if not isinstance(value, BaseException)
        }

    def check_versions(self) -> None:
        """Refuse workers that run something else than this process does.

        Raises:
            ClusterError: naming the first of them.
        """
        names = tuple(name for name, _ in self._expected)
        found = self.client.run(versions, names, on_error="return")
        for worker, value in sorted(found.items()):
            if isinstance(value, ImportError):
                raise missing(f"the worker {worker}")
            if not isinstance(value, BaseException):
                compare(self._expected, value, f"the worker {worker}")

    def _submit(self, function: Callable[[Item], Result], batch: list[Item]) -> Any:
        # Not pure: of equal calls Dask would otherwise give a result that it still has.
        return self.client.submit(_call, function, batch, self._expected, pure=False)

    def _results(self, future: Any) -> list[Any] | None:
        """What a batch has come to; None if the workers that it was given to were lost."""
        from distributed import KilledWorker

        self._wait(future)
        try:
            results: list[Any] = future.result()
        except KilledWorker:
            return None
        except CancelledError as error:
            raise self._lost() from error
        except ModuleNotFoundError as error:
            # From a worker that has joined since the versions were checked.
            if (error.name or "").partition(".")[0] != lsgan.__name__:
                raise
            raise missing("a worker") from error
        return results

    def _one_by_one(
        self,
        function: Callable[[Item], Result],
        batch: list[Item],
        crashed: Callable[[Item], Result],
    ) -> list[Result]:
        found = []
        for item in batch:
            results = self._results(self._submit(function, [item]))
            found.append(crashed(item) if results is None else results[0])
        return found

    def _wait(self, future: Any) -> None:
        """Wait until a call has ended, as long as there is anyone to make it."""
        from distributed import TimeoutError as NotYet

        while True:
            try:
                future.exception(timeout=_LOOK)
                return
            except NotYet:
                self._look()
            except CancelledError as error:
                raise self._lost() from error

    def _room(self, pending: int) -> int:
        """How many more batches may be under way: enough that no thread of a worker ever waits."""
        if time.monotonic() - self._looked >= _LOOK:
            self._look()
        return max(0, 2 * self._threads + 2 - pending)

    def _look(self) -> None:
        """See who is there."""
        try:
            self._threads = sum(self.client.nthreads().values())
        except Exception as error:  # whatever Dask raises when it has lost the scheduler
            raise self._lost() from error
        self._looked = time.monotonic()
        if self._threads:
            self._deserted = None
        elif self._deserted is None:
            self._deserted = self._looked
            note(f"{self.address} has no worker: waiting for one, {self._patience:.0f} s at most")
        elif self._looked - self._deserted >= self._patience:
            raise ClusterError(
                f"the cluster at {self.address} has had no worker for {self._patience:.0f} s",
                f"Start some with: dask worker {self.address}",
            )

    def _lost(self) -> ClusterError:
        return ClusterError(f"the connection to the scheduler at {self.address} is lost", _AGAIN)


@contextmanager
def connect(
    address: str,
    packages: Sequence[str] = (),
    timeout: float = _CONNECT,
    patience: float = _PATIENCE,
) -> Iterator[Cluster]:
    """Connect to a Dask cluster, and leave it as it was.

    Args:
        address: of its scheduler, such as tcp://host:8786, or the file that it has written it to.
        packages: those whose versions must be the same on the workers as here, beside lsgan's.
        timeout: how long to try, in seconds.
        patience: how long to wait while there is no worker, in seconds.

    Raises:
        ConfigError: if the extra `cluster` is not installed.
        ClusterError: if the scheduler cannot be reached, or a worker has another version.
    """
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        raise ConfigError(
            "--cluster needs Dask distributed, which is not installed",
            'Install the extra with: pip install "lsgan[cluster]"',
        ) from error
    # It tells of every worker that it loses and of every retry; here what ends the work is told.
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    _check_answer(address, timeout)
    where = {"scheduler_file": address} if Path(address).is_file() else {"address": address}
    # A call holds files, where the workers do not see them, and is no mistake for being large.
    with (
        dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GiB"}),
        Client(**where, timeout=timeout, set_as_default=False, name="lsgan") as client,
    ):
        cluster = Cluster(client, address, versions(("lsgan", *packages)), patience)
        cluster.check_versions()
        yield cluster


def _check_answer(address: str, timeout: float) -> None:
    """Refuse an address at which no scheduler answers: Dask's client waits for ever for some."""
    try:
        # In a thread of its own, since in a notebook this one runs an event loop already.
        with ThreadPoolExecutor(1) as thread:
            kind = thread.submit(asyncio.run, _kind(address, timeout)).result()
    except (OSError, TimeoutError, asyncio.TimeoutError) as error:
        raise ClusterError(
            f"cannot reach a Dask scheduler at {address} within {timeout:.0f} s",
            "Start one with dask scheduler, or check the host, the port and the firewall.",
        ) from error
    except (
        Exception
    ) as error:  # a port that is no number, a file of something else, no certificates
        reason = printable(str(error) or type(error).__name__, 100)
        raise ClusterError(f"cannot use {address!r} as an address: {reason}", _ADDRESS) from error
    if kind != "Scheduler":
        raise ClusterError(f"at {address} is no scheduler but a {kind.lower()}", _ADDRESS)


async def _kind(address: str, timeout: float) -> str:
    """What of Dask's is at an address."""
    from distributed import Security
    from distributed.core import rpc

    if Path(address).is_file():
        address = json.loads(Path(address).read_text(encoding="utf-8"))["address"]
    arguments = Security().get_connection_args("client")
    async with rpc(address, connection_args=arguments) as server:
        identity = await asyncio.wait_for(server.identity(), timeout)
    return str(identity["type"])


def _call(
    function: Callable[[Item], Result], batch: list[Item], expected: Versions
) -> list[Result]:
    """Runs on a worker, which may have joined since the versions were checked."""
    compare(expected, versions(tuple(name for name, _ in expected)), "a worker")
    return [function(item) for item in batch]


def _batches(items: Iterator[Item], size: int, count: int) -> Iterator[list[Item]]:
    """At most `count` lists of at most `size` items."""
    return islice(iter(lambda: list(islice(items, size)), []), count)


def note(text: str) -> None:
    """Tell what slows the work down, beside a progress bar."""
    tqdm.write(text, file=sys.stderr)
