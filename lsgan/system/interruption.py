"""Stopping long work at a sound moment when the user or the system asks for it."""

import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType


class Interruption:
    """While entered, Ctrl-C and SIGTERM are noted instead of breaking off the work.

    A second signal acts as it always did, for whoever cannot wait for a sound moment.

    Args:
        then: is called, in a thread of its own, when a signal has come.

    Attributes:
        signal: the number of the signal that came, 0 while none has.
    """

    def __init__(self, then: Callable[[], object] | None = None) -> None:
        self.signal = 0
        self._then = then
        self._before: dict[int, object] = {}

    def __enter__(self) -> "Interruption":
        for number in (signal.SIGINT, signal.SIGTERM):
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._restore()

    def _note(self, number: int, _: FrameType | None) -> None:
        self.signal = number
        self._restore()
        if self._then is not None:
            # Not in this thread, which may hold, at this very moment, a lock that it would need.
            threading.Thread(target=self._then, daemon=True).start()

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._before.clear()
