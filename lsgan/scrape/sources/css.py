"""Images that style sheets within a page show as backgrounds."""

import re
from collections.abc import Iterator

from lsgan.scrape.candidate import Candidate
from lsgan.scrape.html import Document

_DECLARATION = re.compile(r"[;{}]")
# url(a.jpg), url("a.jpg") 2x, and "a.jpg" 2x within an image-set().
_IMAGE = re.compile(
    r"(?:\burl\(\s*[\"']?([^\"'()\s]{1,2000})[\"']?\s*\)|[\"']([^\"'()\s]{1,2000})[\"'])"
    r"\s*(?:(?:type\([^)]{0,100}\)\s*)?([0-9]{1,3}(?:\.[0-9]{1,3})?)(?:x|dppx)\b)?"
)
_LONGEST = 500_000


def backgrounds(root: Document) -> Iterator[Candidate]:
    """A candidate for each declaration with images, those of the highest density first."""
    for element in root.tags:
        if style := element.get("style"):
            yield from _of(str(style))
    for element in root.elements("style"):
        yield from _of(element.get_text())


def _of(text: str) -> Iterator[Candidate]:
    if "url(" not in text and "image-set(" not in text:
        return
    for declaration in _DECLARATION.split(text[:_LONGEST]):
        name = declaration.partition(":")[0]
        if "background" not in name and "image" not in name and "content" not in name:
            continue
        images = [(-float(density or 1), a or b) for a, b, density in _IMAGE.findall(declaration)]
        images.sort(key=lambda image: image[0])
        urls = [url for _, url in images if not url.startswith(("data:", "#"))]
        if urls:
            yield Candidate(url=urls[0], others=tuple(urls[1:]))
