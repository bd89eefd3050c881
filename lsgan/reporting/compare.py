"""`lsgan compare`: several runs as one page, and as a table for a terminal."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lsgan.errors import ConfigError
from lsgan.reporting.comparison import Line, different_settings, facts, verdict
from lsgan.reporting.curves import Plot, compared_curves
from lsgan.reporting.images import Embedded, embedded
from lsgan.reporting.page import html_file, write_page
from lsgan.reporting.record import RunRecord, read_run

PAGE = "comparison.html"
_WIDEST = 44
_LONG = 2 * 3600


@dataclass(frozen=True)
class Comparison:
    """Several runs beside each other.

    Attributes:
        names: the runs' names.
        facts: what each is and came to.
        settings: the settings that differ.
        verdict: which is best, as far as that can be said, in sentences.
        path: the page.
    """

    names: list[str]
    facts: list[Line]
    settings: list[Line]
    verdict: list[str]
    path: Path

    def __str__(self) -> str:
        """A table for a terminal."""
        rows = [Line("", self.names), *self.facts, Line("", [""] * len(self.names)), *self.settings]
        cells = [[row.caption, *(_short(value) for value in row.values)] for row in rows]
        widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
            for row in cells
        ]
        return "\n".join([*lines, "", *self.verdict])


def compare(paths: Sequence[Path], out: Path | None = None) -> Comparison:
    """Write a page that shows several runs beside each other.

    Args:
        paths: two or more runs' folders.
        out: the file, or a folder for comparison.html; by default in the current folder.

    Raises:
        RunError: if one of them is no run.
        ConfigError: if there are fewer than two, or `out` is named like another kind of file.
        OutputError: if the page cannot be written.
    """
    different: dict[Path, Path] = {}
    for path in paths:
        different.setdefault(path.resolve(), path)
    if len(different) < 2:
        raise ConfigError("one run alone cannot be compared", "Give two runs or more.")
    records = [read_run(path) for path in different.values()]
    file = html_file(out or Path(), PAGE)
    names = unique_names(records)
    named = list(zip(names, records, strict=True))
    found = Comparison(
        names, facts(records), different_settings(records), verdict(records, names), file
    )
    write_page(
        file,
        "compare.html",
        comparison=found,
        plots=_plots(named),
        grids=[(name, *_final(record)) for name, record in named],
        reals=_reals(records),
        missing=[(name, record.missing) for name, record in named if record.missing],
    )
    return found


def unique_names(records: Sequence[RunRecord]) -> list[str]:
    """The names of the runs' folders, with those of as many folders above as tell them apart."""
    paths = [record.run.path.resolve() for record in records]
    for depth in range(1, max(len(path.parts) for path in paths) + 1):
        names = ["/".join(path.parts[-depth:]) for path in paths]
        if len(set(names)) == len(set(paths)):
            break
    return names


def _plots(named: Sequence[tuple[str, RunRecord]]) -> list[Plot]:
    """Each metric that runs are chosen by, against images seen and against time."""
    metrics = dict.fromkeys(record.monitor.name for _, record in named if record.monitor)
    found = []
    for number, metric in enumerate(metrics):
        of_each = {name: record for name, record in named if record.rows.points(metric)}
        seen = {
            name: [
                (step * record.config.train.images, value)
                for step, value in record.rows.points(metric)
            ]
            for name, record in of_each.items()
            if record.config
        }
        unit, seconds = _unit([record for _, record in named])
        timed = {name: _over_time(record, metric, seconds) for name, record in of_each.items()}
        for xlabel, lines in (("images seen", seen), (unit, timed)):
            drawn = {name: points for name, points in lines.items() if points}
            if drawn:
                identifier = f"plot{number}-{xlabel.split()[0]}"
                found.append(compared_curves(metric, xlabel, drawn, identifier))
    return found


def _unit(records: Sequence[RunRecord]) -> tuple[str, int]:
    """The unit of time for runs that took so long, and its seconds."""
    longest = max((record.rows.last("seconds") or 0 for record in records), default=0)
    return ("hours", 3600) if longest > _LONG else ("minutes", 60)


def _over_time(record: RunRecord, metric: str, unit: int) -> list[tuple[float, float]]:
    """A metric at the times at which it was measured: those of the lines of training before."""
    seconds, found = 0.0, []
    for row in record.rows.rows:
        seconds = row.get("seconds", seconds)
        if metric in row:
            found.append((seconds / unit, row[metric]))
    return found


def _final(record: RunRecord) -> tuple[int | None, Embedded | None]:
    """The grid of the best step, or the last that there is: its step, and the image."""
    best = record.best.step if record.best else -1
    ordered = sorted(record.grids, key=lambda grid: (grid.step == best, grid.step))
    for grid in reversed(ordered):
        if image := embedded(grid.path):
            return grid.step, image
    return None, None


def _reals(records: Sequence[RunRecord]) -> Embedded | None:
    """The real images, if all runs were trained on the same."""
    digests = {record.data_digest for record in records}
    if len(digests) > 1 or "" in digests:
        return None
    return embedded(records[0].run.samples / "reals.png")


def _short(value: str) -> str:
    return value if len(value) <= _WIDEST else f"{value[: _WIDEST - 1]}…"
