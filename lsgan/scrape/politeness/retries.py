"""Which failures are tried again, how often, and after what time."""

import calendar
import random
from email.utils import parsedate_tz

from lsgan.scrape.fetch.response import FetchError, InsecureError, Response
from lsgan.scrape.fetch.timing import Clock, Timing
from lsgan.scrape.politeness.limits import Host

# Attempts altogether; one where nothing is said. What took long already, and a name that has no
# address, get a second chance only: a third would cost minutes and rarely end otherwise.
_ATTEMPTS = {
    "connection": 4,
    "short-body": 4,
    "server-error": 4,
    "rate-limited": 4,
    "too-slow": 2,
    "deadline": 2,
    "host-unknown": 2,
}


class Retries:
    """The attempts of one fetch, over all its redirects."""

    def __init__(self, clock: Clock, timing: Timing) -> None:
        self._clock = clock
        self._timing = timing
        self._failed = 0

    def wait(self, error: FetchError, host: Host) -> None:
        """Wait until the next attempt.

        Args:
            error: what the last attempt ended with.
            host: whom it asked.

        Raises:
            FetchError: `error`, if there shall be no other attempt.
            AbortedError: at once when somebody aborts.
        """
        self._failed += 1
        last = self._failed >= _attempts(error)
        backoff = self._timing.backoff * 2 ** (self._failed - 1) * random.uniform(0.5, 1.5)
        if error.reason == "rate-limited" and error.response is not None:
            asked = retry_after(error.response, self._clock)
            try:
                # For all threads, and after the last attempt too.
                host.pause(backoff if asked is None else asked)
            except FetchError as closed:
                raise FetchError(closed.reason, closed.detail, error.response) from error
            if last:
                raise error
        elif last:
            raise error
        else:
            host.rest(backoff)


def retry_after(response: Response, clock: Clock) -> float | None:
    """Seconds to wait by the header Retry-After (RFC 9110, 10.2.3); None without a valid one."""
    text = response.headers.get("retry-after", "").strip()
    if text.isascii() and text.isdecimal():
        return float(text)
    then = _date(text)
    if then is None:
        return None
    # By the server's own clock where it tells it: ours may be wrong.
    now = _date(response.headers.get("date", ""))
    return max(then - (clock.date() if now is None else now), 0)


def _attempts(error: FetchError) -> int:
    # A host that is left alone already says "rate-limited" without having been asked.
    pointless = isinstance(error, InsecureError) or (
        error.response is None and error.reason in ("rate-limited", "server-error")
    )
    return 1 if pointless else _ATTEMPTS.get(error.reason, 1)


def _date(text: str) -> float | None:
    try:
        parsed = parsedate_tz(text[:100])
        return None if parsed is None else calendar.timegm(parsed[:9]) - (parsed[9] or 0)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
