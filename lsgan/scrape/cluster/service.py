"""The part of a scrape that a worker does: asking the hosts that it is given, decoding files."""

import asyncio
import queue
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

from urllib3 import BaseHTTPResponse

from lsgan.data.rejection import RejectedError
from lsgan.scrape.client import Client
from lsgan.scrape.cluster.orders import Answer, Assignment, Common, Order, Report
from lsgan.scrape.decoding import verify
from lsgan.scrape.fetch import body
from lsgan.scrape.fetch.request import ElsewhereError
from lsgan.scrape.fetch.response import AbortedError, FetchError, Response
from lsgan.scrape.html import LONGEST_PAGE

# Requests that wait for their turns take a thread each.
_THREADS = 512
# Seconds that a worker waits for something to tell, and bytes that it tells at a time.
_WAIT, _MOST_BYTES = 0.5, 8_000_000


class Service:
    """Carries out the orders of one run of `lsgan scrape`.

    It stops by itself when nobody has asked for its answers for too long: whoever runs the
    scrape gives its hosts to others then.

    Args:
        run: whose orders it takes.
        common: what all workers' services have in common.
    """

    def __init__(self, run: str, common: Common) -> None:
        self.run = run
        self._silence = common.silence
        self._hosts: set[str] = set()
        self._client = Client(common.settings, common.allow_private, owns=self._hosts.__contains__)
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="fetch")
        self._answers: queue.SimpleQueue[tuple[Order, Answer | Exception]] = queue.SimpleQueue()
        self._folder = tempfile.TemporaryDirectory(prefix="lsgan-scrape-")
        self._stopped = threading.Event()
        self._heard = time.monotonic()
        threading.Thread(target=self._watch, name="watch", daemon=True).start()

    def give(self, assignments: Sequence[Assignment], orders: Sequence[Order]) -> None:
        """Take hosts, and carry out orders."""
        self._heard = time.monotonic()
        for assignment in assignments:
            host = self._client.host(assignment.host)
            if assignment.limit is not None:
                host.set_limit(assignment.limit)
            if assignment.terms is not None:
                host.take_over(assignment.terms)
            if assignment.rest:
                host.pause(
                    assignment.rest
                )  # no longer than one waits: whoever asks has seen to that
            self._hosts.add(assignment.host)
        for order in orders:
            if order.robots is not None:
                self._client.tell_robots(order.request.url, order.robots)
            self._threads.submit(self._carry_out, order)

    def collect(self) -> Report:
        """What there is to tell, after half a second at most."""
        self._heard = time.monotonic()
        answers: list[tuple[int, Answer]] = []
        hosts: set[str] = set()
        size = 0
        try:
            while size < _MOST_BYTES:
                wait = not answers and not self._stopped.is_set()
                order, answer = self._answers.get(wait, _WAIT)
                if isinstance(answer, Exception) and not isinstance(
                    answer, (FetchError, ElsewhereError)
                ):
                    raise answer
                answers.append((order.number, answer))
                hosts.add(order.request.url.host)
                size += len(answer.body) if isinstance(answer, Response) else 0
        except queue.Empty:
            pass
        known = {name: self._client.host(name) for name in hosts}
        return Report(
            answers,
            {name: host.terms() for name, host in known.items()},
            {name: host.statistics() for name, host in known.items()},
        )

    def stop(self) -> None:
        """Break off everything; no request starts from now on."""
        if not self._stopped.is_set():
            self._stopped.set()
            self._client.abort()
            self._threads.shutdown(wait=False, cancel_futures=True)

    def _watch(self) -> None:
        while not self._stopped.wait(self._silence / 20):
            if time.monotonic() - self._heard > self._silence:
                self.stop()
        self._threads.shutdown(cancel_futures=True)
        self._client.close()
        self._folder.cleanup()

    def _carry_out(self, order: Order) -> None:
        answer: Answer | Exception
        try:
            answer = self._file(order) if order.file else self._client.fetch(order.request)
        except AbortedError:
            return
        except Exception as error:  # whatever it is, whoever gave the order must hear of it
            answer = error
        self._answers.put((order, answer))

    def _file(self, order: Order) -> Response:
        path = Path(self._folder.name, str(order.number))

        def write(http_response: BaseHTTPResponse) -> bytes:
            with path.open("wb") as file:
                for piece in body.pieces(http_response, order.request.most):
                    file.write(piece)
            return b""

        try:
            response = self._client.fetch(order.request, write)
            outcome = verify(path) if order.verify else None
            rejected = isinstance(outcome, RejectedError)
            # What is no image may be the page that shows it.
            page = rejected and path.stat().st_size <= LONGEST_PAGE
            content = b"" if rejected and not page else path.read_bytes()
            return replace(response, body=content, outcome=outcome)
        finally:
            path.unlink(missing_ok=True)


# The services of this process, by the sets that they are for.
_services: dict[str, Service] = {}


async def give(
    name: str,
    run: str,
    common: Common,
    assignments: Sequence[Assignment],
    orders: Sequence[Order],
) -> None:
    """Give hosts and orders to this worker's service for the set `name`, made if need be."""
    service = _services.get(name)
    if service is None or service.run != run:
        if service is not None:
            service.stop()
        service = _services[name] = Service(run, common)
    service.give(assignments, orders)


async def collect(name: str, run: str) -> Report:
    """What this worker's service has to tell."""
    service = _services.get(name)
    if service is None or service.run != run:
        await asyncio.sleep(_WAIT)
        return Report([], {}, {})
    return await asyncio.to_thread(service.collect)


async def stop(name: str) -> None:
    """End this worker's service for the set `name`."""
    service = _services.pop(name, None)
    if service is not None:
        service.stop()
