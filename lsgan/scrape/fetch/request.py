"""What is asked of a server."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from lsgan.scrape.fetch.response import FetchError
from lsgan.scrape.fetch.urls import Origin, Url, join, parse

MOST_REDIRECTS = 5
MOST_IN_MEMORY = 16_000_000

# Not told to another origin that a server redirects to.
_PRIVATE_HEADERS = frozenset({"referer", "cookie", "authorization"})


@dataclass(frozen=True)
class Request:
    """A request, and how far it may lead.

    Attributes:
        url: what is asked for.
        headers: names in lower case.
        obeys: whether robots.txt and X-Robots-Tag are obeyed.
        most: decoded bytes of the body.
        cut: whether a longer body is cut off there, instead of being an error.
        redirects: how many may still be followed.
    """

    url: Url
    headers: Mapping[str, str]
    obeys: bool
    most: int = MOST_IN_MEMORY
    cut: bool = False
    redirects: int = MOST_REDIRECTS

    def led_to(self, location: str) -> "Request":
        """The request that a redirect asks for.

        Raises:
            FetchError: too-many-redirects; bad-url.
        """
        url = join(self.url, location)
        if self.redirects == 0:
            raise FetchError("too-many-redirects", str(url))
        headers = self.headers
        if url.origin != self.url.origin:
            headers = {k: v for k, v in headers.items() if k not in _PRIVATE_HEADERS}
        return replace(self, url=url, headers=headers, redirects=self.redirects - 1)


class ElsewhereError(Exception):
    """A server redirects to a host that somebody else asks.

    Attributes:
        request: what is to be asked there.
        robots_of: the origin whose robots.txt it is; None for the file that was asked for.
    """

    def __init__(self, request: Request, robots_of: Origin | None = None) -> None:
        super().__init__(request, robots_of)
        self.request = request
        self.robots_of = robots_of


def page_request(
    url: str, params: Mapping[str, str] | None, headers: Mapping[str, str] | None, api: bool
) -> Request:
    """The request for something that is held in memory.

    Raises:
        FetchError: bad-url.
    """
    told = {name.lower(): value for name, value in (headers or {}).items()}
    return Request(parse(url, dict(params or {})), {"accept-encoding": "gzip", **told}, not api)


def file_request(url: str, referer: str, most: int) -> Request:
    """The request for an image; of the page `referer`, other sites are told the site alone.

    Raises:
        FetchError: bad-url.
    """
    target = parse(url)
    headers = {"accept-encoding": "identity", **_referer(referer, target)}
    return Request(target, headers, True, most)


def robots_request(url: Url, most: int) -> Request:
    """The request for a robots.txt."""
    return Request(url, {"accept-encoding": "gzip"}, False, most, cut=True)


def _referer(page: str, target: Url) -> dict[str, str]:
    """The header Referer as browsers send it (Referrer Policy, 3.8)."""
    try:
        source = parse(page)
    except FetchError:
        return {}
    if source.scheme == "https" and target.scheme == "http":
        return {}
    return {"referer": str(source if source.origin == target.origin else replace(source, path="/"))}
