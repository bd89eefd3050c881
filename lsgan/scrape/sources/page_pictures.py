"""The pictures of a web page, each once, with the addresses it may be had from, the best first."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import fields, replace
from difflib import SequenceMatcher
from urllib.parse import unquote, urldefrag, urlsplit

from bs4 import Tag

from lsgan.scrape import licenses
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.html import Enclosing, attribute, relations, words
from lsgan.scrape.markup import clean
from lsgan.scrape.sources import css
from lsgan.scrape.sources.linked_data import image_objects, named_in_scripts
from lsgan.scrape.sources.srcset import Form, forms_of
from lsgan.scrape.sources.values import BITMAPS, address, pixels

_PICTURE_PATH = re.compile(r"\.(jpe?g|jpe|png|webp|gif|bmp|tiff?)$", re.I)
_NO_PHOTOGRAPH = re.compile(r"\.(svgz?|ico|cur)$", re.I)
_SHOWING = ("img", "amp-img", "image", "input")
_SOURCES = frozenset({"src", "href", "xlink:href", "data"})
# Scripts move these to src or srcset when a picture comes into view.
_LAZY = ("data-src", "data-original", "data-lazy-src", "data-lazy", "data-full", "data-url")
_SRCSET = re.compile(r"srcset$", re.I)
# What names of attributes say of the picture that they lead to.
_LARGE = re.compile(r"full|large|orig|zoom|hi-?res|high|big|max|raw|download", re.I)
_SMALL = re.compile(r"thumb|small|low|mini|tiny|preview|placeholder|blur|icon|logo|avatar", re.I)
# Attributes of other kinds, whatever they hold.
_OTHER_ATTRIBUTES = frozenset({"style", "class", "id", "alt", "title", "content", "action", "cite"})
# Elements whose addresses are spoken of elsewhere, or are of no picture.
_OTHER_ELEMENTS = frozenset(
    {"a", "base", "form", "iframe", "link", "meta", "script", "source", "style", "track"}
)
_OPEN_GRAPH = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image")
# A page's frame leads to other pages, not to larger forms of its signs.
_FRAME = ("nav", "header", "footer")
_ENCLOSING = ("a", "picture", "figure", *_FRAME)
_MOST_FORMS = 50
_MOST_ADDRESSES = 12
_LONGEST_ADDRESS = 2000
# What a page is about is among the first few that are likely, or is not shown by it.
_MOST_OF_A_PAGE = 6
_MOST_COMPARED = 200
_ALIKE = 0.6
_LONGEST_NAME = 100
# A form as wide as this needs no page that may show a wider one.
_WIDE = 1000


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
    enclosing = Enclosing(root, _ENCLOSING)
    terms = _Terms(root, enclosing)
    found = _Found(base_of(root, url))
    for candidate in _shown(root, enclosing, terms):
        found.add(candidate)
    for candidate in image_objects(root):
        found.add(candidate)
    for candidate in (*_linked(root), *_beside(root), *_heads(root)):
        found.add(candidate)
    for candidate in (*css.backgrounds(root), *named_in_scripts(root)):
        found.add(candidate)
    return [_completed(candidate, url, terms.of_page) for candidate in found.candidates()]


def shown_larger(root: Tag, url: str, known: list[str]) -> list[str]:
    """The addresses of the picture that a page is about, the likeliest first.

    Args:
        root: of the page.
        url: its address.
        known: addresses of smaller forms of the picture, which are often called much the same.
    """
    base = base_of(root, url)
    told = {address(one.url, base) for one in (*_heads(root), *image_objects(root))}
    names = [_stem(one) for one in known]

    def likeness(candidate: Candidate) -> tuple[float, bool]:
        urls = (candidate.url, *candidate.others)
        alike = max(
            SequenceMatcher(None, name, _stem(one)).ratio() for name in names for one in urls
        )
        return (-alike if alike > _ALIKE else 0), not told.intersection(urls)

    found = sorted(pictures(root, url)[:_MOST_COMPARED], key=likeness)
    urls = [one for candidate in found for one in (candidate.url, *candidate.others)]
    return urls[:_MOST_OF_A_PAGE]


def _stem(url: str) -> str:
    """The name of the file at an address, without what follows its last dot."""
    return unquote(urlsplit(url).path).rpartition("/")[2].rpartition(".")[0][:_LONGEST_NAME]


class _Found:
    """Pictures, each once: two that have an address in common are one."""

    def __init__(self, base: str) -> None:
        self._base = base
        self._candidates: list[Candidate] = []
        self._places: dict[str, int] = {}

    def add(self, candidate: Candidate) -> None:
        """Add a candidate, its addresses as they stand in the page."""
        usable = self._usable((candidate.url, *candidate.others))
        if not usable:
            return
        whole = replace(
            candidate,
            url=usable[0],
            others=tuple(usable[1:]),
            page=self._address(candidate.page),
            larger=self._larger(candidate.larger),
        )
        place = next((self._places[one] for one in usable if one in self._places), None)
        if place is None:
            place = len(self._candidates)
            self._candidates.append(whole)
        else:
            self._candidates[place] = _merged(self._candidates[place], whole)
        for one in usable:
            self._places.setdefault(one, place)

    def candidates(self) -> list[Candidate]:
        return self._candidates

    def _usable(self, said: Iterable[str]) -> list[str]:
        targets = dict.fromkeys(map(self._address, said))
        usable = [one for one in targets if one and not _NO_PHOTOGRAPH.search(urlsplit(one).path)]
        return usable[:_MOST_ADDRESSES]

    def _address(self, said: str) -> str:
        if len(said) > _LONGEST_ADDRESS:
            return ""
        # As browsers read it.
        path, mark, query = said.partition("?")
        return urldefrag(address(path.replace("\\", "/") + mark + query, self._base)).url

    def _larger(self, said: str) -> str:
        """The address of a page, or of a picture, on the same site; else none."""
        target = self._address(said)
        parts, here = urlsplit(target), urlsplit(self._base)
        own = _site(parts.hostname) == _site(here.hostname)
        # What lies above the page is where it belongs, not what it shows.
        above = here.path.startswith(parts.path) and not parts.query
        return target if target and own and not above else ""


def _site(host: str | None) -> str:
    return (host or "").removeprefix("www.")


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
    """What the page shows, and what the links around it lead to."""
    captions: dict[int, str] = {}
    for element in root.find_all("figcaption"):
        captions.setdefault(id(enclosing.find(element, "figure")), words(element))
    frames: dict[int, list[Tag]] = defaultdict(list)
    for source in root.find_all("source"):
        sources = frames[id(enclosing.find(source, "picture"))]
        if len(sources) < _MOST_FORMS and _is_readable(source):
            sources.append(source)
    known = _Forms()
    for image in root.find_all(_SHOWING):
        if image.name == "input" and attribute(image, "type").lower() != "image":
            continue
        link, frame, figure = (enclosing.find(image, name) for name in ("a", "picture", "figure"))
        sources = frames[id(frame)] if frame is not None else []
        forms = known.of(image, sources, link)
        target = attribute(link, "href") if link is not None else ""
        urls = [form.url for form in forms]
        width = forms[0].width if forms else None
        if _is_picture(target):
            urls, width = [target, *urls], None
        if not urls:
            continue
        framed = any(enclosing.find(image, name) is not None for name in _FRAME)
        caption = captions.get(id(figure), "") if figure is not None else ""
        yield Candidate(
            url=urls[0],
            others=tuple(urls[1:]),
            larger="" if framed or (width or 0) >= _WIDE else target,
            title=clean(caption or attribute(image, "alt", "title")),
            license_url=terms.of_figure(figure),
            width=pixels(width),
        )


def _is_readable(source: Tag) -> bool:
    return attribute(source, "type").lower() in ("", *BITMAPS)


class _Forms:
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
            self._known[id(owner)] = sorted(find(), key=_order)[:_MOST_ADDRESSES]
        return self._known[id(owner)]

    def _of_all(self, sources: list[Tag]) -> list[tuple[int, float, Form]]:
        return [one for source in sources for one in self._ranked(source)]

    def _ranked(self, element: Tag) -> list[tuple[int, float, Form]]:
        ranked: list[tuple[int, float, Form]] = []
        for name, value in _values(element):
            if _SRCSET.search(name):
                for form in forms_of(value):
                    rank = 0 if form.width else 1 if form.density > 1 else 4 if form.density else 6
                    ranked.append((rank, -(form.width or form.density), form))
            elif name in _SOURCES:
                ranked.append((5, 0, Form(value)))
            elif name in _LAZY or _is_picture(value):
                ranked.append((_rank(name, 3), 0, Form(value)))
        return ranked


def _of_link(link: Tag) -> list[tuple[int, float, Form]]:
    values = [value for name, value in _values(link) if name != "href" and _is_picture(value)]
    return [(2, 0, Form(value)) for value in values]


def _order(ranked: tuple[int, float, Form]) -> tuple[int, float]:
    return ranked[:2]


def _rank(name: str, usual: int) -> int:
    return 6 if _SMALL.search(name) else 2 if _LARGE.search(name) else usual


def _values(element: Tag) -> list[tuple[str, str]]:
    """The attributes of an element that may be or hold addresses."""
    stripped = ((name, str(value or "").strip()) for name, value in element.attrs.items())
    return [(name, value) for name, value in stripped if value and name not in _OTHER_ATTRIBUTES]


def _linked(root: Tag) -> Iterator[Candidate]:
    """Links in words that lead to pictures."""
    for link in root.find_all("a"):
        target = attribute(link, "href")
        says = attribute(link, "type").lower() in BITMAPS or link.has_attr("download")
        if _is_picture(target) or (says and target):
            yield Candidate(url=target, title=clean(attribute(link, "title") or words(link)))


def _beside(root: Tag) -> Iterator[Candidate]:
    """Elements of other kinds with addresses of pictures, which scripts or browsers show."""
    for element in root.find_all(True):
        if element.name in _SHOWING or element.name in _OTHER_ELEMENTS:
            continue
        ranked = []
        for name, value in _values(element):
            if _is_picture(value):
                ranked.append((_rank(name, 3), value))
            elif _SRCSET.search(name):
                forms = sorted(forms_of(value), key=lambda form: -(form.width or form.density))
                ranked += [(1, form.url) for form in forms]
        ranked.sort(key=lambda one: one[0])
        if ranked and not (element.name == "object" and not _is_readable(element)):
            urls = [url for _, url in ranked]
            title = clean(attribute(element, "title", "aria-label"))
            yield Candidate(url=urls[0], others=tuple(urls[1:]), title=title)


def _heads(root: Tag) -> Iterator[Candidate]:
    """The pictures that the page's head names for it."""
    for element in root.find_all(["meta", "link"]):
        if element.name == "link":
            preloaded = "preload" in relations(element) and attribute(element, "as") == "image"
            if preloaded or "image_src" in relations(element):
                forms = sorted(
                    forms_of(attribute(element, "imagesrcset")),
                    key=lambda form: -(form.width or form.density),
                )
                urls = [*(form.url for form in forms), attribute(element, "href")]
                yield Candidate(url=urls[0], others=tuple(urls[1:]))
        elif (
            attribute(element, "property", "name").lower() in _OPEN_GRAPH
            or attribute(element, "itemprop").lower() == "image"
        ):
            yield Candidate(url=attribute(element, "content"))


def _is_picture(target: str) -> bool:
    if len(target) > _LONGEST_ADDRESS:
        return False
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
    addresses = dict.fromkeys((one.url, *one.others, other.url, *other.others))
    others = tuple(addresses)[1:_MOST_ADDRESSES]
    return replace(one, **{**missing, "others": others})


def _completed(candidate: Candidate, url: str, wide: str) -> Candidate:
    """`candidate` with its page, and a licence from `wide`, the page's own.

    A licence link of a page is about the page's main content (HTML Standard, 4.6.7.9), so it
    counts for its own pictures, but not for those that it shows from other hosts.
    """
    own = urlsplit(candidate.url).hostname == urlsplit(url).hostname
    terms = address(candidate.license_url or (wide if own else ""), url)
    name = licenses.normal(candidate.license, terms) or terms
    return replace(candidate, page=candidate.page or url, license=name, license_url=terms)
