"""What a training says when it ends."""

from lsgan.domains import domain_of
from lsgan.evaluation.metric import MEASURE
from lsgan.interruption import Interruption
from lsgan.training import checkpoint
from lsgan.training.parts import Parts


def conclude(parts: Parts, interruption: Interruption) -> None:
    """Say how the training ended, which step was best, and what to do next."""
    run, log, done = parts.run, parts.log, parts.state.step
    if interruption.signal and done < parts.config.train.steps:
        log.say(
            f"stopped and saved at step {done} of {parts.config.train.steps}; to go on: "
            + run.command("train --resume --out")
        )
    elif done < parts.config.train.steps:
        log.say(
            f"ended at step {done}; to go on all the same: {run.command('train --resume --out')}"
        )
    else:
        log.say(f"complete: {done} steps; for more of them: --resume --set train.steps=N")
    best = run.best()
    if best is not None:
        log.say(
            f"best: step {best.step}, {MEASURE} {best.metrics[MEASURE]:.4g}{_beside_last(parts)}"
        )
        given = " --input DIR" if domain_of(parts.config).is_given_rows else ""
        log.say(f"images: {run.command('sample')}{given}")


def _beside_last(parts: Parts) -> str:
    """How much better the best checkpoint measured than the last one that was measured."""
    best = parts.run.best()
    measured = [checkpoint.describe(path) for path in parts.run.kept()]
    last = next((found for found in measured if MEASURE in found.metrics), None)
    if best is None or last is None or last.step == best.step:
        return ", the last one measured"
    gain = 1 - best.metrics[MEASURE] / last.metrics[MEASURE]
    return (
        f", {100 * gain:.0f}% below step {last.step}, the last one measured "
        f"({last.metrics[MEASURE]:.4g})"
    )
