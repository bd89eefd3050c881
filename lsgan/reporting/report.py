"""`lsgan report`: a run as one page."""

from dataclasses import dataclass
from pathlib import Path

from lsgan.checkpoints.checkpoint import read
from lsgan.config import Config
from lsgan.data.sampler import split
from lsgan.errors import RunError
from lsgan.evaluation.results import MetricResult
from lsgan.reporting.curves import curves
from lsgan.reporting.images import Embedded, embedded
from lsgan.reporting.page import html_file, number, write_page
from lsgan.reporting.places import shown_path
from lsgan.reporting.record import Grid, RunRecord, copies_of, read_run
from lsgan.reporting.settings import command, compared

PAGE = "report.html"
_MOST_GRIDS = 12
_NO_PREFIX = "no tensor is called so"


@dataclass(frozen=True)
class EmbeddedGrid:
    """A grid in the page: of which step, of how many images seen, and the image."""

    step: int
    seen: int | None
    image: Embedded


def report(path: Path, out: Path | None = None) -> Path:
    """Write a page about the run in `path`: what was trained, how it went, and what came of it.

    What is missing or damaged is said on the page.

    Args:
        path: the run's folder.
        out: the file, or a folder for report.html; by default in the run's folder.

    Returns:
        The file.

    Raises:
        RunError: if `path` is no run.
        ConfigError: if `out` is named like another kind of file.
        OutputError: if the page cannot be written.
    """
    record = read_run(path)
    file = html_file(out or path, PAGE)
    _check_best(record)
    settings = compared(record.config) if record.config else None
    grids, reals, final = _embedded_grids(record)
    copies = embedded(copies_of(record)) if copies_of(record).is_file() else None
    write_page(
        file,
        "report.html",
        record=record,
        summary=_summary(record),
        grids=grids,
        reals=reals,
        final=final,
        plots=list(curves(record)),
        copies=copies,
        results=_by_features(record),
        settings=settings,
        command=command(record.config, settings, path) if record.config and settings else "",
        evaluate=f"lsgan evaluate {shown_path(path, quoted=True)}",
    )
    return file


def _check_best(record: RunRecord) -> None:
    """Read the best checkpoint whole, so that the page names none that is damaged."""
    if record.best:
        try:
            read(record.best.path, _NO_PREFIX)
        except RunError as error:
            record.missing.append(f"The best checkpoint: {error.message}.")


def _summary(record: RunRecord) -> dict[str, str]:
    """What was trained on what, how long, and where it ended, in words by their captions."""
    config, rows = record.config, record.rows
    found = {}
    if config:
        found["Trained"] = _networks(record, config)
        found["On"] = _images(record, config)
        found["Ended"] = _end(record, config)
        if config.train.initial_weights:
            found["Began with"] = f"the weights of {Path(config.train.initial_weights).name}"
    if record.starts:
        found["Computed on"] = record.starts[0].computed_on
    monitor, best = record.monitor, record.best
    if monitor and best:
        measured = dict(rows.points(monitor.name))
        first = number(measured.get(0))
        untrained = f", from {first} before the first step" if 0 in measured else ""
        better = f"{monitor.better} is better"
        found["Best checkpoint"] = (
            f"step {best.step:,}, with {monitor.name} {number(best.metrics[monitor.name])} while "
            f"training ({better}){untrained}"
        )
    if (newest := next(iter(record.checkpoints), None)) and newest.rollbacks:
        found["Rollbacks"] = f"{newest.rollbacks}, each with lower learning rates"
    return found


def _networks(record: RunRecord, config: Config) -> str:
    model = config.model
    parts = []
    for network, name in (("generator", model.generator), ("discriminator", model.discriminator)):
        count = record.parameters(network)
        learned = f" ({count:,} parameters)" if count else ""
        if name != "none":
            parts.append(f"{network} {name}{learned}")
    loss = [] if config.loss.name == "none" else [f"loss {config.loss.name}"]
    shape = f"{model.channels}×{model.size}×{model.size}"
    made = f"curves of {model.points} points" if config.data.kind == "curves" else f"images {shape}"
    return ", ".join([*parts, *loss, made])


def _images(record: RunRecord, config: Config) -> str:
    if config.data.kind == "curves":
        return "curves, which are computed"
    if record.data is None:
        return "a data set that is not there any more"
    indices = split(record.data.count, config.data.val_fraction, config.train.seed)
    trained, held_out = map(len, indices)
    return f"{trained:,} {config.data.kind}, with {held_out:,} more held out"


def _end(record: RunRecord, config: Config) -> str:
    done, steps = record.last_step, config.train.steps
    epochs = record.rows.last("epoch")
    seen = f"{record.images_seen:,} images seen" + (f", {epochs:.1f} epochs" if epochs else "")
    if done >= steps:
        return f"complete after {steps:,} steps ({seen})"
    return f"at step {done:,} of {steps:,} ({seen})"


def _embedded_grids(
    record: RunRecord,
) -> tuple[list[EmbeddedGrid], Embedded | None, EmbeddedGrid | None]:
    """Some of the grids, evenly spread; the grid of real images; that of the best step or last."""
    best = record.best.step if record.best else -1
    chosen = {grid.step: grid for grid in _spread(record.grids)}
    final = next((grid for grid in record.grids if grid.step == best), None)
    if final:
        chosen[final.step] = final
    each = record.config.train.images if record.config else None
    shown = []
    for grid in sorted(chosen.values(), key=lambda grid: grid.step):
        image = embedded(grid.path)
        if image is None:
            record.missing.append(f"samples/{grid.path.name} cannot be read.")
        else:
            shown.append(EmbeddedGrid(grid.step, grid.step * each if each else None, image))
    reals = embedded(record.run.samples / "reals.png")
    last = next((one for one in shown if final and one.step == final.step), None)
    return shown, reals, last or (shown[-1] if shown else None)


def _spread(grids: list[Grid]) -> list[Grid]:
    """At most so many of the grids, the first and the last among them."""
    if len(grids) <= _MOST_GRIDS:
        return grids
    return [grids[round(k * (len(grids) - 1) / (_MOST_GRIDS - 1))] for k in range(_MOST_GRIDS)]


def _by_features(record: RunRecord) -> dict[str, list[MetricResult]]:
    """The results of the evaluation, those on the same features together."""
    found: dict[str, list[MetricResult]] = {}
    for result in record.evaluation.results if record.evaluation else []:
        found.setdefault(result.features, []).append(result)
    return found
