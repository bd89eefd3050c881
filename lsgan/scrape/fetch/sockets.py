"""Sockets to checked addresses, on which no call blocks past the limits of a fetch."""

import contextlib
import errno
import select
import socket
import ssl
from typing import Any

from requests.utils import DEFAULT_CA_BUNDLE_PATH

from lsgan.scrape.fetch.addresses import Address, resolve
from lsgan.scrape.fetch.attempt import Attempt, current

# What a connect that does not block says on Linux and macOS, and on Windows.
_UNDER_WAY = (errno.EINPROGRESS, errno.EWOULDBLOCK, getattr(errno, "WSAEWOULDBLOCK", 10035))


class _Limited:
    """Receives under the limits of the attempt that the thread is at.

    The socket's time-out is a tick, so that the limits are looked at while it is silent.
    """

    def recv_into(self, *args: Any) -> int:
        attempt = current()
        attempt.listen()
        while True:
            attempt.check_silence()
            try:
                count: int = super().recv_into(*args)  # type: ignore[misc]
            except TimeoutError:
                continue
            attempt.received(count)
            return count


class _PlainSocket(_Limited, socket.socket):
    pass


class _SecureSocket(_Limited, ssl.SSLSocket):
    def do_handshake(self, block: bool = False) -> None:
        attempt = current()
        attempt.listen()
        try:
            while True:
                # The handshake goes on where the time slice ended.
                with contextlib.suppress(TimeoutError):
                    return super().do_handshake(block)
                attempt.check_silence()
        except BaseException:
            self.close()
            raise


def secure_context() -> ssl.SSLContext:
    """TLS that trusts what the system trusts and what requests does, for sockets as above."""
    context = ssl.create_default_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    context.sslsocket_class = _SecureSocket
    return context


def connect(host: str, port: int, allow_private: bool) -> socket.socket:
    """Look the name up, check every address, and connect to the first that responses.

    Raises:
        FetchError: host-unknown, private-address, deadline or too-slow.
        AbortedError: if somebody aborts.
        OSError: if no address can be connected to.
    """
    attempt = current()
    attempt.connects = True
    refused = OSError("no address")
    for address in resolve(host, port, allow_private, attempt):
        try:
            return _connect_to(address, attempt)
        except OSError as error:
            refused = error
    raise refused


def _connect_to(address: Address, attempt: Attempt) -> socket.socket:
    sock = _PlainSocket(address.family, socket.SOCK_STREAM)
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
    # Windows tells of a failed connection by the third.
    while not any(select.select([], [sock], [sock], tick)):
        attempt.check()
        waited += tick
        if waited >= attempt.timing.connect:
            raise TimeoutError(f"no response in {attempt.timing.connect:g} s")
