"""What is done about a run that goes wrong: back to a good checkpoint, the end, or a word."""

from collections.abc import Sequence

from lsgan.arrays import Arrays
from lsgan.checkpoints.checkpoint import Checkpoint, read
from lsgan.checkpoints.run import Run
from lsgan.errors import RunError
from lsgan.metrics.metric import Monitor
from lsgan.training.callbacks import Callback
from lsgan.training.fine_tuning import initial_weights
from lsgan.training.log import Log
from lsgan.training.state import State
from lsgan.training.trainer import Trainer
from lsgan.training.trouble import TroubleError

# A discriminator that has won is slowed down; in other trouble both networks are.
_SLOWED = {"discriminator won": ("discriminator",)}
_BOTH = ("generator", "discriminator")


class Recovery:
    """Does what the configuration says about a run that goes wrong.

    Args:
        run: its folder.
        log: says so.
        monitor: the metric that tells which checkpoint is best.
    """

    def __init__(self, run: Run, log: Log, monitor: Monitor) -> None:
        self._run = run
        self._log = log
        self._monitor = monitor

    def respond(
        self, trainer: Trainer, trouble: TroubleError, callbacks: Sequence[Callback]
    ) -> None:
        """Warn, stop the training or roll it back, and say so in one line.

        Raises:
            RunError: if it cannot go on: its numbers are lost, or it is in trouble again after its
                last rollback.
        """
        settings, state = trainer.config.watchdog, trainer.state
        summary = f"step {state.step}: {trouble.kind}: {trouble.evidence}"
        if settings.action == "warn" and not trouble.is_lost:
            self._log.say(f"{summary} (watchdog.action is warn: nothing is done)")
        elif trouble.kind == "early stopping":
            self._log.say(f"{summary}; the run ends here")
            trainer.is_stopped = True
        elif settings.action == "rollback" and state.rollbacks < settings.max_rollbacks:
            self._roll_back(trainer, trouble, summary)
            for callback in callbacks:
                callback.on_rollback(trainer)
            self._say_rates(trainer, summary)
        else:
            raise self._hopeless(trainer, summary)

    def _roll_back(self, trainer: Trainer, trouble: TroubleError, summary: str) -> None:
        """Become the best checkpoint again, or step 0 where none is better, with lower rates."""
        old = trainer.state
        found = self._good() or self._beginning(trainer, summary)
        # A new state, since Adam cannot be made to forget.
        trainer.state = state = State(trainer.config, trainer.process_group)
        if found:
            state.restore(*found)
        slowed = _SLOWED.get(trouble.kind, _BOTH)
        factors = {
            name: factor * trainer.config.watchdog.lr_factor if name in slowed else factor
            for name, factor in old.lr_factors.items()
        }
        state.set_rollbacks(old.rollbacks + 1, factors)
        trainer.process_group.broadcast("state", found, state.rollbacks, state.lr_factors)
        self._run.forget(state.step)

    def _say_rates(self, trainer: Trainer, summary: str) -> None:
        state = trainer.state
        rates = ", ".join(f"{name} {rate:.2g}" for name, rate in state.learning_rates().items())
        self._log.say(
            f"{summary}; back to step {state.step} with lower learning rates: {rates} "
            f"(rollback {state.rollbacks} of {trainer.config.watchdog.max_rollbacks})"
        )

    def _good(self) -> tuple[Checkpoint, Arrays] | None:
        """The best checkpoint, or the newest where none was measured; None if it is none to keep.

        That is one that measured no better than the untrained generator.
        """
        monitor = self._monitor
        best = self._run.best(monitor)
        if best is None:
            return self._run.newest(self._log.say)
        value, untrained = best.metrics[monitor.name], self._run.untrained(monitor)
        return read(best.path) if monitor.is_better(value, untrained) else None

    def _beginning(self, trainer: Trainer, summary: str) -> tuple[Checkpoint, Arrays] | None:
        """The weights that the run began with; None if they were random.

        Raises:
            RunError: if they are not there any more.
        """
        try:
            return initial_weights(trainer.config, self._log.say, trainer.state.parent)
        except RunError as error:
            again = self._run.command("train --resume --out")
            raise RunError(
                f"{summary}; it cannot begin again: {error.message}",
                "Put that checkpoint back, or say where it is now: "
                f"{again} --set train.initial_weights=CHECKPOINT",
            ) from error

    def _hopeless(self, trainer: Trainer, summary: str) -> RunError:
        """The error of a run that cannot be saved."""
        best = self._run.best(self._monitor)
        found = best.path if best else next(iter(self._run.kept()), None)
        kept = f"the last good checkpoint is {found}" if found else "no checkpoint was written"
        rates = trainer.config.optimizer
        return RunError(
            f"{summary}; {kept}",
            "Begin again with lower learning rates and another --out, for example: --set "
            f"optimizer.generator_learning_rate={rates.generator_learning_rate / 4:.2g} --set "
            f"optimizer.discriminator_learning_rate={rates.discriminator_learning_rate / 4:.2g}.",
        )
