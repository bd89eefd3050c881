"""Bing's pages of image results, on request only: a page for people, not an interface."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from bs4 import Tag

from lsgan.config import ScrapeSection
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.fetch.response import FetchError, Response
from lsgan.scrape.html import Document, attribute, parse
from lsgan.scrape.politeness.limits import HostLimit
from lsgan.scrape.sources.source import Cursor, Page, Source, SourceError
from lsgan.scrape.sources.values import address, query_names, said, text

if TYPE_CHECKING:
    from lsgan.scrape.client import Client

SEARCH = "https://www.bing.com/images/async"
NOTICE = (
    "bing: this reads the search engine's pages for people, not an interface for programs; it "
    "may refuse at any time.\n"
    "      It gives neither author nor licence of the images: finding them is up to you."
)

_PAGE_SIZE = 35
_LAST = 1000  # it repeats itself long before
_SECONDS = 2.0
_ASPECTS = ("wide", "tall", "square")
_REFUSAL_PART = re.compile(r"captcha|turnstile", re.I)
_REFUSAL = re.compile(
    r"captcha|unusual traffic|are you a robot|verify you are|one last step|solve the challenge"
    r"|before you continue|accept (?:all )?cookies|access (?:is )?denied|(?:been|is) blocked|验证",
    re.I,
)
# The parts of the page that hold results, and what it says where there are none.
_CONTAINERS = frozenset({"dgControl", "dgControl_list"})
_NO_RESULTS = re.compile(
    r"\bno results|didn't find any|did not match|没有找到|未找到|沒有找到", re.I
)
# Bing marks the words that were searched for with these.
_HIGHLIGHTS = re.compile("[\ue000\ue001]")


class Bing(Source):
    """A search for photographs.

    Args:
        client: asks Bing, as robots.txt allows; is told how fast.
        settings: queries, the aspect.
    """

    name = "bing"
    notice = NOTICE

    def __init__(self, client: Client, settings: ScrapeSection) -> None:
        self._client = client
        self._settings = settings
        seconds = max(_SECONDS, settings.interval)
        client.limit(urlsplit(SEARCH).hostname or "", HostLimit(concurrency=1, interval=seconds))

    def queries(self) -> list[str]:
        """A search for each query."""
        return query_names("search", self._settings.queries)

    def address(self, query: str) -> str:
        """The address of the first page."""
        return f"{SEARCH}?{urlencode(self._parameters(query, 1))}"

    def page(self, query: str, cursor: Cursor | None) -> Page:
        """The next up to 35 photographs of a search."""
        first = int(cursor["first"]) if cursor else 1
        try:
            response = self._client.get(SEARCH, params=self._parameters(query, first))
        except FetchError as error:
            if error.reason in ("robots", "robots-tag", "forbidden", "rate-limited"):
                raise SourceError("blocked", f"{error.reason} {error.detail}") from error
            raise
        root = parse(response)
        links = [] if root is None else [a for a in root.elements("a") if "iusc" in _classes(a)]
        if not links:
            _check_end(response, root, first)
            return Page([], None)
        found = [candidate for link in links if (candidate := _candidate(link))]
        if not found:
            raise SourceError("changed", "its results are in another form")
        following = first + _PAGE_SIZE
        return Page(found, {"first": following} if following <= _LAST else None)

    def _parameters(self, query: str, first: int) -> dict[str, str]:
        filters = ["photo-photo"]
        if self._settings.aspect in _ASPECTS:
            filters.append(f"aspect-{self._settings.aspect}")
        return {
            "q": query.partition(" ")[2],
            "async": "1",
            "first": str(first),
            "count": str(_PAGE_SIZE),
            "qft": "".join(f"+filterui:{name}" for name in filters),
        }


def _classes(element: Tag) -> list[str]:
    return attribute(element, "class").split()


def _check_end(response: Response, root: Document | None, first: int) -> None:
    """Raise a SourceError unless a page without results is the end of a search."""
    parts = [] if root is None else root.tags
    if any(_CONTAINERS.intersection(_classes(part)) for part in parts):
        return
    shown = "" if root is None else _shown(root)
    if _REFUSAL.search(shown) or any(
        _REFUSAL_PART.search(attribute(part, name))
        for part in parts
        for name in ("id", "class", "src", "action")
    ):
        raise SourceError("blocked", said(response))
    # The page after the last one is empty; the first one never is.
    if not _NO_RESULTS.search(shown) and (first == 1 or response.body.strip()):
        raise SourceError("changed", f"no results in: {said(response)}")


def _shown(root: Document) -> str:
    return " ".join(root.get_text(" ").split())


def _candidate(link: Tag) -> Candidate | None:
    """What a result tells in its attribute `m`; None if there is no address in it."""
    try:
        told = json.loads(attribute(link, "m"), strict=False)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict) or not (url := address(told.get("murl"))):
        return None
    title = told.get("t")
    return Candidate(
        url=url,
        page=address(told.get("purl")),
        title=text(_HIGHLIGHTS.sub("", title) if isinstance(title, str) else ""),
    )
