"""A run: the folder that a training writes and that every later command reads.

config.yaml     the whole configuration
metrics.jsonl   one line of metrics every `log.every` steps and at every evaluation
losses.png      the metrics as curves
run.log         what was printed, with the time
environment.json  on what it was trained
samples/        reals.png, and a grid of the same latents every `sample.every` steps
checkpoints/    step-00001000.safetensors, …
images/         what is rendered from them, at the end of a training a grid of the best one's
"""

import os
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from lsgan.arrays import Arrays
from lsgan.checkpoints import checkpoint
from lsgan.checkpoints.checkpoint import Checkpoint
from lsgan.config import EvaluateSection
from lsgan.errors import ConfigError, CorruptCheckpointError, RunError
from lsgan.io.files import locked, make_folder, read_lines, remove_leftovers, write_lines, writing
from lsgan.metrics import monitor_of
from lsgan.metrics.metric import Monitor

_GRID = re.compile(r"step-(\d{8,18})\.png")


class Run:
    """The paths of a run's folder, and what can be found out from them.

    Args:
        path: the folder; it need not be there yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.config = path / "config.yaml"
        self.metrics = path / "metrics.jsonl"
        self.losses = path / "losses.png"
        self.log = path / "run.log"
        self.environment = path / "environment.json"
        self.samples = path / "samples"
        self.checkpoints = path / "checkpoints"
        self.images = path / "images"

    def exists(self) -> bool:
        """Whether a training has begun here."""
        return self.config.is_file() or bool(checkpoint.listed(self.checkpoints))

    def command(self, command: str) -> str:
        """The command line that does `command` with this run, as a shell takes it."""
        return f"lsgan {command} {shlex.quote(str(self.path))}"

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Make the folder and let no other process train in it meanwhile.

        What a killed training left half-written is removed.

        Raises:
            RunError: if another does already.
        """
        busy = RunError(
            f"another training is writing to {self.path}", "Wait for it, or give another --out."
        )
        with locked(make_folder(self.path) / ".lock", busy):
            for folder in (self.path, self.samples, self.checkpoints):
                remove_leftovers(folder)
            yield

    def grids(self) -> list[tuple[int, Path]]:
        """The step and the file of each grid of generated images, in the order of the steps."""
        try:
            names = [(path, _GRID.fullmatch(path.name)) for path in self.samples.iterdir()]
        except OSError:
            return []
        return sorted((int(match[1]), path) for path, match in names if match)

    def kept(self) -> list[Path]:
        """The checkpoint files that are there, the newest first."""
        return checkpoint.listed(self.checkpoints)

    def best(self, monitor: Monitor) -> Checkpoint | None:
        """The checkpoint that is best by `monitor`, None if none was evaluated by it."""
        return checkpoint.best(self.checkpoints, monitor)

    def newest(
        self, skip: Callable[[str], None], check: Callable[[Checkpoint], None] = lambda _: None
    ) -> tuple[Checkpoint, Arrays] | None:
        """The newest checkpoint that is whole, with its tensors; None if there is none.

        Args:
            skip: called with a line for every damaged one that is skipped.
            check: as for `checkpoint.read`.
        """
        for path in checkpoint.listed(self.checkpoints):
            try:
                return checkpoint.read(path, check=check)
            except CorruptCheckpointError as error:
                skip(f"skipped {error.message}")
        return None

    def untrained(self, monitor: Monitor) -> float:
        """The metric of the generator before its first step; the worst if that is not known."""
        rows = read_lines(self.metrics) if self.metrics.is_file() else []
        return next(
            (row[monitor.name] for row in rows if row["step"] == 0 and monitor.name in row),
            monitor.worst,
        )

    def choose(self, which: str) -> Path:
        """The checkpoint file that `which` means: "best", "latest" or a step.

        "best" is the latest where none was evaluated.

        Raises:
            RunError: if there is no such checkpoint.
        """
        paths = checkpoint.listed(self.checkpoints)
        if not paths:
            raise RunError(
                f"{self.path} holds no checkpoint", "Give a run folder that lsgan train has made."
            )
        if which == "best":
            found = self.best(self._monitor())
            return found.path if found else paths[0]
        if which == "latest":
            return paths[0]
        path = self.checkpoints / checkpoint.file_name(int(which)) if which.isdecimal() else None
        if path not in paths:
            steps = ", ".join(str(checkpoint.step_of(path)) for path in reversed(paths))
            raise RunError(
                f"{self.path} has no checkpoint {which!r}",
                f"Give best, latest, or one of these steps: {steps}.",
            )
        return path

    def _monitor(self) -> Monitor:
        """The metric that the configuration of the newest readable checkpoint chooses."""
        for path in self.kept():
            with suppress(RunError, ConfigError):
                return monitor_of(checkpoint.config_of(checkpoint.describe(path)).evaluate.metric)
        return monitor_of(EvaluateSection().metric)

    def forget(self, step: int) -> None:
        """Delete the checkpoints after `step`, which are of a run gone wrong."""
        for path in checkpoint.listed(self.checkpoints):
            if checkpoint.step_of(path) > step:
                with writing(path):
                    path.unlink()

    def rewind(self, step: int) -> list[dict[str, Any]]:
        """Drop what was written after `step`, as it will be written again; the metrics up to it.

        A killed training has usually gone on for a while after its last checkpoint. Checkpoints
        after `step`, which can only be damaged ones, get out of the way by another name.
        """
        for path in checkpoint.listed(self.checkpoints):
            if checkpoint.step_of(path) > step:
                with writing(path):
                    path.replace(path.with_name(f"{path.name}.damaged"))
        rows = read_lines(self.metrics) if self.metrics.is_file() else []
        rows = [row for row in rows if row.get("step", step + 1) <= step]
        write_lines(self.metrics, rows)
        return rows


def checkpoint_file(source: Path, which: str = "best") -> Path:
    """The checkpoint file that is meant by a run's folder or by the file's own path.

    Args:
        source: the folder or the file.
        which: of a run: "best", "latest" or a step.

    Raises:
        RunError: if there is none.
    """
    if not os.path.exists(source):  # noqa: PTH110 (Path.exists raises where it may not look)
        raise RunError(
            f"there is no {source}", "Give a run folder or a checkpoint file that lsgan train made."
        )
    return Run(source).choose(which) if os.path.isdir(source) else source  # noqa: PTH112
