"""Stopping a training between two steps when the user or the system asks for it."""

import signal
from types import FrameType, TracebackType


class Interruption:
    """While entered, Ctrl-C and SIGTERM are noted instead of breaking off a step.

    A second signal acts as it always did, for whoever cannot wait for the step to end.

    Attributes:
        signal: the number of the signal that came, 0 while none has.
    """

    def __init__(self) -> None:
        self.signal = 0
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

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]
        self._before.clear()
