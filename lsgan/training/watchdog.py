"""The watchdog: finds out from a run's metrics whether it goes well.

It sees nothing but the lines of `metrics.jsonl`, so that a resumed run, which reads them again,
comes to the same verdicts.
"""

import math
from collections import deque
from collections.abc import Iterable, Mapping
from statistics import median
from typing import Any

from lsgan.config import WatchdogSection
from lsgan.metrics.metric import Monitor
from lsgan.training.discriminator_loss import Bounds
from lsgan.training.trouble import Kind, TroubleError

# A kind of trouble, whether a run is in it, and the numbers that show it.
Sign = tuple[Kind, bool, str]

# No verdict in the first steps: the untrained networks' losses are tens of times the later ones.
_GRACE = 100
# Losses and gradients this many times their usual size are no fluctuation: in sound runs none
# was seen above 10.
_FAR = 100
_REMEMBERED = 20
# In parts of a guesser's loss, the first above the least there can be. A discriminator that stays
# below the first no longer teaches, if so many measurements running have seen no gain: the images
# of such runs stayed noise, while those of good long runs still grew better there. One that stays
# above the second knows less than nothing.
_WON, _LOST = 0.4, 2.0
_IN_VAIN = 2
# Generated images of a batch differ by this share of what real ones do, or by more, in sound
# runs: untrained ones by 0.1, later ones by 0.5.
_ALIKE = 0.05
# Worse than the best by such a factor, so many times running.
_WORSE, _WORSE_TIMES = 3.0, 3


class Watchdog:
    """Watches one run.

    Args:
        settings: how long a bad state must last.
        monitor: the metric that tells whether the images get better.
        bounds: the least loss of a discriminator and that of one that guesses; None if the losses
            have no natural unit.
    """

    def __init__(self, settings: WatchdogSection, monitor: Monitor, bounds: Bounds | None) -> None:
        self._settings = settings
        self._monitor = monitor
        self._bounds = bounds
        self._step = 0
        self._usual: dict[str, deque[float]] = {}
        self._bad_since: dict[str, int] = {}
        self._untrained = self._best = monitor.worst
        self._without_gain = 0
        self._worse = 0

    @classmethod
    def of(
        cls,
        settings: WatchdogSection,
        monitor: Monitor,
        bounds: Bounds | None,
        rows: Iterable[Mapping[str, Any]],
    ) -> "Watchdog":
        """A watchdog that has seen `rows` already."""
        watchdog = cls(settings, monitor, bounds)
        for row in rows:
            watchdog.see(row)
        return watchdog

    def restarted(self, rows: Iterable[Mapping[str, Any]]) -> "Watchdog":
        """Another with the same settings, that has seen nothing but `rows`."""
        return Watchdog.of(self._settings, self._monitor, self._bounds, rows)

    def see(self, row: Mapping[str, Any]) -> TroubleError | None:
        """The trouble that the next line of `metrics.jsonl` shows; None as long as all is fine."""
        step = int(row["step"])
        previous, self._step = self._step, step
        if self._monitor.name in row:
            return self._evaluated(float(row[self._monitor.name]))
        if "diversity" not in row or step <= _GRACE:
            return None
        return self._exploded(row) or self._lasting_trouble(row, previous)

    def _exploded(self, row: Mapping[str, Any]) -> TroubleError | None:
        for name in ("discriminator_loss", "generator_loss"):
            if self._bounds and row[name] > _FAR * self._bounds.guessing:
                return TroubleError("divergence", f"{name} {row[name]:.3g}")
        for name in filter(row.__contains__, ("discriminator_gradient", "generator_gradient")):
            usual = self._usual.setdefault(name, deque(maxlen=_REMEMBERED))
            if len(usual) == _REMEMBERED and row[name] > _FAR * median(usual):
                times = row[name] / median(usual)
                return TroubleError(
                    "divergence", f"{name} {row[name]:.3g}, {times:.0f} times the usual"
                )
            usual.append(row[name])
        return None

    def _lasting_trouble(self, row: Mapping[str, Any], previous: int) -> TroubleError | None:
        # First, since a discriminator wins against one image too.
        signs = [self._collapse(row["diversity"])]
        if self._bounds:
            signs += self._unbalanced(row["discriminator_loss"], *self._bounds)
        for kind, bad, evidence in signs:
            if not bad:
                self._bad_since.pop(kind, None)
                continue
            lasted = self._step - self._bad_since.setdefault(kind, previous)
            if lasted >= self._settings.steps:
                del self._bad_since[kind]
                return TroubleError(kind, f"for {lasted} steps {evidence}")
        return None

    @staticmethod
    def _collapse(diversity: float) -> Sign:
        differ = f"generated images differ by {100 * diversity:.1f}% of what real ones do"
        return "mode collapse", diversity < _ALIKE, differ

    def _unbalanced(self, loss: float, sure: float, guessing: float) -> list[Sign]:
        won = sure + _WON * (guessing - sure)
        return [
            (
                "discriminator won",
                loss < won and self._gains_nothing(),
                f"its loss is below {won:.2g}, now {loss:.2g}; guessing has {guessing:.2g}",
            ),
            (
                "divergence",
                loss > _LOST * guessing,
                f"the discriminator's loss is above {_LOST * guessing:.2g}, now {loss:.2g}; "
                f"guessing has {guessing:.2g}",
            ),
        ]

    def _gains_nothing(self) -> bool:
        return self._without_gain >= _IN_VAIN or math.isinf(self._best)

    def _evaluated(self, value: float) -> TroubleError | None:
        name, is_better = self._monitor.name, self._monitor.is_better
        if self._step == 0:
            self._untrained = value
        if is_better(value, self._best):
            self._best, self._without_gain, self._worse = value, 0, 0
            return None
        self._without_gain += 1
        is_worse = self._monitor.is_worse_by(_WORSE, value, self._best)
        self._worse = self._worse + 1 if is_worse else 0
        if self._worse >= _WORSE_TIMES:
            self._worse = 0
            kind: Kind = "divergence" if is_better(self._untrained, value) else "mode collapse"
            return TroubleError(
                kind,
                f"{_WORSE_TIMES} times running {name} was more than {_WORSE:g} times worse than "
                f"the best, {self._best:.3g}, now {value:.3g}",
            )
        if self._settings.patience and self._without_gain >= self._settings.patience:
            # Who resumes such a run gives it as much patience again.
            self._without_gain = 0
            return TroubleError(
                "early stopping",
                f"{name} has not been better than {self._best:.3g} for {self._settings.patience} "
                "evaluations",
            )
        return None
