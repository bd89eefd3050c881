"""Pages that lie in memory, and what the source makes of them."""

from pathlib import Path

from lsgan.config import ScrapeSection
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.fetch.response import Response
from lsgan.scrape.sources.page import Gallery
from lsgan.scrape.sources.source import Page

RECORDED = Path(__file__).parent / "recorded"
HTML = "text/html; charset=utf-8"


class Site:
    """A client of a site that lies in memory."""

    def __init__(self, pages: dict[str, tuple[str, bytes]]) -> None:
        self.pages = pages
        self.asked: list[str] = []
        self.headers: dict[str, str] = {}

    def get(self, url: str) -> Response:
        self.asked.append(url)
        kind, body = self.pages[url]
        return Response(url, 200, {"content-type": kind, **self.headers}, body)


def read(html: str | bytes, url: str = "https://example.org/gallery/", kind: str = HTML) -> Page:
    body = html.encode() if isinstance(html, str) else html
    gallery = Gallery(Site({url: (kind, body)}), ScrapeSection(pages=[url]))  # type: ignore[arg-type]
    return gallery.page(url, None)


def addresses(html: str) -> list[str]:
    return [candidate.url for candidate in read(html).candidates]


def only(html: str) -> Candidate:
    [candidate] = read(html).candidates
    return candidate
