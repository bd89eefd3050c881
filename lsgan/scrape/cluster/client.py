"""The client of a scrape whose hosts are asked by the workers of a cluster."""

import os
import secrets
import socket
import threading
from collections.abc import Callable
from pathlib import Path

from lsgan.config import ScrapeSection
from lsgan.scrape.client import Client, Receive
from lsgan.scrape.cluster.orders import SILENCE, Answer, Common
from lsgan.scrape.cluster.workers import LostError, Waiting, Workers
from lsgan.scrape.fetch.request import ElsewhereError, Request, file_request
from lsgan.scrape.fetch.response import FetchError, Response
from lsgan.scrape.fetch.timing import Clock
from lsgan.scrape.fetch.urls import Origin
from lsgan.scrape.politeness.limits import HostLimit, Statistics
from lsgan.system.cluster import Cluster

# Workers that are lost over one request until it counts as failed.
_MOST_LOST = 4
_TICK = 0.5


class ClusterClient(Client):
    """As `Client` is, but each request is made by the worker that has its host.

    A redirect to another host comes back here and becomes a request to that host's own worker; so
    does a robots.txt that another host has.

    Args:
        cluster: the connection.
        settings: the limits, and the operator's address.
        allow_private_hosts: whether hosts outside the public internet may be asked.
        clock: the time, and what waits.
    """

    def __init__(
        self,
        cluster: Cluster,
        settings: ScrapeSection,
        allow_private_hosts: bool = False,
        clock: Clock | None = None,
    ) -> None:
        super().__init__(settings, allow_private_hosts, clock=clock)
        self._limits: dict[str, HostLimit] = {}
        self._robots_elsewhere: dict[Origin, bytes | FetchError] = {}
        self._asking: dict[Origin, threading.Lock] = {}
        name = f"{socket.gethostname()}:{Path(settings.out).resolve()}"
        common = Common(settings, allow_private_hosts, SILENCE)
        run = secrets.token_hex(8)
        self._workers = Workers(cluster, name, run, common, self._limits.get)

    def limit(self, host: str, limit: HostLimit) -> None:
        """As `Client` says; before the first request to the host."""
        self._limits[host.lower()] = limit

    def pause(self, host: str, seconds: float) -> None:
        """As `Client` says."""
        self._workers.rest(host.lower(), min(seconds, self._timing.longest_wait))
        super().pause(host, seconds)

    def fetch(self, request: Request, receive: Receive | None = None) -> Response:
        """As `Client` says; the body is always in memory.

        Raises:
            FetchError, AbortedError: as there.
            ClusterError: if the cluster is lost.
        """
        del receive
        return self._carry_out(request, file=False)

    def download(self, url: str, path: Path, referer: str = "") -> Response:
        """As `Client` says; the worker has decoded the file too."""
        response = self._carry_out(file_request(url, referer, self._most), file=True)
        with path.open("wb") as file:
            file.write(response.body)
            file.flush()
            os.fsync(file.fileno())
        return response

    def abort(self) -> None:
        """As `Client` says."""
        super().abort()
        self._workers.close()

    def close(self) -> None:
        """Let the workers stop."""
        self._workers.close()
        super().close()

    def statistics(self) -> dict[str, Statistics]:
        """As `Client` says, of all workers together."""
        return self._workers.statistics()

    def _carry_out(self, request: Request, file: bool) -> Response:
        robots: bytes | FetchError | None = None
        lost = 0
        while True:
            # What has ended a worker may be the file: it is decoded here, by a process of its own.
            answer = self._ask_worker(request, file, file and lost == 0, robots)
            if isinstance(answer, LostError):
                lost += 1
                if lost >= _MOST_LOST:
                    raise FetchError("connection", f"{lost} workers were lost over it")
            elif isinstance(answer, ElsewhereError):
                if answer.robots_of is None:
                    request, robots = answer.request, None
                else:
                    robots = self._robots_of(answer.robots_of, answer.request)
            elif isinstance(answer, FetchError):
                raise answer
            else:
                return answer

    def _robots_of(self, origin: Origin, request: Request) -> bytes | FetchError:
        """The robots.txt of an origin, from where it has redirected to; asked for once."""
        with self._asking.setdefault(origin, threading.Lock()):
            if origin not in self._robots_elsewhere:
                found: bytes | FetchError
                try:
                    found = self._carry_out(request, file=False).body
                except FetchError as error:
                    found = error
                self._robots_elsewhere[origin] = found
            return self._robots_elsewhere[origin]

    def _ask_worker(
        self, request: Request, file: bool, verify: bool, robots: bytes | FetchError | None
    ) -> Answer | LostError:
        while not isinstance(
            waiting := self._workers.order(request, file, verify, robots), Waiting
        ):
            self._clock.sleep(min(waiting, _TICK))
        _until(waiting.done.wait, self._clock.check)
        self._workers.check()
        assert waiting.answer is not None
        return waiting.answer


def _until(wait: Callable[[float], bool], check: Callable[[], None]) -> None:
    check()
    while not wait(_TICK):
        check()
