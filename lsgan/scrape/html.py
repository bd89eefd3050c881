"""HTML from strangers as a Beautiful Soup."""

import logging
import re
import warnings
from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

from bs4 import BeautifulSoup, Tag, XMLParsedAsHTMLWarning
from bs4.dammit import EncodingDetector, UnicodeDammit
from bs4.element import CData, NavigableString, PageElement

from lsgan.scrape.fetch.response import Response, decoded

# A tree takes fifty times as many bytes. No page that people look at is as long.
LONGEST_PAGE = 8_000_000
_MOST_INSIDE = 200
# In so many bytes the character set shows that nobody has named.
_SAMPLE = 20_000
_ENDLESS_TAG = re.compile(r"<[^<>]{100000}")

# Otherwise Python shows its warnings to the user.
logging.getLogger("bs4").addHandler(logging.NullHandler())
# A page that begins as XML is a page like any other to a browser.
warnings.filterwarnings("ignore", category=XMLParsedAsHTMLWarning)


class Document(BeautifulSoup):
    """A page that has been read, and is not changed any more."""

    @cached_property
    def tags(self) -> list[Tag]:
        """All its elements in their order.

        A page is searched for a dozen things, and each search of Beautiful Soup's own goes
        through all of it, text included.
        """
        return [piece for piece in self.descendants if isinstance(piece, Tag)]

    def elements(self, *names: str) -> list[Tag]:
        """All its elements `names` in their order."""
        return [tag for tag in self.tags if tag.name in names]


def parse(response: Response) -> Document | None:
    """A page, however badly it is written; None if it has no element.

    What comes after eight million bytes is left out, and what is written as one tag of a hundred
    thousand characters is taken for no page.
    """
    return parse_text(_text(response.body[:LONGEST_PAGE], response.charset))


def parse_text(text: str) -> Document | None:
    """The same of HTML that is text already."""
    # Null characters would end the page for the parser.
    text = text.replace("\0", " ").encode("utf-8", "replace").decode()
    # The parser's time grows with the square of the number of a tag's attributes.
    if "<" not in text or _ENDLESS_TAG.search(text):
        return None
    # html5lib takes minutes for what strangers may send.
    document = Document(text, "lxml", multi_valued_attributes=None)
    return document if document.tags else None


def words(element: Tag) -> str:
    """The text inside an element, or its beginning."""
    # What is no plain text, such as a comment or a script, is of a class of its own.
    plain = (str(piece) for piece in _inside(element) if type(piece) in (NavigableString, CData))
    return " ".join("".join(plain).split())


def within(element: Tag, *names: str) -> list[Tag]:
    """The elements `names` inside an element, as far as they are near its beginning."""
    return [piece for piece in _inside(element) if isinstance(piece, Tag) and piece.name in names]


def _inside(element: Tag) -> Iterator[PageElement]:
    """The first pieces inside an element.

    Elements may lie within each other, so that not all of what is inside of each can be looked
    at; and Beautiful Soup's own query begins at the last one.
    """
    waiting = element.contents[:_MOST_INSIDE][::-1]
    for _ in range(_MOST_INSIDE):
        if not waiting:
            return
        piece = waiting.pop()
        yield piece
        if isinstance(piece, Tag):
            waiting += piece.contents[:_MOST_INSIDE][::-1]


def attribute(element: Tag, *names: str) -> str:
    """The first of the attributes `names` that says something; empty if none does."""
    return next((said for name in names if (said := str(element.get(name) or "").strip())), "")


def relations(element: Tag) -> set[str]:
    """What an element's `rel` says, in lower case."""
    return set(attribute(element, "rel").lower().split())


class Enclosing:
    """What of certain elements each element of a page is inside of, or is itself.

    To ask each for its parents would take the square of a page's depth.
    """

    def __init__(self, root: Document, names: Collection[str]) -> None:
        self._around: dict[int, Mapping[str, Tag]] = {id(root): {}}
        for element in root.tags:
            around = self._around[id(element.parent)]
            if element.name in names:
                around = {**around, element.name: element}
            self._around[id(element)] = around

    def find(self, element: Tag, name: str) -> Tag | None:
        """The innermost element `name` around `element`."""
        return self._around[id(element)].get(name)


def _text(body: bytes, charset: str) -> str:
    """A page's text: by its byte order mark, else the header, else the page's own word."""
    data, mark = EncodingDetector.strip_byte_order_mark(body)
    return decoded(data, mark or charset or _declared(data) or _guessed(data))


def _declared(data: bytes) -> str:
    name = EncodingDetector.find_declared_encoding(data, is_html=True) or ""
    # Whoever can read the name knows that it is none of these (HTML Standard, 13.2.3.2).
    return "utf-8" if name.startswith("utf-16") else name


def _guessed(data: bytes) -> str:
    sample = data[: data.rfind(b">", 0, _SAMPLE) + 1]
    return UnicodeDammit(sample, ["utf-8"], is_html=True).original_encoding or "utf-8"
