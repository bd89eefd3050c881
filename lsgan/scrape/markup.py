"""Strangers' text and HTML as plain text that is safe to show and to keep."""

import contextlib
import re
from html import unescape
from html.parser import HTMLParser

# No name or title needs more; parsing far longer markup would only cost time.
_LONGEST_MARKUP = 20_000
_VOID = frozenset({"area", "br", "col", "embed", "hr", "img", "input", "link", "meta", "wbr"})
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
    reader = _Reader()
    # On some malformed declarations the standard library's parser fails an assertion.
    with contextlib.suppress(AssertionError):
        reader.feed(fragment)
        reader.close()
        return clean("".join(reader.shown), limit)
    return clean(unescape(re.sub(r"<[^>]*>", " ", fragment)), limit)


class _Reader(HTMLParser):
    """Gathers in `shown` what is not hidden."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.shown: list[str] = []
        self._hidden = 0  # depth of open elements since one that is not shown

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        style = dict(attrs).get("style") or ""
        if tag not in _VOID and (self._hidden or tag in _UNSHOWN or _HIDDEN_STYLE.search(style)):
            self._hidden += 1
        self._part(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._hidden and tag not in _VOID:
            self._hidden -= 1
        self._part(tag)

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.shown.append(data)

    def _part(self, tag: str) -> None:
        """What stands in different blocks is different words."""
        if tag not in _INLINE:
            self.shown.append(" ")
