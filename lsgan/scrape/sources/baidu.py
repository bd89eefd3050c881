"""Baidu's image search, on request only: what its own page asks, not an interface."""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urlsplit

from lsgan.config import ScrapeSection
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.fetch.response import FetchError, Response
from lsgan.scrape.markup import plain
from lsgan.scrape.politeness.limits import HostLimit
from lsgan.scrape.sources.source import Cursor, Page, Source, SourceError
from lsgan.scrape.sources.values import address, pixels, query_names, said

if TYPE_CHECKING:
    from lsgan.scrape.client import Client

HOME = "https://image.baidu.com/"
SEARCH = "https://image.baidu.com/search/acjson"
NOTICE = (
    "baidu: this reads the search engine's pages for people, not an interface for programs; it "
    "may refuse at any time.\n"
    "       It gives neither author nor licence of the images: finding them is up to you."
)

_PAGE_SIZE = 30
_SECONDS = 2.0
_REFUSING_HOST = "wappass.baidu.com"
_REFUSING_WORDS = ("forbid", "wappass", "安全验证")
# Names and values as RFC 6265, 4.1.1, has them.
_COOKIE = re.compile(r"(?:^|, )([\w.-]+=[!#-+\--:<-\[\]-~]+)(?=[;, ]|$)", re.ASCII)
# A backslash that begins no escape of JSON, as in \'.
_BACKSLASH = re.compile(r'(\\["\\/bfnrtu])|\\')

# How `objURL` is written: three long signs, then letter by letter.
_SIGNS = {"_z2C$q": ":", "_z&e3B": ".", "AzdH3F": "/"}
_LETTERS = str.maketrans("wkv1ju2it3hs4g5rq6fp7eo8dn9cm0bla", "abcdefghijklmnopqrstuvw1234567890")


class Baidu(Source):
    """A search for images.

    Args:
        client: asks Baidu, as robots.txt allows; is told how fast.
        settings: queries.
    """

    name = "baidu"
    notice = NOTICE

    def __init__(self, client: Client, settings: ScrapeSection) -> None:
        self._client = client
        self._settings = settings
        self._cookies: str | None = None
        seconds = max(_SECONDS, settings.interval)
        client.limit(urlsplit(SEARCH).hostname or "", HostLimit(concurrency=1, interval=seconds))

    def queries(self) -> list[str]:
        """A search for each query."""
        return query_names("search", self._settings.queries)

    def address(self, query: str) -> str:
        """The address of the first page."""
        return f"{SEARCH}?{urlencode(_parameters(query, 0))}"

    def page(self, query: str, cursor: Cursor | None) -> Page:
        """The next up to 30 images of a search."""
        offset = int(cursor["pn"]) if cursor else 0
        headers = {"Referer": HOME}
        if self._cookies is None:
            self._cookies = _cookies(self._ask(HOME, {}, {}))
        if self._cookies:
            headers["Cookie"] = self._cookies
        response = self._ask(SEARCH, _parameters(query, offset), headers)
        result = _json(response)
        if result.get("antiFlag") or "forbid" in str(result.get("message", "")).lower():
            raise SourceError("blocked", f"it says: {said(response)}")
        entries = result.get("data")
        if not isinstance(entries, list):
            raise SourceError("changed", f"no results in: {said(response)}")
        found = [candidate for entry in entries if (candidate := _candidate(entry))]
        if any(entries) and not found:
            raise SourceError("changed", "its results are in another form")
        following = offset + _PAGE_SIZE
        ended = not any(entries) or following >= _total(result)
        return Page(found, None if ended else {"pn": following})

    def _ask(self, url: str, parameters: dict[str, str], headers: dict[str, str]) -> Response:
        try:
            response = self._client.get(url, params=parameters, headers=headers)
        except FetchError as error:
            if error.reason in ("robots", "robots-tag", "forbidden"):
                raise SourceError("blocked", f"{error.reason} {error.detail}") from error
            raise
        if urlsplit(response.url).hostname == _REFUSING_HOST:
            raise SourceError("blocked", f"it leads to {_REFUSING_HOST}")
        return response


def decoded(cipher: str) -> str:
    """The address that `objURL` hides."""
    for sign, letter in _SIGNS.items():
        # Not the letter itself, which the table below would turn into another.
        cipher = cipher.replace(sign, letter)
    return cipher.translate(_LETTERS)


def _parameters(query: str, offset: int) -> dict[str, str]:
    word = query.partition(" ")[2]
    return {
        "tn": "resultjson_com",
        "ipn": "rj",
        "ct": "201326592",
        "fp": "result",
        "word": word,
        "queryWord": word,
        "ie": "utf-8",
        "oe": "utf-8",
        "pn": str(offset),
        "rn": str(_PAGE_SIZE),
        "gsm": f"{offset:x}",
    }


def _cookies(response: Response) -> str:
    """The cookies that a response sets, as they are sent back."""
    return "; ".join(_COOKIE.findall(response.headers.get("set-cookie", "")))


def _json(response: Response) -> dict[str, Any]:
    # Its strings hold \' and line feeds, which JSON does not know.
    try:
        result = json.loads(
            _BACKSLASH.sub(lambda found: found[1] or "", response.text), strict=False
        )
    except (ValueError, RecursionError):
        result = None
    if isinstance(result, dict):
        return result
    refused = any(word in response.text[:5000].lower() for word in _REFUSING_WORDS)
    raise SourceError("blocked" if refused else "changed", f"no JSON object but: {said(response)}")


def _total(result: dict[str, Any]) -> float:
    """How many results a search has at most; listNum is far less than displayNum."""
    told = (result.get(key) for key in ("displayNum", "listNum"))
    return min((n for n in told if isinstance(n, int) and n > 1), default=math.inf)


def _candidate(entry: Any) -> Candidate | None:
    """What an entry tells; None if there is no address in it, as in the last, empty one."""
    if not isinstance(entry, dict):
        return None
    replaced = entry.get("replaceUrl")
    origin = replaced[0] if isinstance(replaced, list) and replaced else {}
    origin = origin if isinstance(origin, dict) else {}
    cipher = entry.get("objURL")
    addresses = (
        origin.get("ObjURL"),
        origin.get("ObjUrl"),
        decoded(cipher) if isinstance(cipher, str) else None,
        *(entry.get(name) for name in ("hoverURL", "middleURL", "thumbURL")),
    )
    url = next((known for value in addresses if (known := address(value))), "")
    if not url:
        return None
    title = entry.get("fromPageTitle")
    return Candidate(
        url=url,
        page=address(origin.get("FromURL")) or address(origin.get("FromUrl")),
        title=plain(title) if isinstance(title, str) else "",
        width=pixels(entry.get("width")),
        height=pixels(entry.get("height")),
    )
