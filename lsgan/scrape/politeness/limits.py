"""What may be asked of one host, and what has been."""

import math
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from lsgan.scrape.fetch.response import FetchError
from lsgan.scrape.fetch.timing import Clock
from lsgan.scrape.fetch.urls import Origin

# After so many fetches in a row that came to nothing, a host is left alone.
FAILURES_UNTIL_DOWN = 5
_MOST_COOKIES = 50

Statistics = dict[str, float]


@dataclass(frozen=True)
class HostLimit:
    """What a host allows.

    Attributes:
        concurrency: requests at a time, at least 1.
        interval: least seconds from the start of one request to the start of the next.
    """

    concurrency: int
    interval: float


@dataclass(frozen=True)
class Terms:
    """How a host is to be asked on by another process.

    Attributes:
        interval: least seconds from one request to the next, as its robots.txt asks too.
        rest: seconds until the next request may start.
        bytes: that have come from it.
    """

    interval: float
    rest: float = 0.0
    bytes: int = 0


class Host:
    """The limits and the state of one host; used by many threads at once.

    Args:
        limit: what it allows.
        budget: bytes that may be received from it.
        longest_wait: seconds that it may ask to wait for.
        clock: the client's.
    """

    def __init__(self, limit: HostLimit, budget: float, longest_wait: float, clock: Clock) -> None:
        self._limit = limit
        self._budget = budget
        self._longest_wait = longest_wait
        self._clock = clock
        self._changed = threading.Condition()
        self._running = 0
        self._crawl_delay = 0.0
        self._last_start = -math.inf
        self._rests_until = -math.inf
        self._closed: tuple[str, str] | None = None
        self._cookies: dict[Origin, dict[str, str]] = {}
        self._failures = 0
        self._requests = 0
        self._bytes = 0
        self._inherited = 0
        self._waited = 0.0

    def terms(self) -> Terms:
        """What another process must know that asks the host from now on in place of this one."""
        with self._changed:
            now = self._clock.now()
            interval = max(self._limit.interval, self._crawl_delay)
            rest = max(self._last_start + interval, self._rests_until) - now
            return Terms(interval, max(rest, 0.0), self._bytes)

    def take_over(self, terms: Terms) -> None:
        """Go on in place of another process, which has asked the host until now."""
        with self._changed:
            self._bytes += terms.bytes
            self._inherited += terms.bytes
            pause = max(terms.interval, terms.rest)
            self._rests_until = max(self._rests_until, self._clock.now() + pause)

    def set_limit(self, limit: HostLimit) -> None:
        """State what the host allows."""
        with self._changed:
            self._limit = limit
            self._changed.notify_all()

    def set_crawl_delay(self, seconds: float) -> None:
        """State the least interval that the host's robots.txt asks for."""
        with self._changed:
            self._crawl_delay = max(self._crawl_delay, seconds)

    def cookies(self, origin: Origin) -> dict[str, str]:
        """The cookies that an origin of the host has set in this run."""
        with self._changed:
            return dict(self._cookies.get(origin, {}))

    def keep(self, origin: Origin, cookies: Mapping[str, str]) -> None:
        """Keep what an origin of the host has set, as far as it is not too much."""
        short = {
            name: value for name, value in cookies.items() if value and len(name + value) <= 4096
        }
        with self._changed:
            kept = {**self._cookies.get(origin, {}), **short}
            self._cookies[origin] = dict(list(kept.items())[-_MOST_COOKIES:])

    def check(self) -> None:
        """Go on.

        Raises:
            FetchError: rate-limited, host-down or host-budget, if the host is left alone.
        """
        if self._closed is not None:
            raise FetchError(*self._closed)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until a request may start, and count it until it ends.

        Raises:
            FetchError: if the host is left alone by then.
            AbortedError: at once when somebody aborts.
        """
        began = self._clock.now()
        with self._changed:
            while self._running >= self._limit.concurrency:
                self._go_on()
                self._changed.wait()
            self._go_on()
            self._running += 1
        try:
            self._await_start()
            with self._changed:
                self._requests += 1
                self._waited += self._clock.now() - began
            yield
        finally:
            with self._changed:
                self._running -= 1
                self._changed.notify_all()

    def wake(self) -> None:
        """Let those who wait see that somebody has aborted."""
        with self._changed:
            self._changed.notify_all()

    def pause(self, seconds: float) -> None:
        """Let no request start for so long.

        Raises:
            FetchError: rate-limited, now and for ever, if that is longer than one waits.
        """
        if seconds > self._longest_wait:
            detail = f"the host wants {seconds:.0f} s of rest, more than {self._longest_wait:.0f}"
            self._close("rate-limited", detail)
        with self._changed:
            self._rests_until = max(self._rests_until, self._clock.now() + seconds)
        self.check()

    def rest(self, seconds: float) -> None:
        """Wait before another attempt; other threads go on.

        Raises:
            AbortedError: at once when somebody aborts.
        """
        with self._changed:
            self._waited += seconds
        self._clock.sleep(seconds)

    def received(self, count: int) -> None:
        """So many bytes have come from the host.

        Raises:
            FetchError: host-budget, if they are too many.
        """
        with self._changed:
            self._bytes += count
            spent = self._bytes > self._budget
        if spent:
            self._close("host-budget", f"{self._budget / 1e6:g} megabytes")
            self.check()

    def responded(self) -> None:
        """The host is alive."""
        self._failures = 0

    def failed(self) -> None:
        """A fetch has come to nothing."""
        with self._changed:
            self._failures += 1
            down = self._failures >= FAILURES_UNTIL_DOWN
        if down:
            self._close("host-down", f"{FAILURES_UNTIL_DOWN} fetches failed in a row")

    def statistics(self) -> Statistics:
        """The requests started, the bytes received and the seconds that threads have waited."""
        with self._changed:
            return {
                "requests": self._requests,
                "bytes": self._bytes - self._inherited,
                "seconds_waited": round(self._waited, 3),
            }

    def _close(self, reason: str, detail: str) -> None:
        with self._changed:
            self._closed = self._closed or (reason, detail)
            self._changed.notify_all()

    def _go_on(self) -> None:
        self._clock.check()
        self.check()

    def _await_start(self) -> None:
        while True:
            self._go_on()
            with self._changed:
                now = self._clock.now()
                interval = max(self._limit.interval, self._crawl_delay)
                delay = max(self._last_start + interval, self._rests_until) - now
                if delay <= 0:
                    self._last_start = now
                    return
            # Only as many threads as the host takes at a time come here together.
            self._clock.sleep(delay)


class Hosts:
    """Every host met so far.

    Args:
        limit: of a host that nothing else is said of.
        budget: bytes that may be received from each.
        longest_wait: seconds that one may ask to wait for.
        clock: the client's.
    """

    def __init__(self, limit: HostLimit, budget: float, longest_wait: float, clock: Clock) -> None:
        self._limit = limit
        self._budget = budget
        self._longest_wait = longest_wait
        self._clock = clock
        self._hosts: dict[str, Host] = {}
        self._lock = threading.Lock()

    def __getitem__(self, name: str) -> Host:
        with self._lock:
            if name not in self._hosts:
                self._hosts[name] = Host(self._limit, self._budget, self._longest_wait, self._clock)
            return self._hosts[name]

    def wake(self) -> None:
        """Let all who wait see that somebody has aborted."""
        with self._lock:
            hosts = list(self._hosts.values())
        for host in hosts:
            host.wake()

    def statistics(self) -> dict[str, Statistics]:
        """What `Host.statistics` says of each that has been asked anything."""
        with self._lock:
            hosts = dict(self._hosts)
        every = {name: host.statistics() for name, host in hosts.items()}
        return {name: figures for name, figures in every.items() if figures["requests"]}
