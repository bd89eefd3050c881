"""The metrics of a run as curves."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from lsgan.io.files import atomic
from lsgan.io.images import MARK, SOFTWARE
from lsgan.metrics import METRICS


class Panel(NamedTuple):
    """Metrics that are drawn together.

    Attributes:
        title: what they are.
        labels: what each is called in the legend, by its name in `metrics.jsonl`.
    """

    title: str
    labels: Mapping[str, str]


PANELS = (
    Panel("losses", {"discriminator_loss": "discriminator", "generator_loss": "generator"}),
    Panel("discriminator's mean score", {"real_score": "real", "fake_score": "generated"}),
    Panel("reconstruction", {"reconstruction": "weighted distance"}),
    Panel("kl", {"kl": "encoded latents, in nats"}),
    Panel(
        "gradient norm",
        {"discriminator_gradient": "discriminator", "generator_gradient": "generator"},
    ),
    Panel("diversity in a batch", {"diversity": "generated, of real"}),
    *(Panel(" and ".join(each.names), {name: name for name in each.names}) for each in METRICS),
    Panel("l1", {"l1": "held-out pairs"}),
)

# With fewer points than this, each is marked.
_FEW = 60


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    """Draw the rows of `metrics.jsonl` over the steps into a PNG at `path`."""
    figure = drawn(rows)
    with atomic(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120, metadata={SOFTWARE: MARK})


def drawn(rows: list[dict[str, Any]]) -> Any:
    """The rows of `metrics.jsonl` over the steps, as a figure of Matplotlib's."""
    # Loaded here: it takes longer than a step.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    shown = panels_of(rows)
    figure = Figure(figsize=(8, 2.6 * max(len(shown), 1)), layout="constrained")
    FigureCanvasAgg(figure)
    # One axis of steps for all, so that what happened together stands together.
    all_axes = figure.subplots(max(len(shown), 1), 1, sharex=True, squeeze=False)[:, 0]
    for axes, panel in zip(all_axes, shown, strict=False):
        draw(axes, panel, rows)
        axes.set(ylabel=panel.title)
        axes.tick_params(labelbottom=True)
    all_axes[-1].set(xlabel="step", xlim=steps_of(rows))
    all_axes[-1].xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    return figure


def panels_of(rows: list[dict[str, Any]]) -> list[Panel]:
    """The panels of which the rows have a metric."""
    there = {name for row in rows for name in row}
    return [panel for panel in PANELS if there & panel.labels.keys()]


def draw(axes: Any, panel: Panel, rows: list[dict[str, Any]]) -> None:
    """Draw the metrics of a panel over the steps, as far as the rows have them."""
    for name, label in panel.labels.items():
        points = [(row["step"], row[name]) for row in rows if name in row]
        marker = "." if len(points) < _FEW else ""
        axes.plot(*zip(*points, strict=True), label=label, marker=marker)
    axes.legend()
    axes.grid(alpha=0.3)


def steps_of(rows: list[dict[str, Any]]) -> tuple[float, float]:
    """From the beginning to the last step, with room for the markers at both ends."""
    last = max((row["step"] for row in rows), default=1) or 1
    return -0.02 * last, 1.02 * last
