"""What a training leaves behind every so often: grids, figures and checkpoints."""

import time
from pathlib import Path

import numpy as np

from lsgan import random
from lsgan.arrays import Indices, Pixels
from lsgan.config import Config
from lsgan.config_files import with_data
from lsgan.dataset.pack import Pack
from lsgan.evaluation.sliced_wasserstein import SlicedWasserstein
from lsgan.files import make_folder
from lsgan.pictures import grid, save_png
from lsgan.rendering import latents_of, render
from lsgan.training import checkpoint
from lsgan.training.log import Log, NotFiniteError
from lsgan.training.run import MEASURE, Run
from lsgan.training.state import State

# Fewer held-out pictures than this say more about themselves than about the generator.
_LEAST_MEASURED = 16
_MOST_MEASURED = 512


class Outputs:
    """Writes a run's grids and checkpoints.

    Args:
        config: the run's.
        run: its folder.
        pack: the data set.
        trained: the indices that are trained on.
        held_out: the indices that are not.
        state: what is written.
        log: what tells of it.
    """

    def __init__(
        self,
        config: Config,
        run: Run,
        pack: Pack,
        trained: Indices,
        held_out: Indices,
        state: State,
        log: Log,
    ) -> None:
        self._config = config
        self._run = run
        self._pack = pack
        self._state = state
        self._log = log
        self._saved_step = state.step
        self._saved_time = time.monotonic()
        self._trained = trained
        chosen, kind = held_out, "held-out"
        if len(held_out) < _LEAST_MEASURED:
            chosen, kind = trained, "training"
        places = np.linspace(0, len(chosen) - 1, min(len(chosen), _MOST_MEASURED)).astype(int)
        self._distance = SlicedWasserstein(pack.images[chosen[places]])
        log.say(f"checkpoints are measured against {len(places)} {kind} pictures")

    def reals(self) -> None:
        """Write the grid of real pictures that the generated ones are to be held against."""
        sample = self._config.sample
        order = random.stream(self._config.train.seed, "grid of reals").permutation(self._trained)
        self._save_grid(self._pack.images[np.sort(order[: sample.count])], "reals.png")

    def grid(self) -> None:
        """Write the averaged generator's pictures of the seeds from 0 on."""
        latents = latents_of(range(self._config.sample.count), self._config.model.latent_size)
        with self._log.paused():
            pictures = render(self._state.average.settle(), latents)
            self._save_grid(pictures, f"step-{self._state.step:08d}.png")

    def due(self) -> bool:
        """Whether so much time has gone by that a kill now would lose too much work."""
        return time.monotonic() - self._saved_time > 60 * self._config.checkpoint.minutes

    def save(self, measured: bool) -> None:
        """Write a checkpoint of the state, unless the newest one is of this step already.

        Args:
            measured: whether to measure the averaged generator first.

        Raises:
            NotFiniteError: if a figure or a weight is not finite; nothing is written then.
        """
        if self._saved_step == self._state.step:
            return
        self._log.flush()
        with self._log.paused():
            self._write(measured)
        self._saved_step, self._saved_time = self._state.step, time.monotonic()

    def _write(self, measured: bool) -> None:
        average = self._state.average.settle()
        tensors = self._state.tensors()
        for name, tensor in tensors.items():
            if not np.isfinite(tensor).all():
                raise NotFiniteError(f"{name} is not finite after step {self._state.step}")
        figures = {}
        if measured:
            latents = latents_of(range(self._distance.count), self._config.model.latent_size)
            figures = {MEASURE: round(self._distance.distance(render(average, latents)), 4)}
            self._log.figures({"step": self._state.step, **figures})
        folder = self._run.checkpoints
        checkpoint.write(
            checkpoint.Checkpoint(
                folder / checkpoint.file_name(self._state.step),
                self._state.step,
                # Checkpoints are given away, and a whole path tells of its owner.
                with_data(self._config, Path(Path(self._config.data.path).name)).model_dump(),
                self._pack.digest,
                figures,
                self._state.scalers(),
            ),
            tensors,
        )
        checkpoint.prune(folder, self._config.checkpoint.keep, MEASURE)

    def _save_grid(self, pictures: Pixels, name: str) -> None:
        make_folder(self._run.samples)
        save_png(grid(pictures, self._config.sample.columns), self._run.samples / name)
