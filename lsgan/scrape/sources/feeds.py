"""Sitemaps and feeds (RSS, Atom, Media RSS): their images, and the pages that they name."""

import re
import zlib
from dataclasses import dataclass

from bs4 import BeautifulSoup, Tag

from lsgan.scrape.candidate import Candidate
from lsgan.scrape.fetch.response import Response
from lsgan.scrape.html import LONGEST_PAGE, attribute, parse_text, words
from lsgan.scrape.markup import clean, plain
from lsgan.scrape.sources.page_images import images
from lsgan.scrape.sources.values import address, pixels

_ROOT = re.compile(rb"<(?:\w+:)?(?:rss|feed|urlset|sitemapindex|RDF)[\s>]")
# Of so many bytes the root element is looked for, after what may stand before it.
_PROLOG = 20_000
_BEFORE = ((b"<?", b"?>"), (b"<!--", b"-->"), (b"<!", b">"))
_GZIP = b"\x1f\x8b"
_ENTRIES = ["url", "sitemap", "item", "entry"]
_MOST_ENTRIES = 5000
_LONGEST_TEXT = 1_000_000


@dataclass(frozen=True)
class Feed:
    """What a feed or a sitemap holds.

    Attributes:
        candidates: its images; what they link to may show them larger.
        pages: addresses of pages and of further sitemaps, whose images it does not tell.
    """

    candidates: list[Candidate]
    pages: list[str]


def read(response: Response) -> Feed | None:
    """The feed or sitemap in a response; None if it is none."""
    body = response.body
    if body.startswith(_GZIP):
        body = _unpacked(body)
    if not _ROOT.match(_from_root(body[:_PROLOG])):
        return None
    soup = BeautifulSoup(body[:LONGEST_PAGE], "xml")
    entries = [
        entry
        for entry in soup.find_all(_ENTRIES, limit=_MOST_ENTRIES)
        if entry.parent is None or entry.parent.name not in _ENTRIES
    ]
    candidates, pages = [], []
    for entry in entries:
        page = _page(entry, response.url)
        found = list(_images(entry, response.url, page))
        candidates += found
        if page and not found:
            pages.append(page)
    return Feed(candidates, pages)


def _page(entry: Tag, url: str) -> str:
    """The page that an entry is about."""
    for link in entry.find_all(["loc", "link"], recursive=False):
        if attribute(link, "rel").lower() in ("", "alternate"):
            return address(attribute(link, "href") or words(link), url)
    return ""


def _images(entry: Tag, url: str, page: str) -> list[Candidate]:
    name = entry.find("title", recursive=False)
    title = clean("" if name is None else plain(words(name)))
    found: dict[str, Candidate] = {}
    for element in entry.find_all(["content", "enclosure", "image", "link"]):
        told, kind = attribute(element, "url", "href"), attribute(element, "type").lower()
        if element.name == "image":
            location = element.find("loc")
            told = words(location) if location is not None else told
        elif not (kind.startswith("image/") or attribute(element, "medium") == "image"):
            continue
        target = address(told, url)
        if target:
            width, height = (pixels(attribute(element, side)) for side in ("width", "height"))
            found[target] = Candidate(
                url=target, page=page or url, title=title, width=width, height=height
            )
    if found:
        return list(found.values())
    # The entry's text is HTML, and what it shows stands for the page.
    names = ["description", "encoded", "content", "summary"]
    texts = entry.find_all(names, recursive=False, limit=10)
    soup = parse_text(" ".join(text.get_text() for text in texts)[:_LONGEST_TEXT])
    return [] if soup is None else images(soup, page or url)


def _from_root(body: bytes) -> bytes:
    body = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    while ends := next((end for begin, end in _BEFORE if body.startswith(begin)), b""):
        _, _, body = body.partition(ends)
        body = body.lstrip()
    return body


def _unpacked(body: bytes) -> bytes:
    try:
        return zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(body, LONGEST_PAGE)
    except zlib.error:
        return b""
