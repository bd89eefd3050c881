"""Openverse, a search engine for openly licensed images, without a key.

The requests follow https://api.openverse.org/v1/ (its own documentation).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlencode, urlsplit

from lsgan.config import ScrapeSection
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.fetch.response import FetchError
from lsgan.scrape.licenses import CODES, normal, parse_allowed
from lsgan.scrape.politeness.limits import HostLimit
from lsgan.scrape.sources.source import Cursor, Page, Source, SourceError
from lsgan.scrape.sources.values import (
    BITMAPS,
    address,
    json_object,
    pixels,
    query_names,
    said,
    text,
)

if TYPE_CHECKING:
    from lsgan.scrape.client import Client

ENDPOINT = "https://api.openverse.org/v1/images/"

_PAGE_SIZE = 20  # a larger one needs a key
_PAGES = 12  # 240 results of a query are served without a key
_SECONDS = 3.0  # 20 requests a minute
_LONGEST_QUERY = 200
_MEDIUM, _LARGE = 640 * 480, 1600 * 900  # the least areas in pixels of these sizes
_DAILY = "without a key Openverse responses about 200 requests a day; go on tomorrow"


class Openverse(Source):
    """A search for photographs.

    Args:
        client: asks Openverse; is told how fast it may be asked.
        settings: queries, licences, widths and heights, the aspect.

    Raises:
        ConfigError: if a licence to take is not known.
    """

    name = "openverse"

    def __init__(self, client: Client, settings: ScrapeSection) -> None:
        self._client = client
        self._settings = settings
        self._filters = _filters(settings)
        seconds = max(_SECONDS, settings.interval)
        client.limit(urlsplit(ENDPOINT).netloc, HostLimit(concurrency=1, interval=seconds))

    def queries(self) -> list[str]:
        """A search for each query."""
        return query_names("search", self._settings.queries)

    def address(self, query: str) -> str:
        """The address of the first page."""
        return f"{ENDPOINT}?{urlencode(self._parameters(query, 1))}"

    def page(self, query: str, cursor: Cursor | None) -> Page:
        """The next up to 20 photographs of a search."""
        number = cursor["page"] if cursor else 1
        try:
            response = self._client.get(ENDPOINT, params=self._parameters(query, number), api=True)
        except FetchError as error:
            raise _refusal(error) from error
        result = json_object(response)
        items, pages = result.get("results"), result.get("page_count")
        if not isinstance(items, list) or not isinstance(pages, int):
            raise SourceError("changed", "the response holds no results or no number of pages")
        found = [_candidate(item) for item in items if isinstance(item, dict)]
        more = bool(items) and number < min(pages, _PAGES)
        return Page(
            [candidate for candidate in found if candidate], {"page": number + 1} if more else None
        )

    def _parameters(self, query: str, number: int) -> dict[str, str]:
        words = query.partition(" ")[2][:_LONGEST_QUERY]
        return {
            "q": words,
            "page": str(number),
            "page_size": str(_PAGE_SIZE),
            "category": "photograph",
            **self._filters,
        }


def _filters(settings: ScrapeSection) -> dict[str, str]:
    """The filters that lose nothing that is wanted, but for images of unknown size."""
    filters = {}
    allowed = parse_allowed(settings.licenses)
    if allowed and allowed <= set(CODES):
        filters["license"] = ",".join(name for name in CODES if name in allowed)
    # "square" there means equal to the pixel, here only nearly.
    if settings.aspect in ("wide", "tall"):
        filters["aspect_ratio"] = settings.aspect
    area = settings.min_width * settings.min_height
    if area >= _MEDIUM:
        filters["size"] = "large" if area >= _LARGE else "medium,large"
    return filters


def _candidate(item: dict[str, Any]) -> Candidate | None:
    """What Openverse tells of one image; None if it has no address or is no bitmap."""
    url, kind = address(item.get("url")), text(item.get("filetype")).lower()
    kind = {"jpg": "jpeg", "tif": "tiff"}.get(kind, kind)
    media_type = f"image/{kind}" if kind else ""
    if not url or (media_type and media_type not in BITMAPS):
        return None
    license_url = address(item.get("license_url"))
    name = f"{text(item.get('license'))} {text(item.get('license_version'))}".strip()
    return Candidate(
        url=url,
        page=address(item.get("foreign_landing_url")),
        title=text(item.get("title")),
        author=text(item.get("creator")),
        license=normal(name, license_url),
        license_url=license_url,
        width=pixels(item.get("width")),
        height=pixels(item.get("height")),
        media_type=media_type,
    )


def _refusal(error: FetchError) -> FetchError | SourceError:
    """What a failed request means for the query."""
    if error.reason == "rate-limited":
        return SourceError("unavailable", f"{error.detail}; {_DAILY}" if error.detail else _DAILY)
    status = error.response.status if error.response else None
    if error.response is None or status not in (400, 401, 403):
        return error
    ending: Literal["changed", "blocked"] = "changed" if status == 400 else "blocked"
    return SourceError(ending, f"status {status}: {said(error.response)}")
