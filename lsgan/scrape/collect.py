"""From chosen candidates to judged images: many fetched at a time, each judged in its turn.

Since the order of judgement does not depend on which fetch ends first, the same responses of the
servers always give the same set.
"""

from collections import deque
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

from lsgan.data.rejection import RejectedError
from lsgan.scrape.catalogue import Catalogue, candidate_of
from lsgan.scrape.client import Client
from lsgan.scrape.copies import signed, thumbnail
from lsgan.scrape.deduplicator import Deduplicator
from lsgan.scrape.download import Downloaded, Downloader, Loss, origin_file
from lsgan.scrape.fetch.response import FetchError
from lsgan.scrape.filters import Filters
from lsgan.system.processes import SurvivingPool
from lsgan.system.runtime import cores

# Candidates chosen at a time, and fetches under way at a time; each host has a limit of its own.
ROUND = 128
_THREADS = 16


class Collector:
    """Fetches and judges chosen candidates.

    Args:
        catalogue: the catalogue.
        client: the HTTP client.
        deduplicator: decides on what was fetched.
        filters: what is wanted.
        incoming: folder for files on their way.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        client: Client,
        deduplicator: Deduplicator,
        filters: Filters,
        incoming: Path,
    ) -> None:
        self._catalogue = catalogue
        self._deduplicator = deduplicator
        self._incoming = incoming
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="fetch")
        self._processes = SurvivingPool(cores())
        self._downloader = Downloader(client, self._processes, filters, incoming)

    def close(self) -> None:
        """End the threads and processes, once the fetches under way have ended."""
        self._threads.shutdown(cancel_futures=True)
        self._processes.close()

    def collect(self, settled: Callable[[], None]) -> None:
        """Bring every candidate that is chosen or fetched to its end.

        Args:
            settled: called after each of them.

        Raises:
            AbortedError: if the client was told to stop.
            OutputError: if a file cannot be written.
        """
        rows = self._catalogue.rows(
            "SELECT * FROM candidates WHERE state IN ('chosen', 'fetched') ORDER BY turn"
        )
        order = deque(int(row["id"]) for row in rows)
        ready = {int(row["id"]) for row in rows if row["state"] == "fetched"}
        futures = {
            self._threads.submit(self._downloader.download, int(row["id"]), candidate_of(row)): int(
                row["id"]
            )
            for row in rows
            if row["state"] == "chosen"
        }
        pending = set(futures)
        try:
            while order:
                # A short wait, since on Windows a long one would hold back Ctrl-C.
                done, pending = wait(pending, timeout=0.5, return_when=FIRST_COMPLETED)
                with self._catalogue.transaction():
                    for future in done:
                        self._enter(futures[future], future.result())
                        ready.add(futures[future])
                for future in done:
                    origin_file(self._incoming / str(futures[future])).unlink(missing_ok=True)
                while order and order[0] in ready:
                    self._deduplicator.decide(order.popleft())
                    settled()
        finally:
            for future in pending:
                future.cancel()

    def _enter(self, number: int, outcome: Downloaded | Loss) -> None:
        """Enter what a candidate's addresses have brought."""
        if isinstance(outcome, FetchError):
            self._catalogue.settle(number, outcome.ending, outcome.reason, outcome.detail)
        elif isinstance(outcome, RejectedError):
            self._catalogue.settle(number, "rejected", outcome.reason, outcome.detail)
        else:
            facts = outcome.decoded.facts
            self._catalogue.execute(
                "UPDATE candidates SET state = 'fetched', url = ?, bytes = ?, sha256 = ?,"
                " width = ?, height = ?, format = ?, phash = ?, thumbnail = ? WHERE id = ?",
                *(outcome.url, facts.bytes, facts.sha256, facts.width, facts.height),
                *(facts.format, signed(facts.phash), thumbnail(outcome.decoded), number),
            )
