"""Which worker has which host, and the way of orders and answers between here and the workers."""

import contextlib
import itertools
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from lsgan.errors import ClusterError
from lsgan.scrape.cluster.orders import Answer, Assignment, Common, Order, Report
from lsgan.scrape.cluster.service import collect, give, stop
from lsgan.scrape.fetch.request import Request
from lsgan.scrape.fetch.response import FetchError
from lsgan.scrape.politeness.limits import HostLimit, Statistics, Terms
from lsgan.system.cluster import Cluster

# Seconds: from one look at the workers to the next, and without any.
_LOOK, _PATIENCE = 0.5, 300.0
_MOST = 64  # orders sent at a time


class LostError(Exception):
    """The worker that had an order is gone."""


@dataclass
class Waiting:
    """Somebody waits for the answer to an order."""

    worker: "WorkerConnection"
    done: threading.Event = field(default_factory=threading.Event)
    answer: Answer | LostError | None = None

    def end(self, answer: Answer | LostError) -> None:
        """Let them go on."""
        self.answer = answer
        self.done.set()


class WorkerConnection:
    """Sends orders to one worker and receives its answers, in two threads of its own.

    Args:
        address: the worker's.
        run: names the service there, which is another one if the worker is met again.
        call: runs an asynchronous function there and returns its result.
        heard: is given each report.
        failed: is given whatever ends the work.
    """

    def __init__(
        self,
        address: str,
        run: str,
        call: Callable[..., Any],
        heard: Callable[["WorkerConnection", Report], None],
        failed: Callable[["WorkerConnection", Exception], None],
    ) -> None:
        self.address, self.run = address, run
        self.hosts: set[str] = set()
        self.last = time.monotonic()
        self.gone = False
        self._call, self._heard, self._failed = call, heard, failed
        self._orders: queue.SimpleQueue[tuple[list[Assignment], list[Order]]] = queue.SimpleQueue()
        for work in (self._send, self._receive):
            threading.Thread(target=work, name=f"{work.__name__} {address}", daemon=True).start()

    def send(self, assignments: list[Assignment], orders: list[Order]) -> None:
        """Have hosts and orders brought to the worker."""
        self._orders.put((assignments, orders))

    def _send(self) -> None:
        while not self.gone:
            try:
                assignments, orders = self._orders.get(timeout=_LOOK)
                while len(orders) < _MOST and not self._orders.empty():
                    more = self._orders.get()
                    assignments, orders = assignments + more[0], orders + more[1]
                self._call(self, give, assignments, orders)
                self.last = time.monotonic()
            except queue.Empty:
                continue
            except Exception as error:  # what Dask raises has many kinds
                self._failed(self, error)
                return

    def _receive(self) -> None:
        while not self.gone:
            try:
                report = self._call(self, collect)
            except Exception as error:  # what Dask raises has many kinds
                self._failed(self, error)
                return
            self.last = time.monotonic()
            self._heard(self, report)


class Workers:
    """All of them, and who has which host.

    A host is one worker's from the first request to it until the end of the run. If that worker is
    lost, nobody asks its hosts for ten seconds, in which it too would have stopped, if it lives and
    only cannot be reached; then each goes to the worker that has the fewest.

    Args:
        cluster: the connection.
        name: of the set, on all workers.
        run: of this run.
        common: what every service is made from.
        limit_of: what a host allows, where that is known.
    """

    def __init__(
        self,
        cluster: Cluster,
        name: str,
        run: str,
        common: Common,
        limit_of: Callable[[str], HostLimit | None],
    ) -> None:
        self._cluster, self._name, self._run, self._common = cluster, name, run, common
        self._limit_of = limit_of
        self._lock = threading.Lock()
        self._workers: dict[str, WorkerConnection] = {}
        self._owners: dict[str, WorkerConnection] = {}
        self._free_at: dict[str, float] = {}
        self._terms: dict[str, Terms] = {}
        self._statistics: dict[tuple[str, str], Statistics] = {}
        self._waiting: dict[int, Waiting] = {}
        self._numbers = itertools.count(1)
        self._failure: Exception | None = None
        self._closed = threading.Event()
        self._deserted = time.monotonic()
        # One that was killed a moment ago may have left services.
        self._cluster.client.run(stop, name, on_error="ignore")
        self._look()
        threading.Thread(target=self._watch, name="watch workers", daemon=True).start()

    def order(
        self, request: Request, file: bool, verify: bool, robots: bytes | FetchError | None
    ) -> Waiting | float:
        """Give an order to the worker that has the host; or the seconds until that can be done.

        Raises:
            ClusterError: if the cluster is lost.
        """
        host = request.url.host
        self.check()
        with self._lock:
            wait = self._free_at.get(host, 0.0) - time.monotonic()
            if wait > 0 or not self._workers:
                return max(wait, _LOOK)
            assignments = [] if host in self._owners else [self._assign(host)]
            worker = self._owners[host]
            number = next(self._numbers)
            waiting = self._waiting[number] = Waiting(worker)
            worker.send(assignments, [Order(number, request, file, verify, robots)])
            return waiting

    def rest(self, host: str, seconds: float) -> None:
        """Have a host be left alone for so long."""
        with self._lock:
            if host in self._owners:
                self._owners[host].send([Assignment(host, rest=seconds)], [])

    def check(self) -> None:
        """Go on.

        Raises:
            ClusterError: if the cluster is lost.
        """
        if self._failure is not None:
            raise self._failure

    def statistics(self) -> dict[str, Statistics]:
        """What the workers have asked of each host, together."""
        total: dict[str, Statistics] = {}
        with self._lock:
            for (_, host), figures in self._statistics.items():
                sums = total.setdefault(host, dict.fromkeys(figures, 0))
                for name, value in figures.items():
                    sums[name] = round(sums[name] + value, 3)
        return total

    def close(self) -> None:
        """Let the workers stop."""
        if self._closed.is_set():
            return
        self._closed.set()
        with self._lock:
            for worker in self._workers.values():
                worker.gone = True
        # A worker that cannot be told stops by itself.
        with contextlib.suppress(Exception):
            if self._failure is None:
                self._cluster.client.run(stop, self._name, on_error="ignore")

    def _assign(self, host: str) -> Assignment:
        worker = min(self._workers.values(), key=lambda one: len(one.hosts))
        worker.hosts.add(host)
        self._owners[host] = worker
        inherited = self._terms.get(host) if host in self._free_at else None
        return Assignment(host, self._limit_of(host), inherited)

    def _call(self, worker: WorkerConnection, function: Callable[..., Any], *args: Any) -> Any:
        common = (self._common,) if function is give else ()
        return self._cluster.client.run(
            function, self._name, worker.run, *common, *args, workers=[worker.address]
        )[worker.address]

    def _heard(self, worker: WorkerConnection, report: Report) -> None:
        with self._lock:
            if worker.gone:
                return
            self._terms.update(report.terms)
            for host, figures in report.statistics.items():
                self._statistics[worker.run, host] = figures
            for number, answer in report.answers:
                if waiting := self._waiting.pop(number, None):
                    waiting.end(answer)

    def _failed(self, worker: WorkerConnection, error: Exception) -> None:
        """A call has failed: the worker is lost, or the program has a fault."""
        if self._closed.is_set():
            return
        if isinstance(error, (OSError, TimeoutError)) or not self._is_there(worker.address):
            self._lose(worker)
        else:
            self._fail(error)

    def _is_there(self, address: str) -> bool:
        try:
            return address in self._cluster.client.nthreads()
        except Exception:  # the scheduler is lost: `_watch` tells of it
            return False

    def _lose(self, worker: WorkerConnection) -> None:
        with self._lock:
            if worker.gone:
                return
            worker.gone = True
            self._workers.pop(worker.address, None)
            for host in worker.hosts:
                del self._owners[host]
                self._free_at[host] = time.monotonic() + self._common.silence
                self._terms.setdefault(host, self._first_terms(host))
            for number, waiting in list(self._waiting.items()):
                if waiting.worker is worker:
                    del self._waiting[number]
                    waiting.end(LostError())

    def _first_terms(self, host: str) -> Terms:
        """Of a host of which nothing has been heard yet: the interval between two requests."""
        limit = self._limit_of(host)
        return Terms(limit.interval if limit else self._common.settings.interval)

    def _fail(self, error: Exception) -> None:
        with self._lock:
            self._failure = self._failure or error
            for waiting in self._waiting.values():
                waiting.end(LostError())
            self._waiting.clear()

    def _watch(self) -> None:
        while not self._closed.wait(_LOOK):
            try:
                self._look()
            except Exception as error:
                self._fail(error)
                return

    def _look(self) -> None:
        """See which workers there are, and which of them have not answered for too long."""
        address = self._cluster.address
        try:
            there = set(self._cluster.client.nthreads())
        except Exception as error:
            lost = f"the connection to the scheduler at {address} is lost"
            raise ClusterError(lost, "Run the same command again when it is up.") from error
        for worker in list(self._workers.values()):
            silent = time.monotonic() - worker.last > self._common.silence
            if worker.address not in there or silent:
                self._lose(worker)
        for address in sorted(there - self._workers.keys()):
            with self._lock:
                run = f"{self._run}-{next(self._numbers)}"
                self._workers[address] = WorkerConnection(
                    address, run, self._call, self._heard, self._failed
                )
        if self._workers:
            self._deserted = time.monotonic()
        elif time.monotonic() - self._deserted > _PATIENCE:
            empty = f"the cluster at {address} has had no worker for {_PATIENCE:.0f} s"
            raise ClusterError(empty, f"Start some with: dask worker {address}")
