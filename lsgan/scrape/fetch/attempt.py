"""The limits of one attempt: its deadline, its silence, its speed."""

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from lsgan.scrape.fetch.response import FetchError
from lsgan.scrape.fetch.timing import Clock, Timing


class Attempt:
    """One attempt to fetch something, from the look-up of the name to the last byte.

    `connects` tells whether it has made a connection of its own, or found one that was kept.

    Args:
        clock: the client's.
        timing: the client's.
        deadline: in seconds from now.
        least_speed: of the body, in kilobytes a second.
        count: told of every number of bytes received; may raise a FetchError.
    """

    def __init__(
        self,
        clock: Clock,
        timing: Timing,
        deadline: float,
        least_speed: float,
        count: Callable[[int], None],
    ) -> None:
        self.timing = timing
        self.connects = False
        self._clock = clock
        self._ends = clock.now() + deadline
        self._deadline = deadline
        self._least_speed = least_speed
        self._count = count
        self._heard = clock.now()
        self._body_began: float | None = None
        self._body_bytes = 0
        self._allowed = math.inf

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Within this it is the `current` one of its thread."""
        before = _current.set(self)
        try:
            yield
        finally:
            _current.reset(before)

    def listen(self) -> None:
        """From now on the server is expected to say something."""
        self._heard = self._clock.now()

    def begin_body(self) -> None:
        """From now on the speed counts."""
        self._body_began = self._clock.now()

    def allow(self, most: int) -> None:
        """From now on so many bytes may come."""
        self._allowed = self._body_bytes + most

    def received(self, count: int) -> None:
        """So many bytes have come.

        Raises:
            FetchError: too-large, or what `count` raises.
        """
        self._body_bytes += count
        self._count(count)
        if self._body_bytes > self._allowed:
            raise FetchError("too-large", "more bytes than allowed")

    def check(self) -> None:
        """Go on.

        Raises:
            FetchError: deadline or too-slow.
            AbortedError: if somebody has aborted.
        """
        self._clock.check()
        now = self._clock.now()
        if now >= self._ends:
            raise FetchError("deadline", f"not done after {self._deadline:g} s")
        elapsed = 0 if self._body_began is None else now - self._body_began
        if elapsed > self.timing.grace and self._body_bytes < 1000 * self._least_speed * elapsed:
            speed = self._body_bytes / elapsed / 1000
            raise FetchError("too-slow", f"{speed:.2g} kB/s in {elapsed:.0f} s")

    def check_silence(self) -> None:
        """As `check`, and too-slow too if nothing has come for too long."""
        self.check()
        if self._clock.now() - self._heard >= self.timing.silence:
            raise FetchError("too-slow", f"silent for {self.timing.silence:g} s")


def current() -> Attempt:
    """The attempt that this thread is at."""
    return _current.get()


_current: ContextVar[Attempt] = ContextVar("attempt")
