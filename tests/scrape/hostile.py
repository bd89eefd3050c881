"""A hostile HTTP server in a process of its own, on loopback.

`running()` starts it. Its paths are in `tests.scrape.hostile_routes`; a test adds more in two
ways: `Hostile.put` states what a path responses, call after call, and `running("tests.my_routes")`
has the server import a module whose ROUTES, a dict of path to handler, come before the others.

A path that begins with "/-/" serves the tests themselves and is not logged.
"""

import base64
import contextlib
import importlib
import itertools
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from http.client import responses
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from tests.scrape.hostile_routes import ROUTES, Route

ROOT = Path(__file__).resolve().parents[2]


class Visit:
    """One request, and the means to response it well or badly.

    Attributes:
        path: without the query.
        query: the last value of each name.
        headers: names in lower case.
        number: how often this path with this query has been asked for, from 1.
    """

    def __init__(self, handler: "_Handler", number: int) -> None:
        parts = urlsplit(handler.path)
        self.path = parts.path
        self.query = dict(parse_qsl(parts.query, keep_blank_values=True))
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.number = number
        self._handler = handler

    def send(
        self,
        body: bytes,
        media_type: str = "text/plain",
        status: int = 200,
        headers: dict[str, str] | None = None,
    ) -> None:
        """A whole, well-formed response."""
        lengths = {"Content-Type": media_type, "Content-Length": str(len(body))}
        if status < 200 or status in (204, 304):
            lengths, body = {}, b""
        self.head({**lengths, **(headers or {})}, status, body)

    def head(self, headers: dict[str, str], status: int = 200, body: bytes = b"") -> None:
        """A status line, headers as they are, and `body`; "Connection: close" is done, too."""
        if headers.get("Connection") == "close":
            self.hang_up()
        lines = [f"HTTP/1.1 {status} {responses.get(status, 'Odd')}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.write("\r\n".join([*lines, "", ""]).encode("latin-1") + body)

    def write(self, data: bytes) -> None:
        self._handler.connection.sendall(data)

    def hang_up(self) -> None:
        self._handler.close_connection = True

    def reset(self) -> None:
        """Break the connection off with RST."""
        sock = self._handler.connection
        sock.setsockopt(
            socket.SOL_SOCKET,
            socket.SO_LINGER,
            struct.pack("hh" if os.name == "nt" else "ii", 1, 0),
        )
        time.sleep(0.05)  # what was sent before shall arrive before
        socket.close(sock.detach())
        self.hang_up()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, routes: dict[str, Route]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.routes = routes
        self.lock = threading.Lock()
        self.connections = itertools.count(1)
        self.log: list[dict[str, Any]] = []
        self.visits: Counter[str] = Counter()
        self.responses: dict[str, list[dict[str, Any]]] = {}

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exc_info()[1], OSError):  # a client that leaves is expected
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def setup(self) -> None:
        super().setup()
        self.number = next(self.server.connections)

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path.startswith("/-/"):
            self._serve_test(path)
            return
        entry = {
            "path": self.path,
            "headers": {name.lower(): value for name, value in self.headers.items()},
            "time": time.time(),
            "connection": self.number,
        }
        with self.server.lock:
            self.server.log.append(entry)
            self.server.visits[self.path] += 1
            visit = Visit(self, self.server.visits[self.path])
            stated = self.server.responses.get(path)
        if stated is not None:
            response = stated[min(visit.number, len(stated)) - 1]
            body = base64.b64decode(response["body"])
            time.sleep(response["after"])
            visit.send(body, response["media_type"], response["status"], response["headers"])
            return
        prefix = path[: path.rfind("/", 0, -1) + 1]
        route = self.server.routes.get(path) or self.server.routes.get(prefix)
        if route is None:
            visit.send(b"no such path", status=404)
        else:
            route(visit)

    do_POST = do_GET  # noqa: N815

    def _serve_test(self, path: str) -> None:
        data = self.rfile.read(int(self.headers.get("content-length", "0")))
        with self.server.lock:
            if path == "/-/reset":
                self.server.log.clear()
                self.server.visits.clear()
                self.server.responses.clear()
            elif path == "/-/put":
                self.server.responses.update(json.loads(data))
            body = json.dumps(self.server.log).encode()
        Visit(self, 1).send(body, "application/json")


class Hostile:
    """The running server, as a test sees it."""

    def __init__(self, port: int) -> None:
        self.port = port

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def log(self, path: str = "") -> list[dict[str, Any]]:
        """The requests so far, of one path (without its query) if given.

        Each has "path", "headers" (names in lower case), "time" and "connection", a number.
        """
        rows = self._call("/-/log")
        return [row for row in rows if path in ("", urlsplit(row["path"]).path)]

    def reset(self) -> None:
        """Forget the log, the visits and what was put."""
        self._call("/-/reset")

    def put(self, path: str, *responses: bytes | dict[str, Any]) -> None:
        """State what `path` (without a query) responses: first, second, …; the last one stays.

        Each address with its query is counted on its own. A response is a body, or a dict with any
        of "body", "status", "headers", "media_type" and "after" (seconds to wait before it).
        """
        rows: list[dict[str, Any]] = []
        for response in responses:
            given = {"body": response} if isinstance(response, bytes) else response
            row: dict[str, Any] = {
                "body": b"",
                "status": 200,
                "headers": {},
                "media_type": "text/plain",
            }
            row |= {"after": 0, **given}
            rows.append({**row, "body": base64.b64encode(row["body"]).decode()})
        self._call("/-/put", json.dumps({path: rows}).encode())

    def _call(self, path: str, data: bytes | None = None) -> Any:
        # Proxies of the environment are not for loopback.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(self.url(path), data, timeout=30) as response:
            return json.loads(response.read())


@contextlib.contextmanager
def running(*modules: str) -> Iterator[Hostile]:
    """Start the server with the ROUTES of `modules` before its own, and end it."""
    process = subprocess.Popen(
        [sys.executable, "-m", __name__, *modules],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Hostile(int(process.stdout.readline()))
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        process.stdout.close()


def _main(modules: list[str]) -> None:
    routes = dict(ROUTES)
    for module in modules:
        routes.update(importlib.import_module(module).ROUTES)
    server = _Server(routes)
    print(server.server_address[1], flush=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    # The end of the input is the end of the parent, however it came about.
    sys.stdin.read()
    os._exit(0)


if __name__ == "__main__":
    _main(sys.argv[1:])
