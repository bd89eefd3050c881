"""A small site on the loopback address of this machine, served by a process of its own."""

import multiprocessing
import signal
import socketserver
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from multiprocessing.connection import Connection
from typing import Any, Protocol

from lsgan.errors import OutputError
from lsgan.system.processes import follow_parent

HOST = "127.0.0.1"
TEXT = "text/plain; charset=utf-8"
HTML = "text/html; charset=utf-8"

_PATIENCE = 60  # seconds for a process to start, on the slowest of machines
_REMEDY = "Allow programs to listen on 127.0.0.1 (a sandbox or a firewall may forbid it)."


@dataclass(frozen=True)
class Reply:
    """What a site answers.

    Attributes:
        body: is left out where only the head is asked for.
        media_type: the Content-Type.
        status: the HTTP status.
        headers: further ones.
    """

    body: bytes
    media_type: str = HTML
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)


NOT_FOUND = Reply(b"404: there is no such page\n", TEXT, 404)


class Site(Protocol):
    """What is served; several threads ask it at a time."""

    def answer(self, target: str, base: str) -> Reply:
        """The reply to a GET or HEAD request.

        Args:
            target: as requested: the path and the query, still percent-encoded.
            base: the site's own address, without a slash at the end.
        """
        ...


@contextmanager
def running(make: Callable[[], Site]) -> Iterator[str]:
    """Serve a site until the end of the block; yields "http://127.0.0.1:PORT".

    The process ends with this one, even if this one is killed, and leaves Ctrl-C to it.

    Args:
        make: makes the site, in the process that serves it; can be pickled.

    Raises:
        OutputError: if the operating system refuses a process or a port.
    """
    # "spawn" is the one method that works on every system and beside threads.
    context = multiprocessing.get_context("spawn")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_serve, args=(make, sender), daemon=True)
    try:
        process.start()
    except OSError as error:
        raise _refusal(error.strerror or str(error)) from error
    sender.close()  # so that the end of the process is the end of the pipe
    try:
        yield f"http://{HOST}:{_port(receiver)}"
    finally:
        process.kill()  # it holds nothing that would have to be put away
        process.join()
        receiver.close()


def _port(receiver: Connection) -> int:
    try:
        message: int | str = receiver.recv() if receiver.poll(_PATIENCE) else "no sign of life"
    except EOFError:
        message = "its process ended at once"
    if isinstance(message, str):
        raise _refusal(message)
    return message


def _refusal(reason: str) -> OutputError:
    return OutputError(f"cannot serve pages on {HOST}: {reason}", _REMEDY)


def _serve(make: Callable[[], Site], sender: Connection) -> None:
    # Ctrl-C reaches every process of the terminal; the parent alone ends the work.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=follow_parent, daemon=True).start()
    try:
        server = _Server(make())
    except OSError as error:
        sender.send(error.strerror or str(error))
        return
    sender.send(server.server_port)
    sender.close()
    server.serve_forever()


class _Server(ThreadingHTTPServer):
    request_queue_size = 128

    def __init__(self, site: Site) -> None:
        self.site = site
        super().__init__((HOST, 0), _Handler)

    def server_bind(self) -> None:
        # The library's own looks up the host's name, which can take seconds and serves nothing.
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.socket.getsockname()[1]

    def handle_error(self, request: Any, client_address: Any) -> None:
        # A client that leaves in the midst of an answer is its own affair.
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"
    server_version, sys_version = "lsgan", ""
    disable_nagle_algorithm = True
    wbufsize = -1  # the head and the body leave in one packet

    def do_GET(self) -> None:
        self.wfile.write(self._head().body)

    def do_HEAD(self) -> None:
        self._head()

    def _head(self) -> Reply:
        reply = self.server.site.answer(self.path, f"http://{HOST}:{self.server.server_port}")
        self.send_response(reply.status)
        self.send_header("Content-Type", reply.media_type)
        self.send_header("Content-Length", str(len(reply.body)))
        for name, value in reply.headers.items():
            self.send_header(name, value)
        self.end_headers()
        return reply

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Say nothing: the terminal belongs to the program that asks."""
