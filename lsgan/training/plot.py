"""The figures of a run as curves."""

from pathlib import Path
from typing import Any

from lsgan.evaluation.metric import MEASURE
from lsgan.files import atomic
from lsgan.pictures import MARK, SOFTWARE

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
    (MEASURE, {MEASURE: "averaged generator"}),
    ("l1", {"l1": "averaged generator, held-out pairs"}),
)


def plot(rows: list[dict[str, Any]], path: Path) -> None:
    """Draw the rows of `metrics.jsonl` over the steps into a PNG at `path`."""
    # Loaded here: it takes longer than a step.
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    shown = [curves for curves in _CURVES if any(name in row for row in rows for name in curves[1])]
    figure = Figure(figsize=(8, 2.6 * max(len(shown), 1)), layout="constrained")
    FigureCanvasAgg(figure)
    for place, (title, names) in enumerate(shown):
        axes = figure.add_subplot(len(shown), 1, place + 1)
        for name, label in names.items():
            points = [(row["step"], row[name]) for row in rows if name in row]
            axes.plot(
                *zip(*points, strict=True), label=label, marker="." if len(points) < 60 else ""
            )
        axes.set(ylabel=title, xlabel="step")
        axes.legend()
        axes.grid(alpha=0.3)
    with atomic(path) as temporary:
        figure.savefig(temporary, format="png", dpi=120, metadata={SOFTWARE: MARK})
