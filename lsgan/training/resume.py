"""Where a training begins: at step 0 in an empty folder, or where the folder's run was left."""

import os
from collections.abc import Callable
from pathlib import Path

from lsgan.arrays import Arrays
from lsgan.checkpoints.checkpoint import Checkpoint, config_of, describe
from lsgan.checkpoints.compatibility import check_state
from lsgan.checkpoints.run import Run
from lsgan.config import MAY_CHANGE, Config, flat
from lsgan.errors import ConfigError, RunError
from lsgan.text import printable
from lsgan.training.fine_tuning import initial_weights

_MOST_LISTED = 2


def check_folder(run: Run, resume: bool) -> None:
    """Refuse to begin a run where there is one, and to resume where there is none.

    Raises:
        RunError: in either case; nothing has been written then.
    """
    if run.exists() and not resume:
        raise RunError(
            f"{run.path} already holds a run",
            "Add --resume to go on with it, or give another --out.",
        )
    if resume and not run.exists():
        raise RunError(
            f"there is no run to resume in {run.path}",
            "Leave --resume out to begin one, or give the run's folder with --out.",
        )


def starting_point(
    run: Run, config: Config, data: str, say: Callable[[str], None]
) -> tuple[Checkpoint, Arrays] | None:
    """The checkpoint to go on from, with its tensors; None to begin at step 0 with random weights.

    Args:
        run: the run's folder.
        config: what is asked for now.
        data: the digest of the data set that it names.
        say: called with a line for each damaged checkpoint that is skipped.

    Raises:
        RunError: if every checkpoint is damaged, if the newest that is not does not hold the
            networks of its configuration, if the data are others, or if none had been written yet
            and the initial weights are not there.
        ConfigError: if the configuration contradicts the run's.
    """
    skipped: list[str] = []

    def check(checkpoint: Checkpoint) -> None:
        check_state(checkpoint)
        _agree(checkpoint, config, data, run)

    found = run.newest(skipped.append, check)
    for line in skipped:
        say(line)
    if found is None:
        if skipped:
            raise RunError(
                f"every checkpoint in {run.path} is damaged ({skipped[0]})",
                "Begin again with another --out.",
            )
        say("no checkpoint had been written yet: beginning at step 0")
        return initial_weights(config, say)
    say(f"resumed {found[0].path} at step {found[0].step}")
    return found


def _agree(checkpoint: Checkpoint, config: Config, data: str, run: Run) -> None:
    """Refuse to go on with settings or data that the checkpoint was not trained with."""
    old, new = flat(config_of(checkpoint)), flat(config)
    different = [key for key in old if key not in MAY_CHANGE and old[key] != new[key]]
    if different:
        changes = [f"{key} was {printable(str(old[key]))}, now {new[key]}" for key in different]
        listed = ", ".join(changes[:_MOST_LISTED])
        if len(changes) > _MOST_LISTED:
            listed += f" and {len(changes) - _MOST_LISTED} more"
        raise ConfigError(
            f"the run in {run.path} was trained with other settings: {listed}",
            f"To go on with its own: {run.command('train --resume --out')}. "
            "To use the new ones, give another --out.",
        )
    if config.train.initial_weights and not checkpoint.parent:
        raise ConfigError(
            f"the run in {run.path} began with random weights, not with those of "
            f"{config.train.initial_weights}",
            "Leave train.initial_weights empty, or give another --out.",
        )
    _check_parent(checkpoint, config, run)
    if checkpoint.data != data:
        raise RunError(
            f"the data set in {config.data.path} is not the one that {run.path} was trained on",
            "Give that one with --data, or give another --out.",
        )


def _check_parent(checkpoint: Checkpoint, config: Config, run: Run) -> None:
    """Refuse a file of initial weights that the run did not begin with.

    It need not be there, being needed for a roll-back to step 0 alone. Of a run's folder it is left
    open which of its checkpoints was meant: the best may have been another then.
    """
    path = config.train.initial_weights
    if not path or not os.path.isfile(path):  # noqa: PTH113 (Path.is_file raises where it may not look)
        return
    if describe(Path(path)).digest != checkpoint.parent:
        raise RunError(
            f"{path} is not the checkpoint that the run in {run.path} began with",
            "Name that one with --set train.initial_weights=FILE, or give another --out.",
        )
