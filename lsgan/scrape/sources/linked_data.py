"""Images in a page's scripts: in JSON-LD (schema.org), and by their addresses alone."""

import json
import re
from collections.abc import Iterator
from typing import Any

from lsgan.scrape.candidate import Candidate
from lsgan.scrape.html import Document, attribute
from lsgan.scrape.sources.values import pixels, text

_KINDS = frozenset({"ImageObject", "Photograph", "Photo"})
# Of these a page shows images too, but only small ones, or faces.
_ASIDE = frozenset({"thumbnail", "logo", "author", "creator", "publisher", "provider", "editor"})
_ADDRESS = re.compile(r"(?:https?:)?//|[./]", re.I)
_MOST_DEEP = 40
# A whole string with the address of an image, its slashes escaped or not.
_QUOTED = re.compile(
    r"([\"'])((?:https?:)?(?:\\?/|\\u002[fF]){1,2}[^\"'\s<>]{1,1000}?\.(?:jpe?g|png|webp)"
    r"(?:\?[^\"'\s<>]{0,500})?)\1",
    re.I,
)
_MOST_IN_SCRIPTS = 500
_LONGEST_SCRIPT = 2_000_000


def image_objects(root: Document) -> Iterator[Candidate]:
    """The images that a page's linked data tell of; addresses as they stand there."""
    for script in root.elements("script"):
        if "ld+json" in attribute(script, "type").lower():
            try:
                content = json.loads(script.string or "", strict=False)
            except (ValueError, RecursionError):
                continue
            yield from _within(content, 0)


def named_in_scripts(root: Document) -> Iterator[Candidate]:
    """What scripts name without saying what it is."""
    count = 0
    for script in root.elements("script"):
        if "ld+json" in attribute(script, "type").lower():
            continue
        for found in _QUOTED.finditer((script.string or "")[:_LONGEST_SCRIPT]):
            try:
                url = json.loads(f'"{found[2]}"')
            except ValueError:
                continue
            yield Candidate(url=url)
            count += 1
            if count >= _MOST_IN_SCRIPTS:
                return


def _within(value: Any, depth: int) -> Iterator[Candidate]:
    if depth > _MOST_DEEP:
        return
    if isinstance(value, list):
        for item in value:
            yield from _within(item, depth + 1)
    elif isinstance(value, dict):
        if _is_image(value):
            yield _candidate(value)
        else:
            for image in _listed(value.get("image")):
                if isinstance(image, str):
                    yield Candidate(url=image, title=text(value.get("name")))
        for name, item in value.items():
            if name not in _ASIDE:
                yield from _within(item, depth + 1)


def _is_image(value: dict[str, Any]) -> bool:
    types = _listed(value.get("@type"))
    kinds = {kind.rpartition("/")[2] for kind in types if isinstance(kind, str)}
    return bool(_address(value)) and (bool(kinds & _KINDS) or "contentUrl" in value)


def _candidate(value: dict[str, Any]) -> Candidate:
    terms = _reference(value.get("license"))
    is_address = bool(_ADDRESS.match(terms))
    return Candidate(
        url=_address(value),
        page=_reference(value.get("mainEntityOfPage")),
        title=text(value.get("name")) or text(value.get("caption")) or text(value.get("headline")),
        author=_name(value.get("creator") or value.get("author")) or text(value.get("creditText")),
        license="" if is_address else text(terms),
        license_url=terms if is_address else "",
        width=_pixels(value.get("width")),
        height=_pixels(value.get("height")),
    )


def _address(value: dict[str, Any]) -> str:
    return _reference(value.get("contentUrl")) or _reference(value.get("url"))


def _reference(value: Any) -> str:
    """An address, which may be given as an object that has one."""
    for item in _listed(value):
        if isinstance(item, str) and item.strip():
            return item.strip()
        if isinstance(item, dict):
            for name in ("@id", "url"):
                if isinstance(item.get(name), str):
                    return str(item[name]).strip()
    return ""


def _name(value: Any) -> str:
    """Names of persons or organisations, which may be given as objects."""
    names = [text(item.get("name") if isinstance(item, dict) else item) for item in _listed(value)]
    return ", ".join(name for name in names if name)[:300]


def _pixels(value: Any) -> int | None:
    return pixels(value.get("value") if isinstance(value, dict) else value)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
