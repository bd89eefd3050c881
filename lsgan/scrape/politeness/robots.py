"""robots.txt: fetched once for each origin, and obeyed."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from protego import Protego

from lsgan.scrape.fetch.request import ElsewhereError
from lsgan.scrape.fetch.response import REASONS, FetchError
from lsgan.scrape.fetch.urls import Origin, Url

TOKEN = "lsgan"
LONGEST_CRAWL_DELAY = 30.0
MAX_BYTES = 524_288  # RFC 9309 asks for at least 500 KiB

_AGENT = re.compile(r"\s*user[- ]?agent\b\s*:?\s*([^\s#/]*)", re.IGNORECASE)
# These say of the host itself why nothing can be fetched from it.
_OF_THE_HOST = ("private-address", "host-unknown", "host-down", "host-budget")


@dataclass
class _Entry:
    """The rules of an origin, once `known`: None allows everything, a FetchError forbids it."""

    known: threading.Event = field(default_factory=threading.Event)
    lock: threading.Lock = field(default_factory=threading.Lock)
    rules: Protego | FetchError | ElsewhereError | None = None


class Robots:
    """The rules of every origin met so far; used by many threads at once.

    Args:
        fetch: the text at an address; raises a FetchError, or an AbortedError.
        delay: told the host and the seconds that a robots.txt asks for between two requests.
        check: raises an AbortedError if somebody has aborted.
    """

    def __init__(
        self,
        fetch: Callable[[Url], bytes],
        delay: Callable[[str, float], None],
        check: Callable[[], None],
    ) -> None:
        self._fetch = fetch
        self._delay = delay
        self._check = check
        self._entries: dict[Origin, _Entry] = {}
        self._lock = threading.Lock()

    def check(self, url: Url) -> None:
        """Go on.

        Raises:
            FetchError: robots; robots-unknown; or what is wrong with the host itself.
            ElsewhereError: if the robots.txt is on a host that somebody else asks, who `tell`s it.
            AbortedError: if somebody aborts.
        """
        with self._lock:
            entry = self._entries.get(url.origin)
            first = entry is None
            if entry is None:
                entry = self._entries[url.origin] = _Entry()
        if first:
            self._learn(entry, url)
        entry.known.wait()
        self._check()
        rules = entry.rules
        if isinstance(rules, FetchError):
            raise FetchError(rules.reason, rules.detail)
        if isinstance(rules, ElsewhereError):
            raise ElsewhereError(rules.request, url.origin)
        if rules is None:
            return
        with entry.lock:  # a parser keeps notes while it is asked
            allowed = rules.can_fetch(str(url), TOKEN)
        if not allowed:
            raise FetchError("robots", str(url))

    def tell(self, url: Url, content: bytes | FetchError) -> None:
        """Take what somebody else has fetched as the robots.txt of an address's origin."""

        def give() -> bytes:
            if isinstance(content, FetchError):
                raise content
            return content

        entry = _Entry(rules=self._rules(url, give))
        entry.known.set()
        with self._lock:
            self._entries[url.origin] = entry

    def _learn(self, entry: _Entry, url: Url) -> None:
        entry.rules = FetchError("robots-unknown", "asking for it was broken off")
        robots = Url(url.scheme, url.host, url.port, "/robots.txt")
        try:
            # This ends by itself: a fetch has a deadline, and aborts.
            entry.rules = self._rules(url, lambda: self._fetch(robots))
        except ElsewhereError as error:
            entry.rules = error
            with self._lock:
                del self._entries[url.origin]
        finally:
            entry.known.set()

    def _rules(self, url: Url, fetch: Callable[[], bytes]) -> Protego | FetchError | None:
        try:
            rules = parse(fetch())
        except FetchError as error:
            return _outcome(error)
        delay = rules.crawl_delay(TOKEN)
        if delay:
            self._delay(url.host, min(float(delay), LONGEST_CRAWL_DELAY))
        return rules


def parse(content: bytes) -> Protego:
    """The rules in a robots.txt of any content.

    Raises:
        FetchError: robots-unknown, if the parser cannot make anything of it.
    """
    text = content[:MAX_BYTES].decode("utf-8-sig", errors="replace")
    try:
        return Protego.parse("\n".join(map(_renamed, text.splitlines())))
    except Exception as error:  # a hostile file can raise anything from the depth of a parser
        raise FetchError("robots-unknown", f"{type(error).__name__}: {error}"[:200]) from error


def _renamed(line: str) -> str:
    """The line with all other programs under one name.

    The parser's time and memory grow with the number of names times the number of rules.
    """
    found = _AGENT.match(line)
    if found is None:
        return line
    name = found.group(1).lower()
    return f"user-agent: {name if name in ('*', TOKEN) else '-'}"


def _outcome(error: FetchError) -> FetchError | None:
    """What it means that a robots.txt could not be fetched (RFC 9309, 2.3.1)."""
    if error.reason in _OF_THE_HOST:
        return FetchError(error.reason, error.detail)
    status = 0 if error.response is None else error.response.status
    if 400 <= status < 500 and status != 429:
        return None
    return FetchError("robots-unknown", error.detail or REASONS[error.reason][1])
