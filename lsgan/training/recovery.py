"""What is done about a run that goes wrong: back to a good checkpoint, the end, or a word."""

from lsgan.arrays import Arrays
from lsgan.errors import RunError
from lsgan.evaluation.metric import MEASURE
from lsgan.training.checkpoint import Checkpoint, read
from lsgan.training.fine_tuning import initial_weights
from lsgan.training.parts import Parts
from lsgan.training.state import State
from lsgan.training.watchdog import Finding, Watchdog

# A discriminator that has won is slowed down; in other trouble both networks are.
_SLOWED = {"discriminator won": ("discriminator",)}
_BOTH = ("generator", "discriminator")


def respond(parts: Parts, finding: Finding) -> bool:
    """Do what the configuration says about `finding`, and say so in one line.

    Returns:
        Whether the training is to go on.

    Raises:
        RunError: if it cannot: its numbers are lost, or it is in trouble after its last try.
    """
    settings = parts.config.watchdog
    said = f"step {parts.state.step}: {finding.trouble}: {finding.evidence}"
    if settings.action == "warn" and not finding.lost:
        parts.log.say(f"{said} (watchdog.action is warn: nothing is done)")
        return True
    if finding.trouble == "no more gain":
        parts.log.say(f"{said}; the run ends here")
        return False
    if settings.action == "rollback" and parts.state.rollbacks < settings.tries:
        _roll_back(parts, finding, said)
        return True
    raise _hopeless(parts, said)


def _roll_back(parts: Parts, finding: Finding, said: str) -> None:
    """Become the best checkpoint again, or step 0 where none is better, with lower rates."""
    settings, old, run = parts.config.watchdog, parts.state, parts.run
    found = _good(parts) or _beginning(parts, said)
    # A new state, since Adam cannot be made to forget.
    parts.state = state = State(parts.config, parts.ranks)
    if found:
        state.restore(*found)
    slowed = _SLOWED.get(finding.trouble, _BOTH)
    factors = {
        name: factor * settings.rate_factor if name in slowed else factor
        for name, factor in old.rate_factors.items()
    }
    state.rolled_back(old.rollbacks + 1, factors)
    parts.ranks.tell("state", found, state.rollbacks, state.rate_factors)

    run.forget(state.step)
    parts.log.rewind(state.step)
    parts.outputs.rewind(state)
    parts.watchdog = Watchdog.of(settings, parts.labels.bounds(), run.rewind(state.step))
    rates = ", ".join(f"{name} {rate:.2g}" for name, rate in state.rates().items())
    parts.log.say(
        f"{said}; back to step {state.step} with lower rates: {rates} "
        f"(try {state.rollbacks} of {settings.tries})"
    )


def _good(parts: Parts) -> tuple[Checkpoint, Arrays] | None:
    """The best checkpoint, or the newest where none was measured; None if it is none to keep."""
    best = parts.run.best()
    if best is None:
        return parts.run.newest(parts.log.say)
    return read(best.path) if best.metrics[MEASURE] < parts.watchdog.untrained else None


def _beginning(parts: Parts, said: str) -> tuple[Checkpoint, Arrays] | None:
    """The weights that the run began with; None if they were random.

    Raises:
        RunError: if they are not there any more.
    """
    try:
        return initial_weights(parts.config, parts.log.say, parts.state.parent)
    except RunError as error:
        again = parts.run.command("train --resume --out")
        raise RunError(
            f"{said}; it cannot begin again: {error.message}",
            "Put that checkpoint back, or say where it is now: "
            f"{again} --set train.initial_weights=CHECKPOINT",
        ) from error


def _hopeless(parts: Parts, said: str) -> RunError:
    """What to tell the user of a run that cannot be saved."""
    best = parts.run.best()
    found = best.path if best else next(iter(parts.run.kept()), None)
    kept = f"the last good checkpoint is {found}" if found else "no checkpoint was written"
    rates = parts.config.optimizer
    return RunError(
        f"{said}; {kept}",
        "Begin again with lower rates and another --out, for example: --set "
        f"optimizer.generator_learning_rate={rates.generator_learning_rate / 4:.2g} --set "
        f"optimizer.discriminator_learning_rate={rates.discriminator_learning_rate / 4:.2g}.",
    )
