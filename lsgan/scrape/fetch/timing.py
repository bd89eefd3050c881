"""Time: what is waited for, how long at most, and an end to every wait."""

import threading
import time
from dataclasses import dataclass

from lsgan.scrape.fetch.response import AbortedError


@dataclass(frozen=True)
class Timing:
    """How long things may take, in seconds; the deadline is a setting.

    Attributes:
        connect: for one address of a host, so that a dead one leaves time for the next.
        silence: for the next byte.
        grace: into a body until its average speed is judged.
        tick: from one look at the deadline and the abort to the next while a socket is silent.
        backoff: before the second attempt; each further wait is twice as long.
        longest_wait: that a server may ask for; one that asks for more is left alone.
    """

    connect: float = 10
    silence: float = 20
    grace: float = 5
    tick: float = 0.2
    backoff: float = 1
    longest_wait: float = 120


class Clock:
    """The time, and waits that end when somebody aborts; used by many threads at once."""

    def __init__(self) -> None:
        self._aborted = threading.Event()

    def now(self) -> float:
        """Seconds from an arbitrary moment; never goes back."""
        return time.monotonic()

    def date(self) -> float:
        """Seconds since 1970 (UTC)."""
        return time.time()

    def sleep(self, seconds: float) -> None:
        """Wait.

        Raises:
            AbortedError: at once when somebody aborts.
        """
        if self._aborted.wait(max(seconds, 0)):
            raise AbortedError

    def abort(self) -> None:
        """End every wait, now and later."""
        self._aborted.set()

    def check(self) -> None:
        """Go on.

        Raises:
            AbortedError: if somebody has aborted.
        """
        if self._aborted.is_set():
            raise AbortedError
