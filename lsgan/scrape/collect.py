"""From chosen candidates to judged images: many fetched at a time, each judged in its turn.

Since the order of judgement does not depend on which fetch ends first, and further candidates are
chosen after the same judgements, the same responses of the servers always give the same set.
"""

import queue
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from lsgan.data.rejection import RejectedError
from lsgan.scrape.catalogue import Catalogue, candidate_of
from lsgan.scrape.client import Client
from lsgan.scrape.copies import signed
from lsgan.scrape.database import Row
from lsgan.scrape.decoding import Decoders, Outcome
from lsgan.scrape.deduplicator import Deduplicator
from lsgan.scrape.download import Download, Downloader, origin_file
from lsgan.scrape.fetch.response import FetchError
from lsgan.scrape.filters import Filters
from lsgan.system.runtime import cores

# Ended downloads that are entered at a time.
_BATCH = 64


@dataclass(frozen=True)
class Width:
    """How much is done at a time.

    Attributes:
        fetches: under way; each host has a limit of its own.
        chosen: candidates that are chosen and not judged yet. When half of them are judged, further
            ones are chosen.
    """

    fetches: int
    chosen: int


HERE, CLUSTER = Width(16, 128), Width(512, 512)

_Event = tuple[Download, Outcome | BaseException | None]


class Collector:
    """Fetches and judges chosen candidates.

    Args:
        catalogue: the catalogue.
        client: the HTTP client.
        deduplicator: decides on what was fetched.
        filters: what is wanted.
        incoming: folder for files on their way.
        width: how much is done at a time.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        client: Client,
        deduplicator: Deduplicator,
        filters: Filters,
        incoming: Path,
        width: Width = HERE,
    ) -> None:
        self._catalogue = catalogue
        self._deduplicator = deduplicator
        self._incoming = incoming
        self._events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        self._threads = ThreadPoolExecutor(width.fetches, thread_name_prefix="fetch")
        self._decoders: Decoders[Download] = Decoders(
            max(1, cores() - 1),  # this process keeps a core busy itself
            lambda download, outcome: self._events.put((download, outcome)),
            early=width is HERE,
        )
        self._downloader = Downloader(client, filters)
        # Those that are to be judged, in their turns, and those of them that can be.
        self._few = width.chosen // 2
        self._order: deque[int] = deque()
        self._ready: set[int] = set()

    def close(self) -> None:
        """End the threads and processes, once the fetches under way have ended."""
        self._threads.shutdown(cancel_futures=True)
        self._decoders.close()

    def collect(self, choose: Callable[[int], Sequence[int]], settled: Callable[[], None]) -> None:
        """Bring every candidate that is chosen or fetched to its end, and those chosen meanwhile.

        Args:
            choose: called when few are left, with their number, chooses further ones.
            settled: called after each of them.

        Raises:
            AbortedError: if the client was told to stop.
            OutputError: if a file cannot be written.
        """
        self._start(self._catalogue.waiting())
        while True:
            if len(self._order) <= self._few:
                self._start(self._catalogue.candidates(choose(len(self._order))))
            if not self._order:
                return
            if self._order[0] not in self._ready:
                self._take_in()
            for _ in self._deduplicator.decide_all(self._judgeable()):
                settled()

    def _start(self, rows: list[Row]) -> None:
        for row in rows:
            number = int(row["id"])
            self._order.append(number)
            if row["state"] == "fetched":
                self._ready.add(number)
            else:
                path = self._incoming / str(number)
                self._threads.submit(self._advance, Download(number, candidate_of(row), path))

    def _advance(self, download: Download) -> None:
        """Go on with a download, in a thread of its own."""
        try:
            self._downloader.advance(download)
        except BaseException as error:  # whatever it is, the main thread must hear of it
            self._events.put((download, error))
            return
        if download.ended or download.outcome is not None:
            self._events.put((download, download.outcome))
        else:
            self._decoders.submit(download, download.path)

    def _take_in(self) -> None:
        """Wait for what the threads and processes have to tell, and enter what has ended."""
        ended = [
            download for download, outcome in self._told() if self._has_ended(download, outcome)
        ]
        with self._catalogue.transaction():
            for download in ended:
                self._enter(download)
        for download in ended:
            if len(download.tried) > 1:
                origin_file(download.path).unlink(missing_ok=True)
            self._ready.add(download.number)

    def _told(self) -> Iterator[_Event]:
        try:
            # A short wait, since on Windows a long one would hold back Ctrl-C.
            yield self._events.get(timeout=0.5)
        except queue.Empty:
            return
        for _ in range(_BATCH):
            if self._events.empty():
                return
            yield self._events.get()

    def _has_ended(self, download: Download, outcome: Outcome | BaseException | None) -> bool:
        if isinstance(outcome, BaseException) and not isinstance(outcome, RejectedError):
            raise outcome
        if outcome is not None:
            self._downloader.judge(download, outcome)
            if not download.ended:
                self._threads.submit(self._advance, download)
        return download.ended

    def _judgeable(self) -> Iterator[int]:
        """The next candidates in their turns, until one is on its way or further ones are due."""
        while self._order and self._order[0] in self._ready:
            number = self._order.popleft()
            self._ready.remove(number)
            yield number
            if len(self._order) <= self._few:
                return

    def _enter(self, download: Download) -> None:
        """Enter what a candidate's addresses have brought."""
        number, image = download.number, download.image
        if image is None:
            loss = download.loss
            ending = loss.ending if isinstance(loss, FetchError) else "rejected"
            self._catalogue.settle(number, ending, loss.reason, loss.detail)
            return
        facts = image.facts
        self._catalogue.execute(
            "UPDATE candidates SET state = 'fetched', url = ?, bytes = ?, sha256 = ?,"
            " width = ?, height = ?, format = ?, phash = ?, thumbnail = ? WHERE id = ?",
            *(download.url, facts.bytes, facts.sha256, facts.width, facts.height),
            *(facts.format, signed(facts.phash), image.thumbnail, number),
        )
