"""What a training leaves behind every so often: grids, figures and checkpoints."""

import time

import numpy as np
from PIL import Image

from lsgan import random
from lsgan.arrays import Indices
from lsgan.config import Config
from lsgan.config_files import without_folders
from lsgan.dataset.pack import Pack
from lsgan.domains import domain_of
from lsgan.evaluation.measure import Measure
from lsgan.evaluation.metric import MEASURE
from lsgan.files import make_folder
from lsgan.images import save_png
from lsgan.latents import Latents
from lsgan.rendering import render
from lsgan.training import checkpoint
from lsgan.training.log import Log, NotFiniteError
from lsgan.training.run import Run
from lsgan.training.state import State


class Outputs:
    """Writes a run's grids and checkpoints.

    Args:
        config: the run's.
        run: its folder.
        pack: the data set.
        trained: the indices that are trained on.
        held_out: the indices that are not.
        log: what tells of it.
        step: the step at which the training begins.
    """

    def __init__(
        self,
        config: Config,
        run: Run,
        pack: Pack,
        trained: Indices,
        held_out: Indices,
        log: Log,
        step: int,
    ) -> None:
        self._config = config
        self._run = run
        self._pack = pack
        self._log = log
        self._saved_step = step
        self._saved_time = time.monotonic()
        self._domain = domain_of(config)
        count, seed = config.sample.count, config.train.seed
        order = random.stream(seed, "grid of reals").permutation(trained)
        self._reals = pack.images[np.sort(order[:count])]
        # What is made of images shows what it is worth on those that were not trained on.
        unseen = pack.images[held_out[:count]] if len(held_out) else self._reals
        self._given = self._domain.given(Latents(config.model).of(range(count)), unseen)
        self._rows = unseen
        self._measure = Measure(pack.images, trained, held_out, config)
        log.say(self._measure.said)

    def begin(self, state: State, measured: bool) -> None:
        """Leave behind what is due before the first step.

        At step 0 that is a grid of real images, which the generated ones are to be held against,
        and a first grid of generated ones.

        Args:
            state: what the training begins with.
            measured: whether there are figures of the run already; if not, it is measured, since
                what it measures untrained is what all later figures are held to.
        """
        if state.step == 0:
            sheet = self._domain.sheet(self._reals, self._config.sample.columns)
            self._save(sheet, "reals.png")
            self.grid(state)
        if not measured:
            self.measure(state)

    def grid(self, state: State) -> None:
        """Write the averaged generator's images of the seeds from 0 on, or of held-out ones."""
        with self._log.paused():
            made = render(state.average.settle(), self._domain, self._given)
            sheet = self._domain.sheet(made, self._config.sample.columns, self._rows)
            self._save(sheet, f"step-{state.step:08d}.png")

    def measure(self, state: State) -> dict[str, float]:
        """Measure the averaged generator, which goes to the log; the figures by their names."""
        figures = self._measure.of(state.average.settle())
        self._log.figures({"step": state.step, **figures})
        return figures

    def due(self) -> bool:
        """Whether so much time has gone by that a kill now would lose too much work."""
        return time.monotonic() - self._saved_time > 60 * self._config.checkpoint.minutes

    def save(self, state: State, measured: bool) -> None:
        """Write a checkpoint of the state, unless the newest one is of this step already.

        Args:
            state: what to write.
            measured: whether to measure the averaged generator first.

        Raises:
            NotFiniteError: if a figure or a weight is not finite; nothing is written then.
        """
        if self._saved_step == state.step:
            return
        self._log.flush()
        with self._log.paused():
            state.average.settle()
            for name, tensor in state.tensors().items():
                if not np.isfinite(tensor).all():
                    raise NotFiniteError(f"{name} is not finite after step {state.step}")
            figures = self.measure(state) if measured else {}
            self._write(state, figures)
            checkpoint.prune(self._run.checkpoints, self._config.checkpoint.keep, MEASURE)
        self._saved_step, self._saved_time = state.step, time.monotonic()

    def rewind(self, state: State) -> None:
        """Write over the checkpoint of the state's step, whose learning rates have changed.

        A training that is killed right after it was rolled back goes on with the new ones.
        """
        if state.step:
            path = self._run.checkpoints / checkpoint.file_name(state.step)
            self._write(state, checkpoint.describe(path).metrics)
        self._saved_step, self._saved_time = state.step, time.monotonic()

    def _write(self, state: State, figures: dict[str, float]) -> None:
        folder = self._run.checkpoints
        checkpoint.write(
            checkpoint.Checkpoint(
                folder / checkpoint.file_name(state.step),
                state.step,
                # Checkpoints are given away.
                without_folders(self._config).model_dump(),
                self._pack.digest,
                figures,
                state.scalers(),
                state.rollbacks,
                state.rate_factors,
                state.parent,
                state.features,
            ),
            state.tensors(),
        )

    def _save(self, sheet: Image.Image, name: str) -> None:
        save_png(sheet, make_folder(self._run.samples) / name)
