"""The metrics of runs as plots in a page."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from lsgan.reporting.images import style, svg
from lsgan.reporting.page import number
from lsgan.reporting.record import RunRecord
from lsgan.reporting.rows import Row
from lsgan.training.plot import draw, panels_of, steps_of

# In inches: as wide as a phone, where the text is read at the size that it was drawn in.
_SIZE = (4.5, 2.9)
# More points than pixels show nothing more.
_MOST_POINTS = 1500


@dataclass(frozen=True)
class Plot:
    """A plot: its title, what it shows in words, and itself."""

    title: str
    description: str
    svg: Markup


def curves(record: RunRecord) -> Iterator[Plot]:
    """The metrics of a run over its steps, related ones together."""
    rows = thinned(record.rows.rows)
    for place, panel in enumerate(panels_of(rows)):
        points = {label: record.rows.points(name) for name, label in panel.labels.items()}
        words = "; ".join(_in_words(label, found) for label, found in points.items() if found)

        def paint(axes: Any, panel: Any = panel) -> None:
            draw(axes, panel, rows)
            axes.set(xlabel="step", xlim=steps_of(rows))

        description = f"{panel.title} over the steps. {words}"
        yield Plot(panel.title.capitalize(), words, _plot(paint, f"curve{place}", description))


def compared_curves(
    name: str, xlabel: str, lines: Mapping[str, Sequence[tuple[float, float]]], identifier: str
) -> Plot:
    """One metric of several runs.

    Args:
        name: the metric's.
        xlabel: what it is drawn over.
        lines: the points of each run.
        identifier: of the plot in the page.
    """

    def paint(axes: Any) -> None:
        for label, points in lines.items():
            # A label that begins with an underscore would be left out.
            axes.plot(*zip(*points, strict=True), marker=".", label=f"\u200b{label}")
        axes.set(xlabel=xlabel, ylabel=name)
        axes.legend()
        axes.grid(alpha=0.25)

    words = "; ".join(
        f"{label}: {number(points[-1][1])} at {number(points[-1][0])}"
        for label, points in lines.items()
    )
    title = f"{name.capitalize()} against {xlabel}"
    return Plot(title, words, _plot(paint, identifier, f"{title}. {words}"))


def thinned(rows: list[Row]) -> list[Row]:
    """Rows of training thinned out evenly where there are many; evaluations are all kept."""
    trained = [row for row in rows if "images" in row]
    if len(trained) <= _MOST_POINTS:
        return rows
    step = -(-len(trained) // _MOST_POINTS)
    kept = {id(row) for row in trained[::step]} | {id(trained[-1])}
    return [row for row in rows if "images" not in row or id(row) in kept]


def _plot(paint: Any, identifier: str, description: str) -> Markup:
    # Loaded here: it takes longer than all the rest.
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    with matplotlib.rc_context(style()):
        figure = Figure(figsize=_SIZE, layout="constrained")
        FigureCanvasSVG(figure)
        paint(figure.subplots())
        return svg(figure, identifier, description)


def _in_words(label: str, points: list[tuple[int, float]]) -> str:
    (first, start), (last, end) = points[0], points[-1]
    if first == last:
        return f"{label}: {number(end)} at step {last:,}"
    return f"{label}: {number(start)} at step {first:,}, {number(end)} at step {last:,}"
