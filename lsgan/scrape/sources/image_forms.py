"""The forms of one image: which addresses an element gives for it, the largest first."""

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from bs4 import Tag

from lsgan.scrape.html import attribute
from lsgan.scrape.sources.srcset import Form, forms_of
from lsgan.scrape.sources.values import BITMAPS

MOST_ADDRESSES = 12
LONGEST_ADDRESS = 2000
SRCSET = re.compile(r"srcset$", re.I)

_IMAGE_PATH = re.compile(r"\.(jpe?g|jpe|png|webp|gif|bmp|tiff?)$", re.I)
_SOURCES = frozenset({"src", "href", "xlink:href", "data"})
# Scripts move these to src or srcset when an image comes into view.
_LAZY = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-full", "data-url")
# What names of attributes say of the image that they lead to.
_LARGE = re.compile(r"full|large|orig|zoom|hi-?res|high|big|max|raw|download", re.I)
_SMALL = re.compile(r"thumb|small|low|mini|tiny|preview|placeholder|blur|icon|logo|avatar", re.I)
# Attributes of other kinds, whatever they hold.
_OTHER_ATTRIBUTES = frozenset({"style", "class", "id", "alt", "title", "content", "action", "cite"})


class Forms:
    """The forms of images, those of what several images have in common looked for once."""

    def __init__(self) -> None:
        self._known: dict[int, list[tuple[int, float, Form]]] = {}

    def of(self, image: Tag, sources: list[Tag], link: Tag | None) -> list[Form]:
        """The forms of an image, the largest first, as far as the page tells."""
        ranked = self._ranked(image)
        if sources:
            ranked = ranked + self._once(sources[0], lambda: self._of_all(sources))
        if link is not None:
            ranked = ranked + self._once(link, lambda: _of_link(link))
        return [form for _, _, form in sorted(ranked, key=_order) if form.url[:5] != "data:"]

    def _once(
        self, owner: Tag, find: Callable[[], list[tuple[int, float, Form]]]
    ) -> list[tuple[int, float, Form]]:
        if id(owner) not in self._known:
            self._known[id(owner)] = sorted(find(), key=_order)[:MOST_ADDRESSES]
        return self._known[id(owner)]

    def _of_all(self, sources: list[Tag]) -> list[tuple[int, float, Form]]:
        return [one for source in sources for one in self._ranked(source)]

    def _ranked(self, element: Tag) -> list[tuple[int, float, Form]]:
        ranked: list[tuple[int, float, Form]] = []
        for name, value in values(element):
            if SRCSET.search(name):
                for form in forms_of(value):
                    rank = 0 if form.width else 1 if form.density > 1 else 4 if form.density else 6
                    ranked.append((rank, -(form.width or form.density), form))
            elif name in _SOURCES:
                ranked.append((5, 0, Form(value)))
            elif name in _LAZY or is_image(value):
                ranked.append((rank_of(name, 3), 0, Form(value)))
        return ranked


def _of_link(link: Tag) -> list[tuple[int, float, Form]]:
    return [
        (2, 0, Form(value)) for name, value in values(link) if name != "href" and is_image(value)
    ]


def _order(ranked: tuple[int, float, Form]) -> tuple[int, float]:
    return ranked[:2]


def rank_of(name: str, usual: int) -> int:
    """The place among the forms of what an attribute holds, by the attribute's name."""
    return 6 if _SMALL.search(name) else 2 if _LARGE.search(name) else usual


def values(element: Tag) -> list[tuple[str, str]]:
    """The attributes of an element that may be or hold addresses."""
    stripped = ((name, str(value or "").strip()) for name, value in element.attrs.items())
    return [(name, value) for name, value in stripped if value and name not in _OTHER_ATTRIBUTES]


def is_readable(source: Tag) -> bool:
    """Whether the type that an element names, if any, is one that can be decoded."""
    return attribute(source, "type").lower() in ("", *BITMAPS)


# Each address is asked for several times, as a form and as the target of a link.
@lru_cache(maxsize=1024)
def is_image(target: str) -> bool:
    """Whether an address looks like that of an image file."""
    if len(target) > LONGEST_ADDRESS:
        return False
    try:
        name = unquote(urlsplit(target).path).rpartition("/")[2]
    except ValueError:
        return False
    # A wiki's "File:Lake.jpg" is the page about it.
    return bool(_IMAGE_PATH.search(name)) and ":" not in name
