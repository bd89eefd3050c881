"""The training loop: step after step, each followed by the callbacks."""

from collections.abc import Sequence

from lsgan.system.interruption import Interruption
from lsgan.training.callbacks import Callback
from lsgan.training.recovery import Recovery
from lsgan.training.step import train_step
from lsgan.training.trainer import Trainer
from lsgan.training.trouble import TroubleError


def fit(
    trainer: Trainer,
    callbacks: Sequence[Callback],
    recovery: Recovery,
    interruption: Interruption,
) -> None:
    """Train until the configured number of steps, an interruption or early stopping.

    Args:
        trainer: what is trained.
        callbacks: are called in their order.
        recovery: what is done about a run that goes wrong.
        interruption: notes Ctrl-C and SIGTERM.

    Raises:
        RunError: if the run goes wrong and cannot be saved.
    """
    for callback in callbacks:
        callback.on_begin(trainer)
    is_first = True
    while not (trainer.is_complete or trainer.is_stopped or interruption.signal):
        try:
            for _ in range(_steps_to_do(trainer, is_first)):
                is_first = False
                metrics = train_step(trainer)
                for callback in callbacks:
                    callback.on_step(trainer, metrics)
        except TroubleError as trouble:
            recovery.respond(trainer, trouble, callbacks)
    for callback in callbacks:
        callback.on_end(trainer)


def _steps_to_do(trainer: Trainer, is_first: bool) -> int:
    """How many steps to do before the run can be interrupted or rolled back.

    One, except with several processes, which are directed for several steps at a time, but for
    the first, after which the leader may have something to measure.
    """
    if trainer.process_group.world_size == 1:
        return 1
    config, done = trainer.config, trainer.state.step
    periods = (
        *(config.log.every, config.sample.every, config.evaluate.every),
        config.checkpoint.every or config.train.steps,
    )
    ends = [done + period - done % period for period in periods]
    count = 1 if is_first else min(*ends, config.train.steps) - done
    trainer.process_group.broadcast("steps", count)
    return count
