"""A whole training: from a configuration to a run's folder."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from lsgan.arrays import Arrays
from lsgan.checkpoints.checkpoint import Checkpoint
from lsgan.checkpoints.run import Run
from lsgan.config import Config
from lsgan.config.config_files import annotated
from lsgan.data.classes import one_hot, with_classes_of
from lsgan.data.pack import Pack
from lsgan.data.sampler import split
from lsgan.errors import RunError
from lsgan.evaluation.checkpoint_evaluator import CheckpointEvaluator
from lsgan.io.files import read_lines, write_text
from lsgan.metrics import monitor_of
from lsgan.system.interruption import Interruption
from lsgan.tasks import task_of
from lsgan.text import counted
from lsgan.training.callbacks import (
    Callback,
    Evaluate,
    LogMetrics,
    MeasureUntrained,
    SaveCheckpoint,
    SaveGrid,
    ShowProgress,
)
from lsgan.training.distributed import SINGLE_PROCESS, ProcessGroup
from lsgan.training.ending import finish
from lsgan.training.environment import record_environment
from lsgan.training.fine_tuning import initial_weights, with_own_weights
from lsgan.training.log import Log
from lsgan.training.loop import fit
from lsgan.training.plot import plot
from lsgan.training.recovery import Recovery
from lsgan.training.resume import check_folder, starting_point
from lsgan.training.row_callbacks import CallOnMetrics, OnMetrics, Watch
from lsgan.training.scores import WriteScores
from lsgan.training.setup import check
from lsgan.training.trainer import Trainer
from lsgan.training.watchdog import Watchdog
from lsgan.training.writers import load_writers, open_writers


class Outcome(NamedTuple):
    """How a training ended: at which step, and by which signal (0 if by none)."""

    step: int
    signal: int


def train(
    config: Config,
    out: Path,
    device: str,
    resume: bool = False,
    progress: bool = True,
    process_group: ProcessGroup = SINGLE_PROCESS,
    on_metrics: OnMetrics | None = None,
) -> Outcome:
    """Train, from step 0 or from where the run in `out` was left.

    Args:
        config: the configuration.
        out: the run's folder.
        device: the device in use, in Paddle's words.
        resume: whether to continue the run in `out`.
        progress: whether to show a bar and print lines.
        process_group: the processes that train together, of which this one has rank 0.
        on_metrics: is called with every new line of `metrics.jsonl`; where it returns True, the
            training is saved and ends.

    Raises:
        LsganError: if the data, the folder or the configuration do not allow it, if a file cannot
            be written, or if the run cannot be saved.
    """
    check(config, device)
    load_writers(config.log.writers)
    process_group.shard(config.train.batch_size)
    run = Run(out)
    check_folder(run, resume)
    config = with_own_weights(run, config) if resume else config
    notes: list[str] = []
    pack = task_of(config).open(config)
    config = with_classes_of(config, pack)
    # Before anything is written: they may not fit.
    start = None if resume else initial_weights(config, notes.append)
    with run.locked():
        if resume:
            start = starting_point(run, config, pack.digest, notes.append)
        with _enough_memory(device):
            return _train(
                config, run, pack, device, start, notes, progress, process_group, on_metrics
            )


def _train(
    config: Config,
    run: Run,
    pack: Pack,
    device: str,
    start: tuple[Checkpoint, Arrays] | None,
    notes: list[str],
    progress: bool,
    process_group: ProcessGroup,
    on_metrics: OnMetrics | None,
) -> Outcome:
    train_indices, val_indices = split(len(pack), config.data.val_fraction, config.train.seed)
    process_group.init()
    process_group.broadcast("training", config, pack.digest)
    classes = one_hot(config, pack)
    trainer = Trainer(config, pack.images, train_indices, process_group, classes)
    if start:
        trainer.state.restore(*start)
    state = trainer.state
    process_group.broadcast("state", start, state.rollbacks, state.lr_factors)
    write_text(run.config, annotated(config))
    record_environment(run.environment, device, process_group.world_size, state.step)
    rows = run.rewind(state.step)
    seconds = max((row.get("seconds", 0.0) for row in rows), default=0.0)
    writers = open_writers(config.log.writers, run, state.step, rows)
    with closing(
        Log(run, config, state.step, len(train_indices), seconds, progress, writers)
    ) as log:
        evaluator = CheckpointEvaluator(pack.images, train_indices, val_indices, config)
        where = device if process_group.world_size == 1 else f"{process_group.world_size}×{device}"
        trained = counted(len(train_indices), "image")
        for line in (
            *notes,
            f"training on {trained}, {len(val_indices)} held out, on {where}; "
            + trainer.augmentation.description,
            evaluator.description,
        ):
            log.say(line)
        evaluate = Evaluate(evaluator, log)
        grid = SaveGrid(config, run, pack, train_indices, val_indices, log)
        bounds = trainer.discriminator_loss.bounds()
        monitor = monitor_of(config.evaluate.metric)
        callbacks: list[Callback] = [
            ShowProgress(log),
            MeasureUntrained(evaluate, grid, has_metrics=bool(rows)),
            LogMetrics(log),
            grid,
            evaluate,
            SaveCheckpoint(config, run, pack.digest, evaluate, log, state.step),
            Watch(log, run, Watchdog.of(config.watchdog, monitor, bounds, rows)),
        ]
        if writers and config.loss.name != "none":
            callbacks.append(WriteScores(trainer, log))
        if on_metrics:
            callbacks.append(CallOnMetrics(log, on_metrics))
        with Interruption() as interruption, _plotted(run):
            fit(trainer, callbacks, Recovery(run, log, monitor), interruption)
        process_group.broadcast("end")
        finish(trainer, run, log, monitor, interruption.signal)
    return Outcome(trainer.state.step, interruption.signal)


@contextmanager
def _plotted(run: Run) -> Iterator[None]:
    """Draw the metrics at the end, whatever it is."""
    try:
        yield
    finally:
        # If the folder has been removed, the error that says so must stay visible.
        if run.metrics.is_file():
            plot(read_lines(run.metrics), run.losses)


@contextmanager
def _enough_memory(device: str) -> Iterator[None]:
    """Say what to do when there is not enough.

    Raises:
        RunError: in place of a `MemoryError`.
    """
    try:
        yield
    except MemoryError as error:
        raise RunError(
            f"there is not enough memory for this training on {device}",
            "Lower train.batch_size, model.base_channels or model.size with --set.",
        ) from error
