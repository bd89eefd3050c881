"""Wikimedia Commons, and any other MediaWiki, through its API.

The requests follow https://www.mediawiki.org/wiki/API:Query, API:Search, API:Categorymembers and
API:Imageinfo, the search words https://www.mediawiki.org/wiki/Help:CirrusSearch, and the manners
https://www.mediawiki.org/wiki/API:Etiquette.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from lsgan.config import ScrapeSection
from lsgan.errors import ConfigError
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.fetch.response import FetchError, Response
from lsgan.scrape.fetch.urls import parse
from lsgan.scrape.markup import plain
from lsgan.scrape.politeness.limits import HostLimit
from lsgan.scrape.sources.source import Cursor, Page, Source, SourceError
from lsgan.scrape.sources.values import json_object, query_names, said, text
from lsgan.scrape.sources.wiki_file import METADATA, wiki_file
from lsgan.scrape.sources.wikimedia import api_interval

if TYPE_CHECKING:
    from lsgan.scrape.client import Client

_DEFAULTS = ScrapeSection()
_PAGE_SIZE = 50
_MOST_RESULTS = 10_000  # the search serves no more
_MOST_CATEGORIES = 2000  # entered in one query; the cursor names them all
_EMPTY_CATEGORIES = 10  # passed over at a time
_TRIES = 6
_LAG_SECONDS = 5.0
_BUSY = ("maxlag", "ratelimited")
_REFUSED = ("blocked", "permissiondenied", "readapidenied")


class Commons(Source):
    """A MediaWiki's files by search and by category.

    Args:
        client: asks the wiki; is told how fast its hosts may be asked.
        settings: queries, categories, the wiki's endpoint, widths and heights, the contact.

    Raises:
        ConfigError: if the endpoint is no http or https address.
    """

    name = "commons"

    def __init__(self, client: Client, settings: ScrapeSection) -> None:
        self._client = client
        self._settings = settings
        self._endpoint = settings.endpoint.strip()
        try:
            self._host = parse(self._endpoint).host
        except FetchError as error:
            raise ConfigError(
                f"scrape.endpoint is {settings.endpoint!r}, which is no address",
                "Give the address of the wiki's api.php, such as https://example.org/w/api.php.",
            ) from error
        self._suffix = ""
        if self._endpoint != _DEFAULTS.endpoint:
            where = re.sub(r"^https?://|/?(api\.php)?$", "", self._endpoint, flags=re.I)
            self._suffix = f" at {where}"
        interval = api_interval(self._host, settings)
        client.limit(self._host, HostLimit(concurrency=1, interval=interval))

    def queries(self) -> list[str]:
        """A search for each query, then a query through each category."""
        return [
            *query_names("search", self._settings.queries, self._suffix),
            *query_names("category", self._settings.categories, self._suffix),
        ]

    def address(self, query: str) -> str:
        """The address that the query asks first."""
        kind, name = self._parts(query)
        if kind == "search":
            return self._url(self._search(name, {}))
        return self._url(self._members(_start(name)))

    def page(self, query: str, cursor: Cursor | None) -> Page:
        """The next up to 50 files of a search or of a category."""
        kind, name = self._parts(query)
        try:
            if kind == "search":
                return self._search_page(name, cursor)
            return self._category_page(cursor or _start(name))
        except FetchError as error:
            raise _refusal(error) from error

    def _search_page(self, query: str, cursor: Cursor | None) -> Page:
        state = cursor or {"plain": False, "continue": {}}
        result = self._ask(self._search(query, state))
        pages = _pages(result)
        if not pages and cursor is None:
            # A wiki without CirrusSearch finds nothing for its words.
            state = {"plain": True, "continue": {}}
            result = self._ask(self._search(query, state))
            pages = _pages(result)
        onward = _onward(result, state["continue"])
        offset = onward.get("gsroffset")
        over = isinstance(offset, int) and offset >= _MOST_RESULTS
        following = {**state, "continue": onward} if onward and not over else None
        return Page(self._candidates(pages), following)

    def _category_page(self, cursor: Cursor) -> Page:
        """As `page`; categories that hold only others are passed over."""
        candidates: list[Candidate] = []
        following: Cursor | None = cursor
        for _ in range(_EMPTY_CATEGORIES):
            if following is None or candidates:
                break
            result = self._ask(self._members(following))
            pages = _pages(result)
            candidates = self._candidates(pages)
            following = self._after(following, pages, _onward(result, following["continue"]))
        return Page(candidates, following)

    def _after(
        self, cursor: Cursor, pages: list[dict[str, Any]], onward: dict[str, Any]
    ) -> Cursor | None:
        """Where a query through categories goes on, each of them entered once."""
        depth, seen, waiting = cursor["depth"], list(cursor["seen"]), list(cursor["waiting"])
        for page in pages:
            title = page.get("title")
            deeper = page.get("ns") == 14 and depth < self._settings.category_depth
            new = title not in seen and len(seen) < _MOST_CATEGORIES
            if deeper and new and title and title == text(title, 1000):
                seen.append(title)
                waiting.append([title, depth + 1])
        following = {**cursor, "continue": onward, "seen": seen, "waiting": waiting}
        if onward:
            return following
        if not waiting:
            return None
        category, depth = waiting.pop(0)
        return {**following, "category": category, "depth": depth}

    def _search(self, query: str, state: Cursor) -> dict[str, str]:
        least = (self._settings.min_width - 1, self._settings.min_height - 1)
        words = f"filetype:bitmap filew:>{least[0]} fileh:>{least[1]} {query}"
        plain_search = {"gsrsearch": query, "gsrwhat": "text"}
        return {
            "generator": "search",
            "gsrnamespace": "6",
            "gsrlimit": str(_PAGE_SIZE),
            **(plain_search if state.get("plain") else {"gsrsearch": words}),
            **_texts(state.get("continue", {})),
        }

    def _members(self, state: Cursor) -> dict[str, str]:
        deeper = state["depth"] < self._settings.category_depth
        return {
            "generator": "categorymembers",
            "gcmtitle": state["category"],
            "gcmtype": "file|subcat" if deeper else "file",
            "gcmlimit": str(_PAGE_SIZE),
            **_texts(state["continue"]),
        }

    def _full(self, parameters: dict[str, str]) -> dict[str, str]:
        return {
            "action": "query",
            "format": "json",
            "formatversion": "2",
            "prop": "imageinfo",
            "iiprop": "url|size|mime|extmetadata",
            "iiurlwidth": str(self._settings.file_width),
            "iiextmetadatafilter": "|".join(METADATA),
            "maxlag": "5",
            **parameters,
        }

    def _url(self, parameters: dict[str, str]) -> str:
        return f"{self._endpoint}?{urlencode(self._full(parameters))}"

    def _ask(self, parameters: dict[str, str]) -> dict[str, Any]:
        """The API's response, asked again while the wiki is too busy.

        Raises:
            SourceError: if it is an error.
        """
        told = ""
        for _ in range(_TRIES):
            response = self._client.get(self._endpoint, params=self._full(parameters), api=True)
            result = json_object(response)
            if "error" not in result:
                return result
            error = result["error"]
            code = text(error.get("code")) if isinstance(error, dict) else ""
            if not code:
                raise SourceError("changed", "an error without a code")
            told = f"{code}: {plain(text(error.get('info'), 2000))}"
            if code not in _BUSY:
                refused = any(word in code for word in _REFUSED)
                raise SourceError("blocked" if refused else "unavailable", told)
            self._client.pause(self._host, _patience(response))
        raise SourceError("unavailable", f"too busy {_TRIES} times running; {told}")

    def _candidates(self, pages: list[dict[str, Any]]) -> list[Candidate]:
        found = [wiki_file(page, self._settings.file_width, self._endpoint) for page in pages]
        return [candidate for candidate in found if candidate]

    def _parts(self, query: str) -> tuple[str, str]:
        kind, _, name = query.partition(" ")
        return kind, name.removesuffix(self._suffix)


def _start(category: str) -> Cursor:
    title = "Category:" + re.sub(r"^\s*category\s*:\s*", "", category, flags=re.I)
    return {"category": title, "depth": 0, "continue": {}, "seen": [title], "waiting": []}


def _pages(result: dict[str, Any]) -> list[dict[str, Any]]:
    """The pages that the generator has found, in its order."""
    query = result.get("query", {})
    pages = query.get("pages", []) if isinstance(query, dict) else None
    if not isinstance(pages, list):
        raise SourceError("changed", "the response holds no list of pages")
    found = [page for page in pages if isinstance(page, dict)]
    return sorted(found, key=_index)


def _index(page: dict[str, Any]) -> int:
    index = page.get("index")
    return index if isinstance(index, int) else 0


def _onward(result: dict[str, Any], asked: dict[str, Any]) -> dict[str, Any]:
    """What the next request must add; empty after the last, or if nothing would change."""
    onward = result.get("continue", {})
    if not isinstance(onward, dict):
        raise SourceError("changed", "the response's `continue` is no object")
    try:
        urlencode(_texts(onward))
    except UnicodeError as error:
        raise SourceError("changed", "the response's `continue` is no text") from error
    return onward if onward != asked else {}


def _texts(onward: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in onward.items()}


def _patience(response: Response) -> float:
    """Seconds that the wiki wants to be left alone."""
    told = response.headers.get("retry-after", "").strip()
    return float(told) if re.fullmatch(r"\d{1,6}", told) else _LAG_SECONDS


def _refusal(error: FetchError) -> FetchError | SourceError:
    """What a failed request means for the query."""
    if error.response is None or error.response.status not in (401, 403):
        return error
    return SourceError("blocked", f"status {error.response.status}: {said(error.response)}")
