"""What happens every so many steps of a training: metrics, grids, evaluations, checkpoints."""

import time

import numpy as np
from PIL import Image

from lsgan import random
from lsgan.arrays import Arrays, Indices, Tensor
from lsgan.checkpoints import checkpoint
from lsgan.checkpoints.run import Run
from lsgan.config import Config
from lsgan.config.config_files import without_folders
from lsgan.data.pack import Pack
from lsgan.evaluation.checkpoint_evaluator import CheckpointEvaluator
from lsgan.inference.generator import render
from lsgan.io.files import make_folder
from lsgan.io.images import save_png
from lsgan.metrics import monitor_of
from lsgan.networks.latents import Latents
from lsgan.tasks import task_of
from lsgan.training.event_writer import REALS, SAMPLES
from lsgan.training.log import Log
from lsgan.training.trainer import Trainer
from lsgan.training.trouble import check_finite


class Callback:
    """Does something at certain steps; each method does nothing unless it is overridden."""

    def on_begin(self, trainer: Trainer) -> None:
        """Before the first step that this process does."""

    def on_step(self, trainer: Trainer, metrics: dict[str, Tensor]) -> None:
        """After each step, of which `training.step` has given the metrics.

        Raises:
            TroubleError: if it shows that the run goes wrong.
        """

    def on_rollback(self, trainer: Trainer) -> None:
        """After the state has become that of an earlier step."""

    def on_end(self, trainer: Trainer) -> None:
        """After the last step that this process does."""


class ShowProgress(Callback):
    """Moves the progress bar.

    Args:
        log: has it.
    """

    def __init__(self, log: Log) -> None:
        self._log = log

    def on_step(self, trainer: Trainer, metrics: dict[str, Tensor]) -> None:  # noqa: ARG002
        """Move it by a step."""
        self._log.advance()


class LogMetrics(Callback):
    """Writes the means of the metrics to `metrics.jsonl` every `log.every` steps.

    Args:
        log: what writes them.
    """

    def __init__(self, log: Log) -> None:
        self._log = log

    def on_step(self, trainer: Trainer, metrics: dict[str, Tensor]) -> None:
        """Keep the metrics, and write their means when it is time."""
        self._log.add(metrics)
        if trainer.state.step % trainer.config.log.every == 0:
            self._log.flush()

    def on_rollback(self, trainer: Trainer) -> None:
        """Forget the metrics of later steps."""
        self._log.rewind(trainer.state.step)


class SaveGrid(Callback):
    """Writes a grid of generated images every `sample.every` steps, and at first one of real ones.

    The latents are those of the seeds from 0 on, with classes a row for each; an image-to-image
    generator is given held-out images.

    Args:
        config: the run's.
        run: its folder.
        pack: the data set.
        train_indices: the indices that are trained on.
        val_indices: the indices that are not.
        log: does not count the time that is spent on it.
    """

    def __init__(
        self,
        config: Config,
        run: Run,
        pack: Pack,
        train_indices: Indices,
        val_indices: Indices,
        log: Log,
    ) -> None:
        self._config = config.sample
        self._folder = run.samples
        self._log = log
        self._task = task_of(config)
        count = config.sample.count
        order = random.stream(config.train.seed, "grid of reals").permutation(train_indices)
        self._reals = pack.images[np.sort(order[:count])]
        self._rows = pack.images[val_indices[:count]] if len(val_indices) else self._reals
        latents = Latents(config.model).grid(count, config.sample.columns)
        self._inputs = self._task.inputs(latents, self._rows)

    def on_begin(self, trainer: Trainer) -> None:
        """At step 0 write the grid of real images."""
        if trainer.state.step == 0:
            sheet = self._task.sheet(self._reals, self._config.columns)
            self._save(sheet, f"{REALS}.png")
            self._log.write_image(0, REALS, sheet)

    def on_step(self, trainer: Trainer, metrics: dict[str, Tensor]) -> None:  # noqa: ARG002
        """Write a grid when it is time, and after the last step."""
        if trainer.state.step % self._config.every == 0 or trainer.is_complete:
            self.write(trainer, trainer.state.step)

    def write(self, trainer: Trainer, step: int) -> None:
        """Write a grid of the images that the EMA generator makes now, as that of `step`."""
        with self._log.paused():
            made = render(trainer.state.ema.update_batch_norm(), self._task, self._inputs)
            sheet = self._task.sheet(made, self._config.columns, self._rows)
            self._save(sheet, f"step-{step:08d}.png")
            self._log.write_image(step, SAMPLES, sheet)

    def _save(self, sheet: Image.Image, name: str) -> None:
        save_png(sheet, make_folder(self._folder) / name)


class Evaluate(Callback):
    """Evaluates the EMA generator every `evaluate.every` steps.

    Args:
        evaluator: computes the metrics.
        log: what they are written to.

    Attributes:
        metrics: those of the last evaluation.
        step: at which step that was.
    """

    def __init__(self, evaluator: CheckpointEvaluator, log: Log) -> None:
        self._evaluator = evaluator
        self._log = log
        self.metrics: dict[str, float] = {}
        self.step = -1

    def on_step(self, trainer: Trainer, metrics: dict[str, Tensor]) -> None:  # noqa: ARG002
        """Evaluate when it is time, and after the last step."""
        if trainer.state.step % trainer.config.evaluate.every == 0 or trainer.is_complete:
            self._log.flush()
            self.evaluate(trainer, trainer.state.step)

    def evaluate(self, trainer: Trainer, step: int) -> None:
        """Evaluate the EMA generator as it is now, as that of `step`."""
        with self._log.paused():
            check_finite(trainer.state)
            self.metrics = self._evaluator.evaluate(trainer.state.ema.update_batch_norm())
        self.step = step
        self._log.write({"step": step, **self.metrics})


class MeasureUntrained(Callback):
    """Evaluates what a new run begins with, and writes a grid of its images.

    What is measured untrained is what all later metrics are compared with. It is done after the
    first step, from a copy of the weights, so that the user sees at once that the run trains. To
    be called before the callbacks that write of that step.

    Args:
        evaluate: evaluates it.
        grid: writes the grid.
        has_metrics: whether the run has metrics already, as one that is resumed has.
    """

    def __init__(self, evaluate: Evaluate, grid: SaveGrid, has_metrics: bool) -> None:
        self._evaluate = evaluate
        self._grid = grid
        self._is_needed = not has_metrics
        self._untrained: Arrays = {}
        self._step = 0

    def on_begin(self, trainer: Trainer) -> None:
        """Keep the weights."""
        if self._is_needed:
            self._untrained, self._step = trainer.state.ema.tensors(), trainer.state.step

    def on_step(self, trainer: Trainer, metrics: dict[str, Tensor]) -> None:  # noqa: ARG002
        """Measure them after the first step."""
        if not self._untrained:
            return
        with trainer.state.ema.as_before(self._untrained):
            self._evaluate.evaluate(trainer, self._step)
            if self._step == 0:
                self._grid.write(trainer, 0)
        self._untrained = {}


class SaveCheckpoint(Callback):
    """Writes a checkpoint after each evaluation, every `checkpoint.every` steps and by the clock.

    Args:
        config: the run's.
        run: its folder.
        data_digest: of the data set.
        evaluate: what has evaluated the step, if it has been evaluated.
        log: does not count the time that is spent on it.
        step: the step at which the training begins.
    """

    def __init__(
        self, config: Config, run: Run, data_digest: str, evaluate: Evaluate, log: Log, step: int
    ) -> None:
        self._config = config
        self._monitor = monitor_of(config.evaluate.metric)
        self._folder = run.checkpoints
        self._data_digest = data_digest
        self._evaluate = evaluate
        self._log = log
        self._saved_step = step
        self._saved_time = time.monotonic()

    def on_step(self, trainer: Trainer, metrics: dict[str, Tensor]) -> None:  # noqa: ARG002
        """Write a checkpoint when it is time."""
        step, every = trainer.state.step, self._config.checkpoint.every
        is_step = every and step % every == 0
        if self._evaluate.step == step or is_step or self._is_late(trainer):
            self._save(trainer)

    def on_rollback(self, trainer: Trainer) -> None:
        """Write over the checkpoint of the state's step, whose learning rates have changed.

        A training that is killed right after it was rolled back goes on with the new ones.
        """
        step = trainer.state.step
        if step:
            path = self._folder / checkpoint.file_name(step)
            self._write(trainer, checkpoint.describe(path).metrics)
        self._saved_step, self._saved_time = step, time.monotonic()

    def on_end(self, trainer: Trainer) -> None:
        """Write a checkpoint of the last step."""
        self._save(trainer)

    def _is_late(self, trainer: Trainer) -> bool:
        """Whether so much time has gone by that a kill now would lose too much work."""
        if trainer.process_group.world_size > 1 and trainer.state.step % self._config.log.every:
            # The others go on until then, whatever this one finds.
            return False
        return time.monotonic() - self._saved_time > 60 * self._config.checkpoint.minutes

    def _save(self, trainer: Trainer) -> None:
        """Write a checkpoint, unless the newest one is of this step already."""
        step = trainer.state.step
        if self._saved_step == step:
            return
        self._log.flush()
        is_evaluated = self._evaluate.step == step
        with self._log.paused():
            if not is_evaluated:
                trainer.state.ema.update_batch_norm()
                check_finite(trainer.state)
            self._write(trainer, self._evaluate.metrics if is_evaluated else {})
            checkpoint.prune(self._folder, self._config.checkpoint.keep, self._monitor)
        self._saved_step, self._saved_time = step, time.monotonic()

    def _write(self, trainer: Trainer, metrics: dict[str, float]) -> None:
        state = trainer.state
        checkpoint.write(
            checkpoint.Checkpoint(
                self._folder / checkpoint.file_name(state.step),
                state.step,
                # Checkpoints are given away.
                without_folders(self._config).model_dump(),
                self._data_digest,
                metrics,
                state.scalers(),
                state.rollbacks,
                state.lr_factors,
                state.parent,
                state.feature_digest,
            ),
            state.tensors(),
        )
