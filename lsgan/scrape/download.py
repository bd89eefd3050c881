"""The file of a candidate: one address after another, until one brings an image that is wanted."""

import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

from lsgan.data.rejection import RejectedError
from lsgan.io.files import write_text, writing
from lsgan.scrape import html
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.client import Client
from lsgan.scrape.decoding import Outcome, Verified
from lsgan.scrape.fetch.response import FetchError, Response
from lsgan.scrape.filters import Filters
from lsgan.scrape.sources.detail_page import shown_larger
from lsgan.scrape.sources.page import directives, forbidding

Loss = RejectedError | FetchError


@dataclass
class Download:
    """A candidate on its way: its addresses, one after another.

    Attributes:
        number: the candidate's.
        candidate: what its source has told.
        path: of the file.
        url: the address that is tried now.
        base: the address that it led to.
        losses: why those before it brought no image that is wanted.
        outcome: what the file shows, where whoever fetched it has decoded it too.
        ended: whether nothing is left to be done; `image` then holds what came of it, if anything.
    """

    number: int
    candidate: Candidate
    path: Path
    url: str = ""
    base: str = ""
    losses: list[Loss] = field(default_factory=list)
    outcome: Outcome | None = None
    ended: bool = False
    image: Verified | None = None

    def __post_init__(self) -> None:
        candidate = self.candidate
        self.urls = [url for url in (candidate.larger, candidate.url, *candidate.others) if url]
        self.waiting = deque((url, candidate.page) for url in self.urls)
        self.tried: set[str] = set()

    @property
    def loss(self) -> Loss:
        """The loss that tells most of why there is no image."""
        return max(reversed(self.losses), key=_gravity, default=FetchError("bad-url", "no address"))


class Downloader:
    """Fetches candidates into files; used by many threads at once.

    Args:
        client: the HTTP client.
        filters: what is wanted.
    """

    def __init__(self, client: Client, filters: Filters) -> None:
        self._client = client
        self._filters = filters
        # A page takes fifty times its size to read.
        self._reading = threading.Lock()

    def advance(self, download: Download) -> None:
        """Fetch one address after another until a file is there to be decoded, or none is left.

        Raises:
            AbortedError: if the client was told to stop.
            OutputError: if a file cannot be written.
        """
        if not download.url:
            # After a kill a file may have come already.
            if download.path.exists():
                _recognize(download)
                return
        else:
            self._leave(download)
        while download.waiting:
            url, page = download.waiting.popleft()
            if url in download.tried:
                continue
            download.tried.add(url)
            download.url = url
            try:
                download.base = self._fetch(download, page)
                return
            except FetchError as error:
                download.losses.append(error)
        download.ended = True

    def judge(self, download: Download, outcome: Outcome) -> None:
        """Take down what the file of a download shows: it ends here, or is to be advanced."""
        if isinstance(outcome, Verified):
            reason = self._filters.size(outcome.facts.width, outcome.facts.height)
            if reason is None:
                download.image, download.ended = outcome, True
                return
            outcome = RejectedError(*reason)
        download.losses.append(outcome)

    def _leave(self, download: Download) -> None:
        """Let go of a file that is no image that is wanted, but for the images that it shows."""
        path = download.path
        page = download.losses[-1].reason == "not-an-image"
        if page and download.url == download.candidate.larger:
            with self._reading:
                shown = _shown(path, download.base, download.urls)
            download.waiting.extendleft((url, download.base) for url in reversed(shown))
        with writing(path):
            path.unlink(missing_ok=True)

    def _fetch(self, download: Download, page: str) -> str:
        """Fetch the download's address into its file; the address that it led to."""
        path = download.path
        part = path.with_suffix(".part")
        try:
            with writing(path):
                response = self._client.download(download.url, part, referer=page)
                # First, so that of a file that is there it is known where it is from.
                if download.url != download.urls[0]:
                    write_text(origin_file(path), download.url)
                download.outcome = response.outcome
                if isinstance(response.outcome, RejectedError) and not response.body:
                    part.unlink()  # the worker has not sent what is of no use
                else:
                    part.replace(path)
                return response.url
        except BaseException:
            with writing(path):
                part.unlink(missing_ok=True)
            raise


def _recognize(download: Download) -> None:
    """Take up a file that had come before a kill."""
    origin = origin_file(download.path)
    download.url = download.base = (
        origin.read_text(encoding="utf-8") if origin.exists() else download.urls[0]
    )
    download.tried.add(download.url)


def origin_file(path: Path) -> Path:
    """The file that holds where the file of a candidate is from, if not from its first address."""
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
