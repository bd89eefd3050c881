"""The file of a candidate: one address after another, until one brings an image that is wanted."""

import threading
from collections import deque
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from lsgan.data.decode import Decoded, attempt
from lsgan.data.rejection import RejectedError
from lsgan.io.files import sync, write_text, writing
from lsgan.scrape import html
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.client import Client
from lsgan.scrape.fetch.response import FetchError, Response
from lsgan.scrape.filters import Filters
from lsgan.scrape.sources.detail_page import shown_larger
from lsgan.scrape.sources.page import directives, forbidding
from lsgan.system.processes import SurvivingPool

# As wide as a packed image, whose near copies are found by the same figures.
_decode = partial(attempt, size=64, channels=3, min_size=1)

Loss = RejectedError | FetchError


@dataclass(frozen=True)
class Downloaded:
    """An image that has come.

    Attributes:
        url: where from.
        decoded: what it shows.
    """

    url: str
    decoded: Decoded


class Downloader:
    """Fetches candidates into files; used by many threads at once.

    Args:
        client: the HTTP client.
        processes: in which files are decoded.
        filters: what is wanted.
        incoming: the folder for files on their way.
    """

    def __init__(
        self, client: Client, processes: SurvivingPool, filters: Filters, incoming: Path
    ) -> None:
        self._client = client
        self._processes = processes
        self._filters = filters
        self._incoming = incoming
        # A page takes fifty times its size to read.
        self._reading = threading.Lock()

    def download(self, number: int, candidate: Candidate) -> Downloaded | Loss:
        """Bring an image into the file `number`; where none is to be had there is no file.

        Raises:
            AbortedError: if the client was told to stop.
            OutputError: if a file cannot be written.
        """
        path = self._incoming / str(number)
        urls = [url for url in (candidate.larger, candidate.url, *candidate.others) if url]
        waiting = deque((url, candidate.page) for url in urls)
        # After a kill a file may have come already.
        if path.exists():
            waiting.appendleft((origin_file(path).read_text(encoding="utf-8"), ""))
        tried: set[str] = set()
        losses: list[Loss] = []
        while waiting:
            url, page = waiting.popleft()
            if url in tried:
                continue
            tried.add(url)
            outcome, base = self._obtain(path, url, page)
            if isinstance(outcome, Decoded):
                return Downloaded(url, outcome)
            losses.append(outcome)
            if url == candidate.larger and outcome.reason == "not-an-image":
                with self._reading:
                    shown = _shown(path, base, urls)
                waiting.extendleft((found, base) for found in reversed(shown))
            with writing(path):
                path.unlink(missing_ok=True)
        return max(reversed(losses), key=_gravity, default=FetchError("bad-url", "no address"))

    def _obtain(self, path: Path, url: str, page: str) -> tuple[Decoded | Loss, str]:
        """The image at `url`, fetched into `path` unless it is there; and its last address."""
        base = url
        try:
            if not path.exists():
                base = self._fetch(path, url, page)
        except FetchError as error:
            return error, base
        outcome: Decoded | RejectedError = self._processes.call(_decode, path, _crashed)
        if isinstance(outcome, Decoded):
            reason = self._filters.size(outcome.facts.width, outcome.facts.height)
            return (RejectedError(*reason) if reason else outcome), base
        return outcome, base

    def _fetch(self, path: Path, url: str, page: str) -> str:
        """Fetch `url` into `path`; the address that it led to."""
        part = path.with_suffix(".part")
        try:
            with writing(path):
                response = self._client.download(url, part, referer=page)
                sync(part)
                # First, so that of a file that is there it is known where it is from.
                write_text(origin_file(path), url)
                part.replace(path)
                return response.url
        finally:
            part.unlink(missing_ok=True)


def origin_file(path: Path) -> Path:
    """The file that holds the address which the file of a candidate is from."""
    return path.with_suffix(".url")


def _shown(path: Path, url: str, known: list[str]) -> list[str]:
    """The addresses of the image that a page is about, if that is what came from `url`."""
    with path.open("rb") as file:
        body = file.read(html.LONGEST_PAGE)
    root = html.parse(Response(url, 200, {}, body))
    if root is None or forbidding(directives(root)):
        return []
    return shown_larger(root, url, known)


def _gravity(loss: Loss) -> int:
    """What another try may mend comes first, then what a rule forbids."""
    if isinstance(loss, RejectedError):
        return 0
    return {"rejected": 0, "refused": 1, "failed": 2}[loss.ending]


def _crashed(_: Path) -> RejectedError:
    return RejectedError("decoder-crashed")
