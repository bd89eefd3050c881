"""Connections kept open from one request to the next."""

import ssl
import threading
from collections import deque

from lsgan.scrape.fetch.attempt import Attempt
from lsgan.scrape.fetch.connection import Connection, connection_to
from lsgan.scrape.fetch.urls import Origin, Url

# Idle at a time, over all hosts: every one takes a file descriptor.
_MOST_IDLE = 64


class Pool:
    """The idle connections of a client; used by many threads at once."""

    def __init__(self, allow_private: bool) -> None:
        self._allow_private = allow_private
        self._context = ssl.create_default_context()
        self._idle: deque[Connection] = deque()
        self._lock = threading.Lock()
        self._closed = False

    def open(self, url: Url, attempt: Attempt) -> Connection:
        """A new connection to the origin of `url`."""
        return connection_to(url, self._allow_private, self._context, attempt)

    def take(self, origin: Origin, attempt: Attempt) -> Connection | None:
        """An idle connection to `origin`, the one used last; None if there is none."""
        while True:
            with self._lock:
                found = next((item for item in reversed(self._idle) if item.origin == origin), None)
                if found is None:
                    return None
                self._idle.remove(found)
            # One on which something can be read has been closed, or the server speaks unasked.
            if found.is_connected:
                found.attempt = attempt
                return found
            found.close()

    def give_back(self, connection: Connection) -> None:
        """Keep a connection whose last answer has been read to its end."""
        surplus: Connection | None = connection
        if connection.sock is not None:
            with self._lock:
                if not self._closed:
                    self._idle.append(connection)
                    surplus = self._idle.popleft() if len(self._idle) > _MOST_IDLE else None
        if surplus is not None:
            surplus.close()

    def close(self) -> None:
        """Close the idle connections; those in use are closed when they come back."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, deque()
        for connection in idle:
            connection.close()
