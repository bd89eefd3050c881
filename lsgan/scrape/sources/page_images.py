"""The images of a web page, each once, with the addresses it may be had from, the best first."""

import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import urldefrag, urlsplit

from lsgan.scrape import licenses
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.html import Document, Enclosing, attribute
from lsgan.scrape.sources import css
from lsgan.scrape.sources.image_forms import LONGEST_ADDRESS, MOST_ADDRESSES
from lsgan.scrape.sources.linked_data import image_objects, named_in_scripts
from lsgan.scrape.sources.page_elements import ENCLOSING, Terms, beside, heads, linked, shown
from lsgan.scrape.sources.values import address

_NO_PHOTOGRAPH = re.compile(r"\.(svgz?|ico|cur)$", re.I)


def base_of(root: Document, url: str) -> str:
    """The address that the page's relative ones refer to."""
    for element in root.elements("base"):
        return address(attribute(element, "href"), url) or url
    return url


def images(root: Document, url: str) -> list[Candidate]:
    """The images of a page in the order of the page.

    Args:
        root: of the page.
        url: its address.
    """
    enclosing = Enclosing(root, ENCLOSING)
    terms = Terms(root, enclosing)
    found = _Found(base_of(root, url))
    # What tells more of an image comes first.
    for candidates in (
        shown(root, enclosing, terms),
        image_objects(root),
        *(linked(root), beside(root), heads(root)),
        *(css.backgrounds(root), named_in_scripts(root)),
    ):
        for candidate in candidates:
            found.add(candidate)
    return [_completed(candidate, url, terms.of_page) for candidate in found.candidates]


class _Found:
    """Images, each once, in `candidates`: two that have an address in common are one."""

    def __init__(self, base: str) -> None:
        self._base = base
        self.candidates: list[Candidate] = []
        self._places: dict[str, int] = {}
        # Pages tell of an image in several places: each address is looked at once.
        self._targets: dict[str, str] = {}
        self._images: dict[str, str] = {}

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
            place = len(self.candidates)
            self.candidates.append(whole)
        else:
            self.candidates[place] = _merged(self.candidates[place], whole)
        for one in usable:
            self._places.setdefault(one, place)

    def _usable(self, said: Iterable[str]) -> list[str]:
        usable = dict.fromkeys(map(self._image, said))
        usable.pop("", None)
        return list(usable)[:MOST_ADDRESSES]

    def _image(self, said: str) -> str:
        """The address of what may be a photograph; else none."""
        found = self._images.get(said)
        if found is None:
            target = self._address(said)
            drawn = _NO_PHOTOGRAPH.search(urlsplit(target).path)
            found = self._images[said] = "" if drawn else target
        return found

    def _address(self, said: str) -> str:
        found = self._targets.get(said)
        if found is None:
            found = self._targets[said] = self._joined(said)
        return found

    def _joined(self, said: str) -> str:
        if not said or len(said) > LONGEST_ADDRESS:
            return ""
        # As browsers read it.
        path, mark, query = said.partition("?")
        return urldefrag(address(path.replace("\\", "/") + mark + query, self._base)).url

    def _larger(self, said: str) -> str:
        """The address of a page, or of an image, on the same site; else none."""
        target = self._address(said)
        if not target:
            return ""
        parts, here = urlsplit(target), urlsplit(self._base)
        own = _site(parts.hostname) == _site(here.hostname)
        # What lies above the page is where it belongs, not what it shows.
        above = here.path.startswith(parts.path) and not parts.query
        return target if own and not above else ""


def _site(host: str | None) -> str:
    return (host or "").removeprefix("www.")


def _merged(one: Candidate, other: Candidate) -> Candidate:
    """`one` with what only `other` tells."""
    missing = {name: getattr(other, name) for name, value in vars(one).items() if not value}
    addresses = dict.fromkeys((one.url, *one.others, other.url, *other.others))
    others = tuple(addresses)[1:MOST_ADDRESSES]
    return replace(one, **{**missing, "others": others})


def _completed(candidate: Candidate, url: str, wide: str) -> Candidate:
    """`candidate` with its page, and a licence from `wide`, the page's own.

    A licence link of a page is about the page's main content (HTML Standard, 4.6.7.9), so it
    counts for its own images, but not for those that it shows from other hosts.
    """
    own = urlsplit(candidate.url).hostname == urlsplit(url).hostname
    terms = address(candidate.license_url or (wide if own else ""), url)
    name = licenses.normal(candidate.license, terms) or terms
    return replace(candidate, page=candidate.page or url, license=name, license_url=terms)
