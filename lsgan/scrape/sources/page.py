"""Pages and galleries by their addresses, and the pages that follow them."""

import re
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urlsplit

from bs4 import Tag

from lsgan.config import ScrapeSection
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.html import attribute, parse, relations, words
from lsgan.scrape.sources.page_pictures import base_of, pictures
from lsgan.scrape.sources.source import Cursor, Page, SourceError
from lsgan.scrape.sources.values import address

if TYPE_CHECKING:
    from lsgan.scrape.fetch.client import Client

_NEXT_WORDS = frozenset(
    {"next", "next page", "older", "older posts", "weiter", "nächste", "nächste seite", "suivant"}
    | {
        "page suivante",
        "siguiente",
        "下一页",
        "下一頁",
        "下页",
        "следующая",
        "вперёд",
        "›",
        "»",
        "→",
    }
)
_FORBIDDING = frozenset({"noindex", "none", "noai", "noimageai"})
_MOST_PAGES = 1000


class Gallery:
    """Reads the pictures of web pages, page after page.

    Args:
        client: the HTTP client; robots.txt is obeyed.
        settings: `pages` are the addresses to begin at.
    """

    name = "page"

    def __init__(self, client: "Client", settings: ScrapeSection) -> None:
        self._client = client
        self._pages = list(dict.fromkeys(page.strip() for page in settings.pages if page.strip()))

    def walks(self) -> list[str]:
        """As `Source` says: the addresses themselves."""
        return self._pages

    def address(self, walk: str) -> str:
        """As `Source` says."""
        return walk

    def page(self, walk: str, cursor: Cursor | None) -> Page:
        """As `Source` says; one web page is one page."""
        url = str(cursor["url"]) if cursor else walk
        visited = list(cursor["visited"]) if cursor else []
        answer = self._client.get(url)
        kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind.startswith("image/"):
            return Page([Candidate(url=answer.url, media_type=kind)], None)
        root = parse(answer) if _may_be_page(kind, answer.body) else None
        if root is None:
            raise SourceError("changed", f"{url} is no web page but {kind or 'of no known type'}")
        directives = _directives(root)
        forbidding = sorted(directives & _FORBIDDING)
        if forbidding:
            raise SourceError("blocked", f"the robots tag of {url} says {forbidding[0]}")
        found = pictures(root, answer.url)
        visited = [*visited, urldefrag(url).url, urldefrag(answer.url).url]
        following = None if "nofollow" in directives else _next_page(root, answer.url, visited)
        if following is None or len(visited) > 2 * _MOST_PAGES:
            return Page(found, None)
        return Page(found, {"url": following, "visited": visited})


def _directives(root: Tag) -> set[str]:
    """What the page's robots tags say to us, in lower case."""
    directives: set[str] = set()
    for meta in root.find_all("meta"):
        if attribute(meta, "name").lower() in ("robots", "lsgan"):
            directives |= set(re.split(r"[\s,]+", attribute(meta, "content").lower()))
    return directives


def _may_be_page(kind: str, body: bytes) -> bool:
    unclear = kind in ("", "text/plain", "application/octet-stream")
    return ("html" in kind or "xml" in kind or unclear) and b"<" in body[:100_000]


def _next_page(root: Tag, url: str, visited: list[str]) -> str | None:
    """The address of the page that follows, on the same host; None if there is no new one."""
    base = base_of(root, url)
    links = [link for link in root.find_all(["link", "a"]) if attribute(link, "href")]
    marked = [link for link in links if "next" in relations(link)]
    worded = [link for link in links if link.name == "a" and _says_next(link)]
    # This sign may lead to the last page as well.
    signed = [link for link in links if link.name == "a" and words(link) == "»"]
    for link in (*marked, *worded, *signed):
        target = urldefrag(address(attribute(link, "href"), base)).url
        same = bool(target) and urlsplit(target).hostname == urlsplit(url).hostname
        if same and target not in visited:
            return target
    return None


def _says_next(link: Tag) -> bool:
    if "next" in attribute(link, "class").lower().split():
        return True
    said = {words(link).lower().strip(" ›»→>"), attribute(link, "aria-label", "title").lower()}
    return bool(said & _NEXT_WORDS) or words(link) in ("›", "→")
