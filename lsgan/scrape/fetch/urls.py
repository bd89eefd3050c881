"""Addresses of pages and files: taken apart, checked, and written in one way."""

import contextlib
import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import quote, urlencode, urljoin, urlsplit

from lsgan.scrape.fetch.response import FetchError

MAX_LENGTH = 16_384

_PORTS = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?")
_BRACKETS = re.compile(r"\[([0-9A-Fa-f:.]+)\](:[0-9]*)?")
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
# What RFC 3986 allows in a path; "%" because what is encoded stays so.
_SAFE = "/%:@!$&'()*+,;=~-._"

Origin = tuple[str, str, int]


@dataclass(frozen=True)
class Url:
    """An http or https address.

    Attributes:
        scheme: "http" or "https".
        host: in ASCII and lower case; an IPv6 address without brackets.
        port: 1 to 65535.
        path: with the query, percent-encoded; begins with "/".
    """

    scheme: str
    host: str
    port: int
    path: str

    @property
    def origin(self) -> Origin:
        """What one connection, and one robots.txt, is for."""
        return (self.scheme, self.host, self.port)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == _PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}{self.path}"


def parse(text: str, params: dict[str, str] | None = None) -> Url:
    """Take an address apart; `params` are added to its query, the fragment is dropped.

    Raises:
        FetchError: bad-url, if it is not http or https, holds a user name or makes no sense.
    """
    try:
        if len(text) > MAX_LENGTH:
            raise ValueError("too long")
        parts = urlsplit(text.strip())
        scheme = parts.scheme.lower()
        if scheme not in _PORTS:
            raise ValueError("neither http nor https")
        if "@" in parts.netloc:
            raise ValueError("a user name in it")
        port = _PORTS[scheme] if parts.port is None else parts.port
        if port == 0:
            raise ValueError("port 0")
        query = "&".join(filter(None, (parts.query, urlencode(params or {}))))
        path = _encoded(_without_dots(parts.path)) + ("?" + _encoded(query, "?") if query else "")
        host = _ipv6(parts.netloc) if "[" in parts.netloc else _host(parts.hostname or "")
        return Url(scheme, host, port, path)
    except ValueError as error:  # UnicodeError is one too
        raise FetchError("bad-url", f"{text[:200]!a}: {error}") from None


def join(base: Url, location: str) -> Url:
    """The address that a Location header names on the page `base`.

    Raises:
        FetchError: bad-url.
    """
    with contextlib.suppress(UnicodeError):
        # Headers are read as Latin-1, but servers that send more than ASCII send UTF-8.
        location = location.encode("latin-1").decode("utf-8")
    try:
        return parse(urljoin(str(base), location.strip()))
    except ValueError as error:
        raise FetchError("bad-url", f"{location[:200]!a}: {error}") from None


def _ipv6(place: str) -> str:
    """The address in "[2001:db8::1]:443"; one with a zone names a network of this machine."""
    found = _BRACKETS.fullmatch(place)
    if found is None:
        raise ValueError("not an IPv6 address")
    return str(ipaddress.IPv6Address(found.group(1)))


def _host(name: str) -> str:
    if len(name) > 1000:  # the encoder's time grows with the square of the length
        raise ValueError("the host's name is too long")
    name = name.encode("idna").decode("ascii").lower().removesuffix(".")
    if len(name) > 253 or not _HOST.fullmatch(name):
        raise ValueError("the host's name is not valid")
    return name


def _encoded(text: str, more: str = "") -> str:
    return quote(_LONE_PERCENT.sub("%25", text), safe=_SAFE + more)


def _without_dots(path: str) -> str:
    """The path without "." and "..", as the server would understand it, and with one slash first.

    requests sends no path that begins with two, so that no rule of robots.txt may be asked of one.
    """
    kept: list[str] = []
    last = ""
    for segment in path.split("/")[1:]:
        last = segment.lower().replace("%2e", ".")
        if last == "..":
            del kept[-1:]
        elif last != ".":
            kept.append(segment)
    if last in (".", ".."):
        kept.append("")
    return "/" + "/".join(kept).lstrip("/")
