"""The pictures of a web page, each once, with what the page says of it."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import fields, replace
from urllib.parse import unquote, urldefrag, urlsplit

from bs4 import Tag

from lsgan.scrape import licenses
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.html import Enclosing, attribute, relations, words
from lsgan.scrape.markup import clean
from lsgan.scrape.sources.linked_data import image_objects
from lsgan.scrape.sources.values import BITMAPS, address, pixels

_PICTURE_PATH = re.compile(r"\.(jpe?g|jpe|png|webp|gif|bmp|tiff?)$", re.I)
_NO_PHOTOGRAPH = re.compile(r"\.(svgz?|ico|cur)$", re.I)
# Scripts move these to src or srcset when a picture comes into view.
_LAZY = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-full", "data-url")
_SRCSETS = ("data-srcset", "data-lazy-srcset", "srcset")
_DESCRIPTOR = re.compile(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)([wx]),?")
_MOST_FORMS = 50
_ENCLOSING = ("a", "picture", "figure")
_OPEN_GRAPH = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image")


def base_of(root: Tag, url: str) -> str:
    """The address that the page's relative ones refer to."""
    for element in root.find_all("base"):
        return address(attribute(element, "href"), url) or url
    return url


def pictures(root: Tag, url: str) -> list[Candidate]:
    """The pictures of a page in the order of the page.

    Args:
        root: of the page.
        url: its address.
    """
    base = base_of(root, url)
    found: dict[str, Candidate] = {}
    told = list(image_objects(root))
    enclosing = Enclosing(root, _ENCLOSING)
    terms = _Terms(root, enclosing)
    for candidate in (*_shown(root, enclosing, terms), *told, *_linked(root), *_heads(root)):
        target = urldefrag(address(candidate.url, base)).url
        if not target or _NO_PHOTOGRAPH.search(urlsplit(target).path):
            continue
        whole = replace(candidate, url=target, page=address(candidate.page, base))
        found[target] = _merged(found[target], whole) if target in found else whole
    return [_completed(candidate, url, terms.of_page) for candidate in found.values()]


class _Terms:
    """Where the licences of a page and of its figures are, as it stands there; empty if nowhere."""

    def __init__(self, root: Tag, enclosing: Enclosing) -> None:
        self._of_figures: dict[int, str] = {}
        named = set()
        for link in root.find_all(["a", "link"]):
            if "license" in relations(link):
                figure = enclosing.find(link, "figure")
                if figure is None:
                    named.add(attribute(link, "href"))
                else:
                    self._of_figures.setdefault(id(figure), attribute(link, "href"))
        # Several are of the page's parts.
        self.of_page = named.pop() if len(named) == 1 else ""

    def of_figure(self, figure: Tag | None) -> str:
        return self._of_figures.get(id(figure), "")


def _shown(root: Tag, enclosing: Enclosing, terms: _Terms) -> Iterator[Candidate]:
    """What the page shows; a picture that links to a larger one stands for that."""
    captions: dict[int, str] = {}
    for element in root.find_all("figcaption"):
        captions.setdefault(id(enclosing.find(element, "figure")), words(element))
    frames: dict[int, list[Tag]] = defaultdict(list)
    for form in root.find_all("source"):
        forms = frames[id(enclosing.find(form, "picture"))]
        if len(forms) < _MOST_FORMS and _is_readable(form):
            forms.append(form)
    for image in root.find_all("img"):
        link, frame, figure = (enclosing.find(image, name) for name in _ENCLOSING)
        target = attribute(link, "href") if link is not None else ""
        forms = frames[id(frame)] if frame is not None else []
        url, width = (
            (target, None) if _is_picture(target) else _largest(image, _sets(*forms, image))
        )
        if not url:
            continue
        caption = captions.get(id(figure), "") if figure is not None else ""
        title = clean(caption or attribute(image, "alt", "title"))
        yield Candidate(url=url, title=title, license_url=terms.of_figure(figure), width=width)


def _is_readable(form: Tag) -> bool:
    return attribute(form, "type").lower() in ("", *BITMAPS)


def _sets(*elements: Tag) -> list[str]:
    return [said for element in elements for name in _SRCSETS if (said := attribute(element, name))]


def _largest(image: Tag, sets: list[str]) -> tuple[str, int | None]:
    """The address of an image's largest form, and its width where the page tells it."""
    forms = [form for text in sets for form in _forms(text)]
    if forms:
        # A width in pixels is always more than a density.
        size, unit, url = max(forms, key=lambda form: form[0])
        if unit == "w":
            return url, pixels(int(size))
        if size > 1:
            return url, None
    plain = [attribute(image, name) for name in (*_LAZY, "src")]
    usable = [said for said in plain if said and not said.startswith("data:")]
    return next(iter(usable), forms[0][2] if forms else ""), None


def _forms(srcset: str) -> Iterator[tuple[float, str, str]]:
    """The size, its unit ("w" for pixels, "x" for a density) and the address of each form.

    Forms are divided by commas, but addresses may hold commas too (HTML Standard, 4.8.4.2.1).
    """
    parts = iter(srcset.split())
    for url in parts:
        size, unit = 1.0, "x"
        if not url.endswith(","):
            for descriptor in parts:
                said = _DESCRIPTOR.fullmatch(descriptor)
                if said:
                    size, unit = min(float(said[1]), 1e6), said[2]
                if descriptor.endswith(","):
                    break
        if not url.startswith("data:") and url.strip(","):
            yield size, unit, url.strip(",")


def _linked(root: Tag) -> Iterator[Candidate]:
    """Links in words that lead to pictures."""
    for link in root.find_all("a"):
        target = attribute(link, "href")
        if _is_picture(target):
            yield Candidate(url=target, title=clean(attribute(link, "title") or words(link)))


def _heads(root: Tag) -> Iterator[Candidate]:
    """The pictures that the page's head names for it."""
    for element in root.find_all(["meta", "link"]):
        if element.name == "link":
            if "image_src" in relations(element):
                yield Candidate(url=attribute(element, "href"))
        elif attribute(element, "property", "name").lower() in _OPEN_GRAPH:
            yield Candidate(url=attribute(element, "content"))


def _is_picture(target: str) -> bool:
    try:
        name = unquote(urlsplit(target).path).rpartition("/")[2]
    except ValueError:
        return False
    # A wiki's "File:Lake.jpg" is the page about it.
    return bool(_PICTURE_PATH.search(name)) and ":" not in name


def _merged(one: Candidate, other: Candidate) -> Candidate:
    """`one` with what only `other` tells."""
    missing = {
        field.name: getattr(other, field.name)
        for field in fields(Candidate)
        if not getattr(one, field.name)
    }
    return replace(one, **missing)


def _completed(candidate: Candidate, url: str, wide: str) -> Candidate:
    """`candidate` with its page, and a licence from `wide`, the page's own.

    A licence link of a page is about the page's main content (HTML Standard, 4.6.7.9), so it
    counts for its own pictures, but not for those that it shows from other hosts.
    """
    own = urlsplit(candidate.url).hostname == urlsplit(url).hostname
    terms = address(candidate.license_url or (wide if own else ""), url)
    name = licenses.normal(candidate.license, terms) or terms
    return replace(candidate, page=candidate.page or url, license=name, license_url=terms)
