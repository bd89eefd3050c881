"""A page about one image: which of the images that it shows that is."""

from difflib import SequenceMatcher
from urllib.parse import unquote, urlsplit

from lsgan.scrape.candidate import Candidate
from lsgan.scrape.html import Document
from lsgan.scrape.sources.linked_data import image_objects
from lsgan.scrape.sources.page_elements import heads
from lsgan.scrape.sources.page_images import base_of, images
from lsgan.scrape.sources.values import address

# What a page is about is among the first few that are likely, or is not shown by it.
_MOST_OF_A_PAGE = 6
_MOST_COMPARED = 200
_ALIKE = 0.6
_LONGEST_NAME = 100


def shown_larger(root: Document, url: str, known: list[str]) -> list[str]:
    """The addresses of the image that a page is about, the likeliest first.

    Args:
        root: of the page.
        url: its address.
        known: addresses of smaller forms of the image, which are often called much the same.
    """
    base = base_of(root, url)
    told = {address(one.url, base) for one in (*heads(root), *image_objects(root))}
    names = [_stem(one) for one in known]

    def likeness(candidate: Candidate) -> tuple[float, bool]:
        urls = (candidate.url, *candidate.others)
        alike = max(
            SequenceMatcher(None, name, _stem(one)).ratio() for name in names for one in urls
        )
        return (-alike if alike > _ALIKE else 0), not told.intersection(urls)

    found = sorted(images(root, url)[:_MOST_COMPARED], key=likeness)
    urls = [one for candidate in found for one in (candidate.url, *candidate.others)]
    return urls[:_MOST_OF_A_PAGE]


def _stem(url: str) -> str:
    """The name of the file at an address, without what follows its last dot."""
    return unquote(urlsplit(url).path).rpartition("/")[2].rpartition(".")[0][:_LONGEST_NAME]
