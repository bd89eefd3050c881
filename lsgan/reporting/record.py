"""Everything that a run's folder tells, as far as it can be read."""

import re
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

from lsgan.checkpoints import checkpoint
from lsgan.checkpoints.checkpoint import Checkpoint
from lsgan.checkpoints.run import Run
from lsgan.config import Config, config_files
from lsgan.errors import ConfigError, LsganError, RunError
from lsgan.evaluation.saved import COPIES_FILE, METRICS_FILE, Evaluation, read_evaluation
from lsgan.metrics import monitor_of
from lsgan.metrics.metric import Monitor
from lsgan.reporting.data_set import DataSet, read_data_set
from lsgan.reporting.rows import Rows, read_rows
from lsgan.reporting.starts import Start, read_starts
from lsgan.text import printable

_LINE = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d (.*)")
_EVENTS = re.compile(r"step \d+: |resumed |skipped |stopped |ended |complete: ")
_MOST_EVENTS = 40
_LONGEST = 600


@dataclass(frozen=True)
class Grid:
    """A grid of generated images: its step and its file."""

    step: int
    path: Path


@dataclass(frozen=True)
class RunRecord:
    """What a run's folder tells.

    Attributes:
        run: the run.
        config: its configuration, None if it is not to be had.
        rows: its metrics.
        checkpoints: those that can be read, the newest first.
        evaluation: what `lsgan evaluate` found.
        starts: where and when the training was started and resumed.
        grids: the grids of images up to the last step, in their order.
        data: the data set; None if it is not there any more, or is computed.
        events: what was said that tells of the training's course.
        missing: what is not there or cannot be read, in sentences.
    """

    run: Run
    config: Config | None
    rows: Rows
    checkpoints: list[Checkpoint]
    evaluation: Evaluation | None
    starts: list[Start]
    grids: list[Grid]
    data: DataSet | None
    events: list[str]
    missing: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The name of the run's folder."""
        return printable(self.run.path.resolve().name, 80)

    @property
    def monitor(self) -> Monitor | None:
        """The metric that the best checkpoint is chosen by."""
        return monitor_of(self.config.evaluate.metric) if self.config else None

    @property
    def best(self) -> Checkpoint | None:
        """The best of the checkpoints, None if none was evaluated."""
        monitor = self.monitor
        measured = [each for each in self.checkpoints if monitor and monitor.name in each.metrics]
        if not monitor or not measured:
            return None
        sign = 1 if monitor.better == "lower" else -1
        return min(measured, key=lambda each: (sign * each.metrics[monitor.name], each.step))

    @property
    def last_step(self) -> int:
        """How many steps were done, as far as is known."""
        return max([self.rows.last_step, *(each.step for each in self.checkpoints)])

    @property
    def images_seen(self) -> int | None:
        """How many real images the discriminator has seen, with repetitions."""
        return self.last_step * self.config.train.images if self.config else None

    @property
    def data_digest(self) -> str:
        """The digest of the data that were trained on, "" if it is not known."""
        digests = [each.data for each in self.checkpoints if each.data]
        return digests[0] if digests else ""

    def parameters(self, network: str) -> int | None:
        """How many numbers "generator" or "discriminator" learns: those that Adam has a mean of."""
        for each in self.checkpoints:
            means = [
                prod(entry.shape)
                for name, entry in each.tensors.items()
                if name.startswith(f"optimizer/{network}/") and "/moment1" in name
            ]
            if means:
                return sum(means)
        return None


def read_run(path: Path) -> RunRecord:
    """Read a run's folder.

    Raises:
        RunError: if it is none.
    """
    run = Run(path)
    try:
        exists = path.is_dir() and run.exists()
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror or error}") from error
    if not exists:
        what = "there is no" if not path.exists() else "no run is in"
        raise RunError(f"{what} {path}", "Give a run folder that lsgan train has made.")
    missing: list[str] = []
    checkpoints = _checkpoints(run, missing)
    config = _config(run, checkpoints, missing)
    rows = read_rows(run.metrics)
    if not rows.rows:
        missing.append("There are no metrics: metrics.jsonl is empty or not there.")
    if rows.left_out:
        missing.append(f"{rows.left_out} of the lines of metrics.jsonl could not be read.")
    last = max([rows.last_step, *(each.step for each in checkpoints)])
    grids = _grids(run, last)
    if not grids:
        missing.append("There are no grids of images in samples/.")
    return RunRecord(
        run,
        config,
        rows,
        checkpoints,
        _evaluation(run, missing),
        _starts(run, missing),
        grids,
        _data(config, checkpoints, missing),
        _events(run.log),
        missing,
    )


def copies_of(record: RunRecord) -> Path:
    """The sheet of the memorization test, whether it is there or not."""
    return record.run.path / COPIES_FILE


def _checkpoints(run: Run, missing: list[str]) -> list[Checkpoint]:
    found = []
    for path in run.kept():
        try:
            found.append(checkpoint.describe(path))
        except RunError as error:
            missing.append(f"{printable(error.message, _LONGEST)}.")
    if not found:
        missing.append("There is no checkpoint that can be read.")
    return found


def _config(run: Run, checkpoints: list[Checkpoint], missing: list[str]) -> Config | None:
    """The configuration in the run's folder, or that of a checkpoint."""
    try:
        config = config_files.load(run.config)
        monitor_of(config.evaluate.metric)
    except ConfigError as error:
        missing.append(f"{printable(error.message, _LONGEST)}.")
    else:
        return config
    for each in checkpoints:
        try:
            config = checkpoint.config_of(each)
            monitor_of(config.evaluate.metric)
        except LsganError:
            continue
        missing.append("The settings shown are those in a checkpoint, which has no full paths.")
        return config
    missing.append("The settings of the run are not known.")
    return None


def _evaluation(run: Run, missing: list[str]) -> Evaluation | None:
    try:
        return read_evaluation(run.path)
    except ValueError as error:
        missing.append(f"{METRICS_FILE} could not be read: {error}.")
        return None


def _starts(run: Run, missing: list[str]) -> list[Start]:
    try:
        return read_starts(run.environment)
    except FileNotFoundError:
        missing.append("It is not recorded on what machine the run was trained.")
    except ValueError as error:
        missing.append(f"{run.environment.name} could not be read: {error}.")
    return []


def _grids(run: Run, last: int) -> list[Grid]:
    """The grids up to the last step; those after it are of a course that was given up."""
    return [Grid(step, path) for step, path in run.grids() if step <= last]


def _data(
    config: Config | None, checkpoints: list[Checkpoint], missing: list[str]
) -> DataSet | None:
    """The data set, if it is there and the one that was trained on."""
    if config is None or config.data.kind == "curves":
        return None
    data = read_data_set(config)
    digest = next((each.data for each in checkpoints if each.data), "")
    if data is None:
        missing.append("The data set is not where the configuration says, or cannot be read.")
    elif digest and data.digest != digest:
        missing.append("The data set has changed: it is not the one that was trained on.")
        return None
    return data


def _events(path: Path) -> list[str]:
    """The lines of `run.log` about rollbacks, warnings, ends and resumptions, the last ones."""
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            found = [line.rstrip("\n") for line in file if _is_event(line)]
    except OSError:
        return []
    return [printable(line, _LONGEST) for line in found[-_MOST_EVENTS:]]


def _is_event(line: str) -> bool:
    match = _LINE.match(line)
    return bool(match and _EVENTS.match(match[1]))
