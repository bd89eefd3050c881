"""The elements of a page that show images or lead to them; addresses as they stand there."""

from collections import defaultdict
from collections.abc import Iterator

from bs4 import Tag

from lsgan.scrape.candidate import Candidate
from lsgan.scrape.html import Document, Enclosing, attribute, relations, words
from lsgan.scrape.markup import clean
from lsgan.scrape.sources.image_forms import SRCSET, Forms, is_image, is_readable, rank_of, values
from lsgan.scrape.sources.srcset import largest_first
from lsgan.scrape.sources.values import BITMAPS, pixels

_SHOWING = ("img", "amp-img", "image", "input")
# Elements whose addresses are spoken of elsewhere, or are of no image.
_OTHER_ELEMENTS = frozenset(
    {"a", "base", "form", "iframe", "link", "meta", "script", "source", "style", "track"}
)
_OPEN_GRAPH = ("og:image", "og:image:url", "og:image:secure_url", "twitter:image")
# A page's frame leads to other pages, not to larger forms of its signs.
_FRAME = ("nav", "header", "footer")
ENCLOSING = ("a", "picture", "figure", *_FRAME)
_MOST_FORMS = 50
# A form as wide as this needs no page that may show a wider one.
_WIDE = 1000


class Terms:
    """Where the licences of a page and of its figures are, as it stands there; empty if nowhere."""

    def __init__(self, root: Document, enclosing: Enclosing) -> None:
        self._of_figures: dict[int, str] = {}
        named = set()
        for link in root.elements("a", "link"):
            if "license" in relations(link):
                figure = enclosing.find(link, "figure")
                if figure is None:
                    named.add(attribute(link, "href"))
                else:
                    self._of_figures.setdefault(id(figure), attribute(link, "href"))
        # Several are of the page's parts.
        self.of_page = named.pop() if len(named) == 1 else ""

    def of_figure(self, figure: Tag | None) -> str:
        """Where that of a figure is."""
        return self._of_figures.get(id(figure), "")


def shown(root: Document, enclosing: Enclosing, terms: Terms) -> Iterator[Candidate]:
    """What the page shows, and what the links around it lead to."""
    captions: dict[int, str] = {}
    for element in root.elements("figcaption"):
        captions.setdefault(id(enclosing.find(element, "figure")), words(element))
    frames: dict[int, list[Tag]] = defaultdict(list)
    for source in root.elements("source"):
        sources = frames[id(enclosing.find(source, "picture"))]
        if len(sources) < _MOST_FORMS and is_readable(source):
            sources.append(source)
    known = Forms()
    for image in root.elements(*_SHOWING):
        if image.name == "input" and attribute(image, "type").lower() != "image":
            continue
        link, frame, figure = (enclosing.find(image, name) for name in ("a", "picture", "figure"))
        sources = frames[id(frame)] if frame is not None else []
        forms = known.of(image, sources, link)
        target = attribute(link, "href") if link is not None else ""
        urls = [form.url for form in forms]
        width = forms[0].width if forms else None
        if is_image(target):
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


def linked(root: Document) -> Iterator[Candidate]:
    """Links in words that lead to images."""
    for link in root.elements("a"):
        target = attribute(link, "href")
        says = attribute(link, "type").lower() in BITMAPS or link.has_attr("download")
        if is_image(target) or (says and target):
            yield Candidate(url=target, title=clean(attribute(link, "title") or words(link)))


def beside(root: Document) -> Iterator[Candidate]:
    """Elements of other kinds with addresses of images, which scripts or browsers show."""
    for element in root.tags:
        if element.name in _SHOWING or element.name in _OTHER_ELEMENTS:
            continue
        ranked = []
        for name, value in values(element):
            if is_image(value):
                ranked.append((rank_of(name, 3), value))
            elif SRCSET.search(name):
                ranked += [(1, form.url) for form in largest_first(value)]
        ranked.sort(key=lambda one: one[0])
        if ranked and not (element.name == "object" and not is_readable(element)):
            urls = [url for _, url in ranked]
            title = clean(attribute(element, "title", "aria-label"))
            yield Candidate(url=urls[0], others=tuple(urls[1:]), title=title)


def heads(root: Document) -> Iterator[Candidate]:
    """The images that the page's head names for it."""
    for element in root.elements("meta", "link"):
        if element.name == "link":
            preloaded = "preload" in relations(element) and attribute(element, "as") == "image"
            if preloaded or "image_src" in relations(element):
                forms = largest_first(attribute(element, "imagesrcset"))
                urls = [*(form.url for form in forms), attribute(element, "href")]
                yield Candidate(url=urls[0], others=tuple(urls[1:]))
        elif (
            attribute(element, "property", "name").lower() in _OPEN_GRAPH
            or attribute(element, "itemprop").lower() == "image"
        ):
            yield Candidate(url=attribute(element, "content"))
