"""Reading responses whose form cannot be relied upon."""

import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from lsgan.scrape.fetch.response import Response
from lsgan.scrape.markup import clean, plain
from lsgan.scrape.sources.source import SourceError

BITMAPS = frozenset(
    {"image/jpeg", "image/png", "image/webp", "image/tiff", "image/gif", "image/bmp"}
    | {"image/x-ms-bmp", "image/x-bmp"}
)

_MOST_PIXELS = 10**6  # a larger width is a mistake, or worse


def json_object(response: Response) -> dict[str, Any]:
    """The JSON object that a response holds.

    Raises:
        SourceError: "changed" if it holds none.
    """
    try:
        value = response.json()
    except (ValueError, RecursionError):
        value = None
    if isinstance(value, dict):
        return value
    raise SourceError("changed", f"no JSON object but: {said(response)}")


def said(response: Response) -> str:
    """How a response begins, for people to read."""
    return plain(response.text[:2000], 150) or "nothing"


def query_names(kind: str, names: Sequence[str], suffix: str = "") -> list[str]:
    """The query "kind name" for each of `names` but blank and repeated ones."""
    words = dict.fromkeys(" ".join(name.split()) for name in names)
    return [f"{kind} {name}{suffix}" for name in words if name]


def text(value: object, limit: int = 300) -> str:
    """A string in one line; empty if `value` is none."""
    return clean(value, limit) if isinstance(value, str) else ""


def pixels(value: object) -> int | None:
    """A width or a height, which may be written as text; None if `value` is none."""
    if isinstance(value, str) and re.fullmatch(r"\s*[0-9]{1,7}\s*", value):
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool):
        return None
    return value if 0 < value <= _MOST_PIXELS else None


def address(value: object, base: str = "") -> str:
    """An http or https address; empty if `value` is none.

    Args:
        value: of any type.
        base: the address that a relative one refers to.
    """
    if not isinstance(value, str) or not value.strip():
        return ""
    try:
        joined = urljoin(base, value.strip())
        joined.encode()
        parts = urlsplit(joined)
    except ValueError:  # half a surrogate pair, or brackets that are no IPv6 address
        return ""
    return joined if parts.scheme in ("http", "https") and parts.hostname else ""
