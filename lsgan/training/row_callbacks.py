"""What happens with every new line of `metrics.jsonl`."""

from collections.abc import Callable
from typing import Any

from lsgan.arrays import Tensor
from lsgan.checkpoints.run import Run
from lsgan.training.callbacks import Callback
from lsgan.training.log import Log
from lsgan.training.trainer import Trainer
from lsgan.training.watchdog import Watchdog

# Is given a line of `metrics.jsonl`, and returns True where the training is to end.
OnMetrics = Callable[[dict[str, Any]], bool | None]


class RowCallback(Callback):
    """Looks at every new line of `metrics.jsonl`.

    Args:
        log: what writes the lines.
    """

    def __init__(self, log: Log) -> None:
        self._rows: list[dict[str, Any]] = []
        log.listen(self._rows.append)

    def take_rows(self) -> list[dict[str, Any]]:
        """The lines that were written since this was last called."""
        rows = list(self._rows)
        self._rows.clear()
        return rows

    def on_rollback(self, trainer: Trainer) -> None:  # noqa: ARG002
        """Forget the lines of later steps."""
        self._rows.clear()


class CallOnMetrics(RowCallback):
    """Calls a function of the user's with every new line of `metrics.jsonl`.

    Args:
        log: what writes the lines.
        on_metrics: is given each; where it returns True, the training ends after this step.
    """

    def __init__(self, log: Log, on_metrics: OnMetrics) -> None:
        super().__init__(log)
        self._on_metrics = on_metrics

    def on_step(self, trainer: Trainer, metrics: dict[str, Tensor]) -> None:  # noqa: ARG002
        """Pass on what is new."""
        self._call(trainer)

    def on_end(self, trainer: Trainer) -> None:
        """Pass on the last metrics."""
        self._call(trainer)

    def _call(self, trainer: Trainer) -> None:
        for row in self.take_rows():
            if self._on_metrics(row):
                trainer.is_stopped = True


class Watch(RowCallback):
    """Shows the watchdog every new line of `metrics.jsonl`.

    Args:
        log: what writes the lines.
        run: the run's folder, from which the lines are read again after a rollback.
        watchdog: notices when they are those of a run that goes wrong.
    """

    def __init__(self, log: Log, run: Run, watchdog: Watchdog) -> None:
        super().__init__(log)
        self._run = run
        self._watchdog = watchdog

    def on_step(self, trainer: Trainer, metrics: dict[str, Tensor]) -> None:  # noqa: ARG002
        """Raise the first trouble that a new line shows."""
        troubles = [self._watchdog.see(row) for row in self.take_rows()]
        for trouble in filter(None, troubles):
            raise trouble

    def on_rollback(self, trainer: Trainer) -> None:
        """Begin anew with the lines up to the state's step."""
        super().on_rollback(trainer)
        self._watchdog = self._watchdog.restarted(self._run.rewind(trainer.state.step))
