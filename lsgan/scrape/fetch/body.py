"""Reading a body: decoded, never more at a time than one chunk, never more than a cap."""

import zlib
from collections.abc import Iterator

from lsgan.scrape.fetch.answer import FetchError
from lsgan.scrape.fetch.reply import CHUNK, Reply

# Of a body that is not wanted for itself: an error's, a redirect's.
MOST_UNWANTED = 65_536

_GZIP_MAGIC = b"\x1f\x8b"


def pieces(reply: Reply, most: int) -> Iterator[bytes]:
    """The decoded body, a piece at a time.

    Args:
        reply: nothing of its body has been read yet.
        most: decoded bytes, and bytes on the way.

    Raises:
        FetchError: too-large, bad-encoding, or as `Reply.read`.
        AbortedError: if somebody aborts.
    """
    if _announced(reply) > most:
        raise FetchError("too-large", f"{_announced(reply)} bytes announced, {most} allowed")
    received = decoded = 0
    decoder = _decoder(reply.headers.get("content-encoding", ""))
    while data := reply.read():
        received += len(data)
        for piece in decoder.feed(data):
            decoded += len(piece)
            if decoded > most:
                break
            yield piece
        if max(received, decoded) > most:
            raise FetchError("too-large", f"more than {most} bytes")
    decoder.finish()


def beginning(reply: Reply, most: int) -> bytes:
    """The first `most` decoded bytes of the body.

    Raises:
        FetchError: bad-encoding, or as `Reply.read`.
        AbortedError: if somebody aborts.
    """
    body = bytearray()
    received = 0
    decoder = _decoder(reply.headers.get("content-encoding", ""))
    # Data that decode to nothing must have an end too.
    while received < most and (data := reply.read()):
        received += len(data)
        for piece in decoder.feed(data):
            body += piece
            if len(body) >= most:
                return bytes(body[:most])
    return bytes(body)


def beginning_if_any(reply: Reply) -> bytes:
    """What can be had of the beginning of an answer that is an error; may be empty."""
    try:
        return beginning(reply, MOST_UNWANTED)
    except FetchError:
        return b""


def drain(reply: Reply) -> None:
    """Read a short body that nobody wants, so that its connection can serve again."""
    if 0 <= _announced(reply) <= MOST_UNWANTED:
        try:
            while reply.read():
                pass
        except FetchError:
            pass


def _announced(reply: Reply) -> int:
    """The Content-Length; -1 if there is none."""
    text = reply.headers.get("content-length", "")
    return int(text) if text.isdecimal() and len(text) < 20 else -1


def _decoder(encoding: str) -> "_Identity | _Inflater":
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _Identity()
    if name in ("gzip", "x-gzip", "deflate"):
        return _Inflater(gzip=name != "deflate")
    raise FetchError("bad-encoding", f"{encoding[:100]!a} is not known")


class _Identity:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finish(self) -> None:
        pass


class _Inflater:
    """gzip (RFC 1952, several members too) and deflate (RFC 1950, or the raw RFC 1951)."""

    def __init__(self, gzip: bool) -> None:
        self._gzip = gzip
        self._input = b""
        self._stream: zlib._Decompress | None = None
        self._members = 0
        self._ended = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Decode `data` into pieces of at most `CHUNK` bytes."""
        if not self._ended:
            self._input += data
        while not self._ended and (self._stream is not None or self._begin()):
            stream = self._stream
            assert stream is not None
            try:
                piece = stream.decompress(self._input, CHUNK)
            except zlib.error as error:
                raise FetchError("bad-encoding", str(error)) from error
            if piece:
                yield piece
            if stream.eof:
                self._input = stream.unused_data
                self._stream = None
                self._members += 1
            else:
                self._input = stream.unconsumed_tail
                # A full piece may have left some output behind although the input is used up.
                if not self._input and len(piece) < CHUNK:
                    return

    def finish(self) -> None:
        """Complain if the stream has not come to its end."""
        if self._stream is not None or (self._input and not self._members):
            raise FetchError("bad-encoding", "the compressed data end too early")

    def _begin(self) -> bool:
        """Begin the next member; False if there is none, or not yet enough of it."""
        if len(self._input) < 2:
            return False
        if self._members and not (self._gzip and self._input.startswith(_GZIP_MAGIC)):
            # Padding, or anything else that is no part of the body.
            self._ended = True
            self._input = b""
            return False
        self._stream = zlib.decompressobj(self._window())
        return True

    def _window(self) -> int:
        if self._gzip:
            return 16 + zlib.MAX_WBITS
        # By the standard there is a header of two bytes, but many servers leave it out.
        first, second = self._input[:2]
        with_header = first & 15 == 8 and (256 * first + second) % 31 == 0
        return zlib.MAX_WBITS if with_header else -zlib.MAX_WBITS
