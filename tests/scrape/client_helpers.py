"""What the tests of the client need."""

import socket
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from lsgan.config import ScrapeSection
from lsgan.scrape.client import Client
from lsgan.scrape.fetch import addresses
from lsgan.scrape.fetch.response import REASONS, FetchError
from lsgan.scrape.fetch.timing import Clock, Timing


class SkippingClock(Clock):
    """The real time, but every sleep is over at once, as if it had been slept."""

    def __init__(self) -> None:
        super().__init__()
        self.slept: list[float] = []
        self._skipped = 0.0
        self._lock = threading.Lock()

    def now(self) -> float:
        return super().now() + self._skipped

    def date(self) -> float:
        return super().date() + self._skipped

    def sleep(self, seconds: float) -> None:
        self.check()
        with self._lock:
            self.slept.append(seconds)
            self._skipped += seconds


def settings(**changes: Any) -> ScrapeSection:
    """Without politeness, unless a test asks for it."""
    values = {"interval": 0.0, "concurrency": 16, "deadline": 20.0, "least_speed": 0.0}
    return ScrapeSection(**{**values, **changes})


def new_client(
    clock: Clock | None = None, timing: Timing | None = None, private=True, **changes: Any
) -> Client:
    return Client(
        settings(**changes), private, timing=timing or Timing(), clock=clock or SkippingClock()
    )


def failure(call: Callable[..., Any], *args: Any, **named: Any) -> FetchError:
    """The error that a call ends with, which must be one that a person can be shown."""
    with pytest.raises(FetchError) as caught:
        call(*args, **named)
    assert caught.value.reason in REASONS
    assert caught.value.detail.isprintable()
    assert " at 0x" not in caught.value.detail
    return caught.value


def reason(call: Callable[..., Any], *args: Any, **named: Any) -> str:
    return failure(call, *args, **named).reason


def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


def wait_until(condition: Callable[[], object]) -> None:
    ends = time.monotonic() + 20
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.01)


def name_hosts(monkeypatch: pytest.MonkeyPatch, names: dict[str, list[str]]) -> list[str]:
    """Let these names have these addresses; the list returned gets every name looked up."""
    asked: list[str] = []
    real = socket.getaddrinfo

    def look_up(host: str, port: int, *args: Any, **named: Any) -> list[Any]:
        if host not in names:
            return real(host, port, *args, **named)
        asked.append(host)
        kind = {True: socket.AF_INET6, False: socket.AF_INET}
        return [
            (kind[":" in item], socket.SOCK_STREAM, 6, "", (item, port)) for item in names[host]
        ]

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    return asked


def count_as_public(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let 127.0.0.1, where the test's server is, count as an address of the public internet."""
    real = addresses.is_public
    monkeypatch.setattr(addresses, "is_public", lambda text: text == "127.0.0.1" or real(text))
