"""The metrics of a run as curves."""

from pathlib import Path
from typing import Any

from lsgan.io.files import atomic
from lsgan.io.images import MARK, SOFTWARE
from lsgan.metrics import METRICS

_CURVES = (
    ("losses", {"discriminator_loss": "discriminator", "generator_loss": "generator"}),
    ("discriminator's mean score", {"real_score": "real", "fake_score": "generated"}),
    ("reconstruction", {"reconstruction": "weighted distance"}),
    ("kl", {"kl": "encoded latents, in nats"}),
    (
        "gradient norm",
        {"discriminator_gradient": "discriminator", "generator_gradient": "generator"},
    ),
    ("diversity in a batch", {"diversity": "generated, of real"}),
    *((" and ".join(metric.names), {name: name for name in metric.names}) for metric in METRICS),
    ("l1", {"l1": "held-out pairs"}),
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

    shown = [curves for curves in _CURVES if any(name in row for row in rows for name in curves[1])]
    figure = Figure(figsize=(8, 2.6 * max(len(shown), 1)), layout="constrained")
    FigureCanvasAgg(figure)
    # One axis of steps for all, so that what happened together stands together.
    panels = figure.subplots(max(len(shown), 1), 1, sharex=True, squeeze=False)[:, 0]
    for axes, (title, names) in zip(panels, shown, strict=False):
        for name, label in names.items():
            points = [(row["step"], row[name]) for row in rows if name in row]
            marker = "." if len(points) < _FEW else ""
            axes.plot(*zip(*points, strict=True), label=label, marker=marker)
        axes.set(ylabel=title)
        axes.tick_params(labelbottom=True)
        axes.legend()
        axes.grid(alpha=0.3)
    panels[-1].set(xlabel="step", xlim=_steps(rows))
    panels[-1].xaxis.set_major_locator(MaxNLocator(integer=True, steps=[1, 2, 5, 10]))
    return figure


def _steps(rows: list[dict[str, Any]]) -> tuple[float, float]:
    """From the beginning to the last step, with room for the markers at both ends."""
    last = max((row["step"] for row in rows), default=1) or 1
    return -0.02 * last, 1.02 * last
