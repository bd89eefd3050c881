"""Connections to checked addresses only, on which no call blocks past the deadline."""

import errno
import http.client
import io
import socket
import ssl

import urllib3.connection
from urllib3.util import wait_for_write

from lsgan.scrape.fetch.addresses import Address, resolve
from lsgan.scrape.fetch.attempt import Attempt
from lsgan.scrape.fetch.urls import Url

# What a connect that does not block says on Linux and macOS, and on Windows.
_UNDER_WAY = (errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 10035))


class Connection(urllib3.connection.HTTPConnection):
    """A connection to the origin of `url`, kept for one request after the other.

    `attempt` is the attempt that it serves at the moment.
    """

    def __init__(
        self, url: Url, allow_private: bool, context: ssl.SSLContext, attempt: Attempt
    ) -> None:
        super().__init__(url.host, url.port)
        self.origin = url.origin
        self.attempt = attempt
        self._allow_private = allow_private
        self._context = context

    def connect(self) -> None:
        """Look the name up, check every address, and connect to the first that answers.

        Raises:
            FetchError: host-unknown, private-address, deadline or too-slow.
            AbortedError: if somebody aborts.
            OSError: if no address can be connected to, or the certificate is not right.
        """
        self.sock = self._connect()

    def send_request(self, target: str, headers: dict[str, str]) -> None:
        """Send a GET request for `target`, connecting if need be."""
        if self.sock is None:
            self.connect()
        self.timeout = self.attempt.patience()
        self.request("GET", target, headers=headers, preload_content=False, decode_content=False)
        # From now on a reader looks at the time whenever the socket has been silent for so long.
        self.timeout = self.attempt.timing.tick
        self.attempt.listen()

    def response_class(  # type: ignore[override]
        self, sock: socket.socket, debuglevel: int = 0, method: str | None = None
    ) -> http.client.HTTPResponse:
        """The response of `http.client`, reading through the attempt's limits."""
        return _Response(sock, self.attempt, debuglevel, method)

    def _connect(self) -> socket.socket:
        refused: OSError = OSError("no address")
        for address in resolve(self.host, self.port, self._allow_private, self.attempt):
            try:
                return _connect_to(address, self.attempt)
            except OSError as error:
                refused = error
        raise refused


class SecureConnection(Connection):
    """The same over TLS, with the certificate checked for the host's name."""

    default_port = 443  # type: ignore[misc]

    def connect(self) -> None:
        """As for a plain connection, and shake hands."""
        plain = self._connect()
        try:
            secure = self._context.wrap_socket(
                plain, server_hostname=self.host, do_handshake_on_connect=False
            )
        except BaseException:
            plain.close()
            raise
        try:
            _shake_hands(secure, self.attempt)
        except BaseException:
            secure.close()
            raise
        self.sock = secure
        self.is_verified = True


def connection_to(
    url: Url, allow_private: bool, context: ssl.SSLContext, attempt: Attempt
) -> Connection:
    """A connection to the origin of `url`, to be opened by its first request."""
    kind = SecureConnection if url.scheme == "https" else Connection
    return kind(url, allow_private, context, attempt)


def _connect_to(address: Address, attempt: Attempt) -> socket.socket:
    sock = socket.socket(address.family, socket.SOCK_STREAM)
    try:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setblocking(False)
        code = sock.connect_ex(address.sockaddr)
        if code in _UNDER_WAY:
            _await_connected(sock, attempt)
            code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, errno.errorcode.get(code, "") or "cannot connect")
        sock.settimeout(attempt.timing.tick)
    except BaseException:
        sock.close()
        raise
    return sock


def _await_connected(sock: socket.socket, attempt: Attempt) -> None:
    tick = attempt.timing.tick
    waited = 0.0
    while not wait_for_write(sock, timeout=tick):
        attempt.check()
        waited += tick
        if waited >= attempt.timing.connect:
            raise TimeoutError(f"no answer in {attempt.timing.connect:g} s")


def _shake_hands(sock: ssl.SSLSocket, attempt: Attempt) -> None:
    attempt.listen()
    while True:
        try:
            sock.do_handshake()
            return
        except TimeoutError:
            # The handshake goes on where the time slice ended.
            attempt.check_silence()


class _Response(http.client.HTTPResponse):
    def __init__(
        self, sock: socket.socket, attempt: Attempt, debuglevel: int, method: str | None
    ) -> None:
        super().__init__(sock, debuglevel, method)
        self.fp = io.BufferedReader(_Reader(self.fp.detach(), sock, attempt))


class _Reader(io.RawIOBase):
    """What a socket receives, under an attempt's limits.

    Args:
        file: the socket's own; holding it keeps the socket open when the connection lets go.
        sock: its time-out is one tick.
        attempt: whose limits count.
    """

    def __init__(self, file: io.RawIOBase, sock: socket.socket, attempt: Attempt) -> None:
        super().__init__()
        self._file = file
        self._sock = sock
        self._attempt = attempt

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        self._attempt.listen()
        while True:
            self._attempt.check_silence()
            try:
                count = self._sock.recv_into(buffer)
            except TimeoutError:
                continue
            self._attempt.received(count)
            return count

    def close(self) -> None:
        self._file.close()
        super().close()
