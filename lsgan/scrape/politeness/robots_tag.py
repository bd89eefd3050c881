"""The header X-Robots-Tag: what a server says may be done with one file."""

import re
from collections.abc import Iterable

from lsgan.scrape.politeness.robots import TOKEN

FORBIDDING = frozenset({"noindex", "none", "noai", "noimageai", "noimageindex", "noml"})
_PREFIX = re.compile(r"\s*([\w.*-]+)\s*:")
# Directives with a value after a colon, which are no names of programs.
_WITH_VALUE = frozenset(
    {"unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"}
)


def forbidding(headers: Iterable[str]) -> str:
    """The directive that forbids the use of a file; empty if there is none.

    Args:
        headers: each X-Robots-Tag header on its own. "lsgan: noai" and "otherbot: noindex" name
            whom the rest of the header concerns.
    """
    for header in headers:
        name = "*"
        for part in header.split(","):
            found = _PREFIX.match(part)
            if found is not None and found.group(1).lower() not in _WITH_VALUE:
                name = found.group(1).lower()
                part = part[found.end() :]
            directive = part.strip().lower()
            if name in ("*", TOKEN) and directive in FORBIDDING:
                return directive
    return ""
