"""Pages and galleries by their addresses, and the pages that follow them."""

import re
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urldefrag

from lsgan.config import ScrapeSection
from lsgan.errors import ConfigError
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.fetch.response import FetchError
from lsgan.scrape.fetch.urls import parse as parse_url
from lsgan.scrape.html import Document, attribute, parse
from lsgan.scrape.politeness.robots_tag import FORBIDDING
from lsgan.scrape.sources import feeds
from lsgan.scrape.sources.next_page import counted_on, next_page
from lsgan.scrape.sources.page_images import images
from lsgan.scrape.sources.source import Cursor, Page, Source, SourceError

if TYPE_CHECKING:
    from lsgan.scrape.client import Client

NO_FURTHER_PAGE = "no further page was found"
_OF_THE_HOST = ("host-budget", "host-down", "private-address", "rate-limited")
_MOST_PAGES = 1000


class Gallery(Source):
    """Reads the images of web pages, page after page.

    Args:
        client: the HTTP client; robots.txt is obeyed.
        settings: `pages` are the addresses to begin at.
    """

    name = "page"

    def __init__(self, client: "Client", settings: ScrapeSection) -> None:
        self._client = client
        self._pages = list(dict.fromkeys(page.strip() for page in settings.pages if page.strip()))

    def queries(self) -> list[str]:
        """As `Source` says: the addresses themselves.

        Raises:
            ConfigError: if one is none of the web.
        """
        for page in self._pages:
            try:
                parse_url(page)
            except FetchError as error:
                raise ConfigError(
                    f"--url: {error.detail}", "Give an address such as https://example.org/gallery."
                ) from error
        return self._pages

    def address(self, query: str) -> str:
        """As `Source` says."""
        return query

    def page(self, query: str, cursor: Cursor | None) -> Page:
        """As `Source` says; one web page is one page."""
        state = _State(**cursor) if cursor else _State(query)
        try:
            return self._read(state)
        except FetchError as error:
            if state.guessed and error.reason == "not-found":
                return state.page([], "", f"{NO_FURTHER_PAGE} than the one before {state.url}")
            if not state.named or error.reason in _OF_THE_HOST:
                raise
        except SourceError:
            if not state.named:
                raise
        # Of the pages that a sitemap names some are gone, or are no pages.
        state.visited.append(urldefrag(state.url).url)
        return state.page([], "", "")

    def _read(self, state: "_State") -> Page:
        response = self._client.get(state.url)
        state.visited += [urldefrag(state.url).url, urldefrag(response.url).url]
        kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind.startswith("image/"):
            return state.page([Candidate(url=response.url, media_type=kind)], "", "")
        feed = feeds.read(response)
        if feed is not None:
            state.queue += feed.pages
            return state.page(feed.candidates, "", "")
        root = parse(response) if _may_be_page(kind, response.body) else None
        if root is None:
            raise SourceError(
                "changed", f"{state.url} is no web page but {kind or 'of no known type'}"
            )
        said = directives(root)
        if word := forbidding(said):
            raise SourceError("blocked", f"the robots tag of {state.url} says {word}")
        found = images(root, response.url)
        if "nofollow" in said:
            return state.page(found, "", "")
        note = f"{NO_FURTHER_PAGE} on {response.url}"
        following = next_page(response, root, state.visited)
        if following or not found:
            return state.page(found, following, note)
        # A page that has a number may have a next one that nothing leads to.
        counted = counted_on(response.url)
        return state.page(found, counted, note, guessed=True)


@dataclass
class _State:
    """How far a query has come, as its cursor holds it.

    Attributes:
        url: of the page that is next.
        visited: the addresses of all before it.
        queue: pages that a feed or a sitemap has named.
        guessed: whether no link has led to `url`.
        named: whether a feed or a sitemap has named it.
    """

    url: str
    visited: list[str] = field(default_factory=list)
    queue: list[str] = field(default_factory=list)
    guessed: bool = False
    named: bool = False

    def page(
        self, found: list[Candidate], following: str, note: str, guessed: bool = False
    ) -> Page:
        """The page, and where the query goes on."""
        queue = [url for url in dict.fromkeys(self.queue) if url not in self.visited]
        if len(self.visited) > 2 * _MOST_PAGES or not (following or queue):
            return Page(found, None, note)
        named = not following
        if named:
            following, guessed = queue.pop(0), False
        queue = queue[:_MOST_PAGES]
        return Page(found, asdict(_State(following, self.visited, queue, guessed, named)))


def directives(root: Document) -> set[str]:
    """What the page's robots tags say to us, in lower case."""
    said: set[str] = set()
    for meta in root.elements("meta"):
        if attribute(meta, "name").lower() in ("robots", "lsgan"):
            said |= set(re.split(r"[\s,]+", attribute(meta, "content").lower()))
    return said


def forbidding(said: set[str]) -> str:
    """Which of a page's directives forbids the use of its images; empty if none does."""
    return min(said & FORBIDDING, default="")


def _may_be_page(kind: str, body: bytes) -> bool:
    unclear = kind in ("", "text/plain", "application/octet-stream")
    return ("html" in kind or "xml" in kind or unclear) and b"<" in body[:100_000]
