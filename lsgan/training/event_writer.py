"""What the writers for TensorBoard and VisualDL have in common.

The packages' own writers work in a thread. On a full disk that of one waits for ever, that of the
other goes on without its points, and both lose the last ones of a training that is killed. So of
the packages only the descriptions of their messages are used.
"""

import io
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from PIL import Image

from lsgan.arrays import Doubles, Floats
from lsgan.checkpoints.run import Run
from lsgan.io.files import make_folder

SAMPLES, REALS = "samples", "reals"
_BINS = 32


class Histogram(NamedTuple):
    """How values are spread.

    Attributes:
        values: all of them, finite.
        counts: how many are in each bin.
        edges: the bins' edges, one more than there are bins.
    """

    values: Doubles
    counts: list[int]
    edges: list[float]


class EventWriter(ABC):
    """Adds points to the event files in a folder.

    Args:
        folder: where to; it need not be there yet.

    Attributes:
        last: the step of the last point that the files have, −1 if they have none.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = make_folder(folder)
        self.last = -1

    @abstractmethod
    def rewind(self, step: int) -> None:
        """Drop the points after `step`, and go on from there; to be called before any is added."""

    @abstractmethod
    def _add_scalar(self, step: int, name: str, value: float) -> None: ...

    @abstractmethod
    def _add_image(self, step: int, name: str, png: bytes, size: tuple[int, int]) -> None: ...

    @abstractmethod
    def _add_histogram(self, step: int, name: str, histogram: Histogram) -> None: ...

    def catch_up(self, rows: Iterable[Mapping[str, Any]], run: Run) -> None:
        """Add what the run has and the files lack: `rows` of metrics, and the grids in its folder.

        Files lack it where this writer is new to a run, or has been left out for a while.
        """
        last, end = self.last, 0
        for row in rows:
            end = max(end, row["step"])
            if row["step"] > last:
                self.add_row(row)
        reals = run.samples / f"{REALS}.png"
        if last < 0 and reals.is_file():
            self._add_file(0, REALS, reals)
        for step, path in run.grids():
            if last < step <= end:
                self._add_file(step, SAMPLES, path)

    def add_row(self, row: Mapping[str, Any]) -> None:
        """Add the numbers of a line of `metrics.jsonl`."""
        for name, value in row.items():
            if name != "step" and isinstance(value, int | float):
                self._add_scalar(row["step"], name, value)

    def add_image(self, step: int, name: str, image: Image.Image) -> None:
        """Add an image."""
        encoded = io.BytesIO()
        image.save(encoded, format="PNG")
        self._add_image(step, name, encoded.getvalue(), image.size)

    def add_histogram(self, step: int, name: str, values: Floats) -> None:
        """Add the histogram of values, (N,); those that are not finite are left out."""
        finite = values[np.isfinite(values)].astype(np.float64)
        if len(finite):
            counts, edges = np.histogram(finite, _BINS)
            self._add_histogram(step, name, Histogram(finite, counts.tolist(), edges.tolist()))

    def _add_file(self, step: int, name: str, path: Path) -> None:
        """Add the image in a file, unless it is damaged."""
        try:
            with Image.open(path) as opened:
                image = opened.convert("RGB")
        except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
            return
        self.add_image(step, name, image)
