"""Curves: the "paintings" of a much-copied first GAN, half-parabolas between two bounds.

A curve is a·x² + (a − 1) at so many points x, evenly from −1 to 1, with a from [1, 2]: it lies
between x² and 2x² + 1. The data set is computed.
"""

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lsgan import random
from lsgan.arrays import Doubles, Floats
from lsgan.config import Config, ModelSection
from lsgan.data.pack import Pack
from lsgan.features.extractors import Values

_COUNT = 10_000
_INCHES, _DPI = (6.4, 4.0), 100


def bounds(points: int) -> tuple[Floats, Floats]:
    """The lowest and the highest curve, a = 1 and a = 2, each float32 (points,)."""
    curves = _curves(np.array([1.0, 2.0]), points)
    return curves[0], curves[1]


def _curves(a: Doubles, points: int) -> Floats:
    x = np.linspace(-1, 1, points)
    return np.asarray(np.outer(a, x**2) + (a - 1)[:, None], np.float32)


class Curves:
    """Rows are float32 (points,); the number of points is `model.points`."""

    is_conditional = False
    makes_images = False
    is_synthetic = True

    def open(self, config: Config) -> Pack:
        """Ten thousand curves, always the same ones."""
        numbers = random.stream(0, "curves")
        curves = _curves(1 + numbers.random(_COUNT), config.model.points)
        return Pack(Path("curves"), curves, hashlib.sha256(curves.tobytes()).hexdigest(), "curves")

    def shape(self, model: ModelSection) -> tuple[int, ...]:
        """(points,)."""
        return (model.points,)

    def inputs(self, latents: Floats, rows: Floats) -> Floats:  # noqa: ARG002
        """The latents."""
        return latents

    def samples(self, made: Floats) -> Floats:
        """The curves as they are."""
        return made

    def generated_part(self, samples: Any) -> Any:
        """The curves."""
        return samples

    def features(self, rows: Floats) -> Values:
        """Their values."""
        return Values(rows.shape[1])

    def reconstruction_errors(self, made: Floats, rows: Floats) -> dict[str, float]:  # noqa: ARG002
        """None: a curve has no target."""
        return {}

    def sheet(
        self,
        samples: Floats,
        columns: int,  # noqa: ARG002
        rows: Floats | None = None,
        upscale: int = 1,
    ) -> Image.Image:
        """The curves in one plot between the two bounds, real ones in grey behind them."""
        # Loaded here: it takes longer than a step.
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        figure = Figure(figsize=_INCHES, dpi=_DPI * upscale, layout="constrained")
        canvas = FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        x = np.linspace(-1, 1, samples.shape[1])
        kinds = [("real", rows, "0.8", 0.8), ("generated", samples, "C0", 1.0)]
        for label, curves, color, width in kinds:
            if curves is not None:
                lines = axes.plot(x, curves.T, color=color, linewidth=width)
                lines[0].set_label(label)
        lowest, highest = bounds(len(x))
        for label, bound, color in [("a = 1", lowest, "C2"), ("a = 2", highest, "C3")]:
            axes.plot(x, bound, color=color, linestyle="--", linewidth=2, label=label)
        axes.set(xlabel="x", ylabel="a·x² + (a − 1)", ylim=(-0.5, 3.5))
        axes.legend(loc="upper center", ncols=4)
        canvas.draw()
        return Image.fromarray(np.asarray(canvas.buffer_rgba())[..., :3])
