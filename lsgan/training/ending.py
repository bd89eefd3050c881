"""What a training says and shows when it ends."""

from pathlib import Path

from lsgan.checkpoints import checkpoint
from lsgan.checkpoints.checkpoint import Checkpoint
from lsgan.checkpoints.run import Run
from lsgan.inference.latent_set import of_grid
from lsgan.inference.sampling import open_generator, write_grid
from lsgan.metrics.metric import Monitor
from lsgan.training.log import Log
from lsgan.training.trainer import Trainer


def finish(trainer: Trainer, run: Run, log: Log, monitor: Monitor, signal: int) -> None:
    """Say how the training ended and which step was best, and write a grid of that one's images.

    Args:
        trainer: what has been trained.
        run: its folder.
        log: says it.
        monitor: the metric that tells which checkpoint is best.
        signal: the number of the signal that ended it, 0 if none did.
    """
    done, steps = trainer.state.step, trainer.config.train.steps
    if signal and done < steps:
        log.say(
            f"stopped and saved at step {done} of {steps}; to continue: "
            + run.command("train --resume --out")
        )
    elif done < steps:
        log.say(f"ended at step {done}; to continue anyway: {run.command('train --resume --out')}")
    else:
        log.say(f"complete: {done} steps; to train longer: --resume --set train.steps=N")
    best = run.best(monitor)
    if best is not None:
        log.say(
            f"best: step {best.step}, {monitor.name} {best.metrics[monitor.name]:.4g}"
            + _beside_last(run, best, monitor)
        )
    if trainer.task.is_conditional:
        log.say(f"images: {run.command('sample')} --input DIR")
    elif run.kept():
        log.say(f"images: {_final_grid(trainer, run)}; more: {run.command('sample')}")


def _final_grid(trainer: Trainer, run: Run) -> Path:
    """Write the grid that `lsgan sample` would write; returns its path."""
    generator, sample = open_generator(run.path), trainer.config.sample
    images = of_grid(generator, sample.count, sample.columns)
    return write_grid(generator, images, run.images, sample.columns, 1)


def _beside_last(run: Run, best: Checkpoint, monitor: Monitor) -> str:
    """How the best checkpoint compares with the last one that was evaluated."""
    evaluated = (checkpoint.describe(path) for path in run.kept())
    last = next((found for found in evaluated if monitor.name in found.metrics), None)
    if last is None or last.step == best.step:
        return ", the last one evaluated"
    return f"; the last one evaluated, step {last.step}, has {last.metrics[monitor.name]:.4g}"
