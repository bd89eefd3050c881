"""What a server responses, and every way in which fetching can fail."""

import codecs
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from requests.models import REDIRECT_STATI

if TYPE_CHECKING:
    from lsgan.scrape.decoding import Outcome

# What becomes of a candidate whose fetch failed: a rule forbids it, the server sent nothing
# usable, or another try may do.
Ending = Literal["refused", "rejected", "failed"]

REASONS: dict[str, tuple[Ending, str]] = {
    "robots": ("refused", "robots.txt forbids it"),
    "robots-tag": ("refused", "X-Robots-Tag forbids it (noindex, noai and the like)"),
    "private-address": ("refused", "the host has a private address"),
    "bad-url": ("refused", "not an http or https address"),
    "host-budget": ("refused", "its host's share of bytes is used up"),
    "too-many-redirects": ("rejected", "more than 5 redirects"),
    "too-large": ("rejected", "more bytes than allowed"),
    "bad-encoding": ("rejected", "the content encoding is damaged or unknown"),
    "not-found": ("rejected", "404 or 410"),
    "client-error": ("rejected", "another status from 400 to 499"),
    "forbidden": ("failed", "401, 403 or 451"),
    "rate-limited": ("failed", "429, or 503 with Retry-After, to the end"),
    "server-error": ("failed", "a status of 500 or more, or one without sense, to the end"),
    "host-down": ("failed", "the host failed again and again, and was left alone"),
    "host-unknown": ("failed", "the host's name has no address"),
    "connection": ("failed", "the connection was refused, broken off or not secure"),
    "short-body": ("failed", "the body ended too early"),
    "too-slow": ("failed", "slower than the least speed, or silent"),
    "deadline": ("failed", "the whole response took too long"),
    "robots-unknown": ("failed", "robots.txt could not be read, so nothing may be"),
}


class FetchError(Exception):
    """A fetch has failed for good.

    Attributes:
        reason: a key of `REASONS`.
        detail: more, in words; may be empty.
        response: what the server said, where it responded with a status of 400 or more.
    """

    def __init__(self, reason: str, detail: str = "", response: "Response | None" = None) -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail
        self.response = response

    @property
    def ending(self) -> Ending:
        """What becomes of the candidate."""
        return REASONS[self.reason][0]


class InsecureError(FetchError):
    """The server's certificate is not right: another attempt would meet the same."""


class AbortedError(Exception):
    """The client was told to stop: the fetch neither succeeded nor failed."""


@dataclass(frozen=True)
class Response:
    """A whole response.

    Attributes:
        url: where it came from, after redirects.
        status: the HTTP status.
        headers: names in lower case; several of one name are joined by ", ".
        body: decoded from its content encoding.
        outcome: what the file shows, where it was decoded by whoever fetched it.
    """

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    outcome: "Outcome | None" = None

    @property
    def is_redirect(self) -> bool:
        """Whether it names another address to ask."""
        return self.status in REDIRECT_STATI and "location" in self.headers

    @property
    def charset(self) -> str:
        """The character set that the header names; empty if it names none."""
        found = re.search(r"charset=\"?([\w.:-]+)", self.headers.get("content-type", ""), re.I)
        return found.group(1) if found else ""

    @property
    def text(self) -> str:
        """The body as text, in the character set that the header names, else UTF-8."""
        return decoded(self.body, self.charset)

    def json(self) -> Any:
        """The body as JSON.

        Raises:
            ValueError: if it is none.
        """
        return json.loads(self.text)


def status_error(response: Response) -> FetchError:
    """What a status stands for that is neither a success nor a redirect.

    One that no response to this client's requests can have counts as the server's error.
    """
    status = response.status
    detail = f"status {status}"
    if status in (404, 410):
        return FetchError("not-found", detail, response)
    if status in (401, 403, 451):
        return FetchError("forbidden", detail, response)
    if status == 429 or (status == 503 and "retry-after" in response.headers):
        return FetchError("rate-limited", detail, response)
    if 400 <= status < 500:
        return FetchError("client-error", detail, response)
    return FetchError("server-error", detail, response if status >= 400 else None)


# Those who name these use the letters of their successor, which holds all of theirs.
_SUCCESSORS = {
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "us-ascii": "cp1252",
}


# Codecs of text that stand for no character set of the web; some take minutes, some make of text
# what is none.
_NO_CHARACTER_SETS = frozenset(
    {"idna", "punycode", "raw-unicode-escape", "undefined", "unicode-escape", "utf-7"}
)


def decoded(body: bytes, charset: str) -> str:
    """`body` as text in the character set of this name, else in UTF-8; damage becomes "\ufffd"."""
    name = charset.lower().removeprefix("x-") or "utf-8"
    try:
        codec = codecs.lookup(_SUCCESSORS.get(name, name)).name
        if codec.replace("_", "-") in _NO_CHARACTER_SETS:
            raise LookupError(name)
        return body.decode(codec, errors="replace")
    except (LookupError, UnicodeError):  # some names stand for no character set of text
        return body.decode("utf-8", errors="replace")


def words(error: BaseException) -> str:
    """An error for people: one short line, with nothing in it that a terminal would obey."""
    text = " ".join(str(error).split())[:200]
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
