"""Reading a body: decoded, a chunk at a time, never more than a cap."""

import re
from collections.abc import Iterator

from urllib3 import BaseHTTPResponse
from urllib3.exceptions import DecodeError

from lsgan.scrape.fetch.attempt import current
from lsgan.scrape.fetch.response import AbortedError, FetchError, words

# A chunk as it came can be a thousand times as long when it is decoded; one that is as it is, not.
CHUNK, PLAIN_CHUNK = 16_384, 65_536
# Of a body that is not wanted for itself: an error's, a redirect's.
MOST_UNWANTED = 65_536

_DECODED = re.compile("gzip|deflate")
# Nobody has been told that these are understood. What is none of either, such as "none" or
# "utf-8", is a mistake about a body that is as it is.
_NOT_DECODED = frozenset({"br", "compress", "dcb", "dcz", "x-compress", "zstd"})


def pieces(response: BaseHTTPResponse, most: int) -> Iterator[bytes]:
    """The decoded body, a piece at a time.

    Args:
        response: nothing of its body has been read yet.
        most: decoded bytes; twice as many may come.

    Raises:
        FetchError: too-large, bad-encoding, short-body, too-slow, deadline or host-budget.
        AbortedError: if somebody aborts.
    """
    if _announced(response) > most:
        raise FetchError("too-large", f"{_announced(response)} bytes announced, {most} allowed")
    for piece in _decoded(response, most):
        most -= len(piece)
        if most < 0:
            raise FetchError("too-large", "more bytes than allowed")
        yield piece


def beginning(response: BaseHTTPResponse, most: int) -> bytes:
    """The first `most` decoded bytes of the body.

    Raises:
        FetchError: bad-encoding, short-body, too-slow, deadline or host-budget.
        AbortedError: if somebody aborts.
    """
    body = bytearray()
    try:
        for piece in _decoded(response, most):
            body += piece
            if len(body) >= most:
                break
    except FetchError as error:
        if error.reason != "too-large":
            raise
    return bytes(body[:most])


def beginning_if_any(response: BaseHTTPResponse) -> bytes:
    """What can be had of the beginning of a response that is an error; may be empty."""
    try:
        return beginning(response, MOST_UNWANTED)
    except FetchError:
        return b""


def drain(response: BaseHTTPResponse) -> None:
    """Read a short body that nobody wants, so that its connection can serve again."""
    if 0 <= _announced(response) <= MOST_UNWANTED:
        beginning_if_any(response)


def _decoded(response: BaseHTTPResponse, most: int) -> Iterator[bytes]:
    encoding = response.headers.get("content-encoding", "").strip().lower()
    # More than one, one after another, would be a bomb.
    if _NOT_DECODED & set(re.split(r"[\s,]+", encoding)) or len(_DECODED.findall(encoding)) > 1:
        raise FetchError("bad-encoding", f"{encoding[:100]!a} is not known")
    current().allow(2 * most)
    try:
        yield from response.stream(CHUNK if encoding else PLAIN_CHUNK, decode_content=True)
    except (FetchError, AbortedError):
        raise
    except DecodeError as error:
        raise FetchError("bad-encoding", words(error)) from error
    except Exception as error:  # the parsers have as many errors as servers have ideas
        raise FetchError("short-body", words(error)) from error


def _announced(response: BaseHTTPResponse) -> int:
    """The Content-Length; -1 if there is none."""
    text = response.headers.get("content-length", "")
    return int(text) if text.isdecimal() and len(text) < 20 else -1
