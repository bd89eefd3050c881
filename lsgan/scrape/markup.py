"""Strangers' text and HTML as plain text that is safe to show and to keep."""

import re
from html import unescape

from bs4 import BeautifulSoup, Tag

# No name or title needs more; parsing far longer markup would only cost time.
_LONGEST_MARKUP = 20_000
_INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "em", "font", "i", "mark", "q", "s"}
    | {"small", "span", "strike", "strong", "sub", "sup", "tt", "u", "wbr"}
)
_UNSHOWN = frozenset({"script", "style", "template"})
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none", re.I)
# Marks that turn the direction of the text around them.
_DIRECTIONS = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_UNUSABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


def clean(text: str, limit: int = 300) -> str:
    """`text` in one line without control characters, cut to `limit` characters."""
    line = " ".join(_UNUSABLE.sub(" ", _DIRECTIONS.sub("", text)).split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def plain(html: str, limit: int = 300) -> str:
    """The text that a browser would show of a fragment of HTML, as `clean` makes it."""
    fragment = html[:_LONGEST_MARKUP]
    if "<" not in fragment:
        return clean(unescape(fragment), limit)
    soup = BeautifulSoup(fragment, "lxml")
    for element in soup.find_all(_is_hidden):
        element.extract()
    for element in soup.find_all(lambda element: element.name not in _INLINE):
        # What stands in different blocks is different words.
        element.insert(0, " ")
        element.append(" ")
    return clean(soup.get_text(), limit)


def _is_hidden(element: Tag) -> bool:
    return element.name in _UNSHOWN or bool(_HIDDEN_STYLE.search(str(element.get("style") or "")))
