"""HTML from strangers as a tree of elements."""

import re
from typing import Any

from lxml import etree, html

from lsgan.scrape.fetch.answer import Answer, decoded

Element = Any  # lxml has no types that a checker can use

_ENDLESS_TAG = re.compile(r"<[^<>]{100000}")
_BREAK = re.compile(r"<wbr\s*/?>", re.I)
_SOURCE = re.compile(r"<source\b([^<>]*?)/?>", re.I)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}charset=[\"']?\s*([\w.:-]{1,40})", re.I)


def parse(answer: Answer) -> Element | None:
    """The root element of a page, however badly it is written; None if there is none.

    Its character set is the one that the header names, else the page's own word, else UTF-8.
    What is nested more than some 250 levels deep is left out, and what is written as one tag of
    a hundred thousand characters is taken for no page.
    """
    text = _text(answer)
    # The parser's time grows with the square of the number of a tag's attributes.
    if _ENDLESS_TAG.search(text):
        return None
    # Elements without an end, which the parser does not know as such and would nest.
    text = _SOURCE.sub(r"<source\1></source>", _BREAK.sub("", text))
    # The standard library's parser takes minutes for a megabyte of "<!--" (Python 3.11); this
    # one is linear in that, and its limit on the depth keeps every way up a tree short.
    parser = html.HTMLParser(
        encoding="utf-8", remove_comments=True, remove_pis=True, no_network=True
    )
    try:
        root = html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError):
        return None
    return root


def words(element: Element) -> str:
    """The text inside an element."""
    return " ".join("".join(element.itertext()).split())


def attribute(element: Element, *names: str) -> str:
    """The first of the attributes `names` that says something; empty if none does."""
    return next((value.strip() for name in names if (value := element.get(name))), "")


def relations(element: Element) -> set[str]:
    """What an element's `rel` says, in lower case."""
    return set(attribute(element, "rel").lower().split())


def _text(answer: Answer) -> str:
    text = ""
    if "charset" not in answer.headers.get("content-type", "").lower():
        found = _META_CHARSET.search(answer.body[:4096])
        text = decoded(answer.body, found[1].decode("ascii", "replace") if found else "")
    # Null characters would end the page for the parser.
    return (text or answer.text).replace("\0", " ")
