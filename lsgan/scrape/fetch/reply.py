"""One exchange: a request sent, the head of its answer read, its body at hand."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager

from urllib3 import HTTPHeaderDict
from urllib3.exceptions import ProtocolError

from lsgan.scrape.fetch.answer import AbortedError, FetchError
from lsgan.scrape.fetch.attempt import Attempt
from lsgan.scrape.fetch.connection import Connection
from lsgan.scrape.fetch.pool import Pool
from lsgan.scrape.fetch.urls import Url

CHUNK = 65_536


class InsecureError(FetchError):
    """The server's certificate is not right: another attempt would meet the same."""


class Reply:
    """An answer whose body has not been read yet.

    Attributes:
        status: the HTTP status.
        headers: names in any case, several of one name apart.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._attempt = connection.attempt
        self._response = connection.getresponse()
        self._ended = False
        self.status = self._response.status
        self.headers: HTTPHeaderDict = self._response.headers
        self._attempt.begin_body()

    def joined_headers(self) -> dict[str, str]:
        """Names in lower case; several of one name joined by ", "."""
        return {name.lower(): value for name, value in self.headers.items()}

    def read(self) -> bytes:
        """The next bytes of the body as they came, at most `CHUNK`; none at its end.

        Raises:
            FetchError: short-body, too-slow, deadline or host-budget.
            AbortedError: if somebody aborts.
        """
        self._attempt.check()
        try:
            data = self._response.read1(CHUNK, decode_content=False)
        except (FetchError, AbortedError):
            raise
        except Exception as error:  # the parsers have as many errors as servers have ideas
            raise FetchError("short-body", _words(error)) from error
        self._ended = not data
        return data

    def finish(self, pool: Pool) -> None:
        """Keep the connection if it can serve again, else close it."""
        self._response.close()
        if self._ended:
            pool.give_back(self._connection)
        else:
            self._connection.close()


@contextmanager
def exchange(pool: Pool, url: Url, headers: dict[str, str], attempt: Attempt) -> Iterator[Reply]:
    """Send a GET request, and give the answer.

    Raises:
        FetchError: host-unknown, private-address, connection, too-slow, deadline or host-budget.
        AbortedError: if somebody aborts.
    """
    reply = _reply(pool, url, headers, attempt)
    try:
        yield reply
    finally:
        reply.finish(pool)


def _reply(pool: Pool, url: Url, headers: dict[str, str], attempt: Attempt) -> Reply:
    kept = pool.take(url.origin, attempt)
    if kept is not None:
        try:
            return _ask(kept, url, headers)
        except OSError:
            pass  # the server had closed it in the meantime, which is its right
        except Exception as error:
            raise _as_fetch_error(error) from error
    try:
        return _ask(pool.open(url, attempt), url, headers)
    except (FetchError, AbortedError):
        raise
    except Exception as error:  # the parsers have as many errors as servers have ideas
        raise _as_fetch_error(error) from error


def _ask(connection: Connection, url: Url, headers: dict[str, str]) -> Reply:
    try:
        connection.send_request(url.path, headers)
        return Reply(connection)
    except BaseException:
        connection.close()
        raise


def _as_fetch_error(error: Exception) -> Exception:
    if isinstance(error, (FetchError, AbortedError)):
        return error
    kind = InsecureError if isinstance(error, ssl.SSLCertVerificationError) else FetchError
    return kind("connection", _words(error))


def _words(error: Exception) -> str:
    """The error for people: one short line, with nothing in it that a terminal would obey."""
    if isinstance(error, ProtocolError) and isinstance(error.args[-1], Exception):
        error = error.args[-1]  # what urllib3 has wrapped says the same once, not twice
    text = " ".join(str(error).split())[:200]
    text = "".join(letter if letter.isprintable() else "?" for letter in text)
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
