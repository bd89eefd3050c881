"""What a training says: metrics for programs, lines for people, a progress bar."""

import json
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import paddle
from PIL import Image
from tqdm import tqdm

from lsgan.arrays import Floats, Tensor
from lsgan.checkpoints.run import Run
from lsgan.config import Config, LossSection
from lsgan.io.files import writing
from lsgan.system.progress import progress_bar
from lsgan.training.event_writer import EventWriter
from lsgan.training.trouble import TroubleError

_OF_A_DISCRIMINATOR = (
    "discriminator_loss",
    "generator_loss",
    "real_score",
    "fake_score",
    "discriminator_gradient",
)
# What of it the bar shows, how it is called there, and with how many digits.
_SHOWN = (
    ("discriminator_loss", "D", ".3f"),
    ("generator_loss", "G", ".3f"),
    ("real_score", "D(x)", ".2f"),
    ("fake_score", "D(G(z))", ".2f"),
    ("reconstruction", "reconstruction", ".3g"),
    ("kl", "kl", ".3g"),
)


class Log:
    """Writes a run's `metrics.jsonl`, `run.log` and event files, and keeps its progress bar.

    Args:
        run: the folder to write to.
        config: the run's.
        step: how many steps are done.
        epoch_images: images in an epoch.
        seconds: how long the run has taken so far.
        progress: whether a bar is shown and lines are printed.
        writers: what writes metrics and images besides.
    """

    def __init__(
        self,
        run: Run,
        config: Config,
        step: int,
        epoch_images: int,
        seconds: float,
        progress: bool,
        writers: Sequence[EventWriter] = (),
    ) -> None:
        self._run = run
        self._writers = writers
        self._step = step
        self._images = config.train.images
        self._without = _without(config.loss)
        self._epoch_images = epoch_images
        self._pending: list[dict[str, Tensor]] = []
        self._listeners: list[Callable[[dict[str, Any]], None]] = []
        self._started = time.monotonic() - seconds
        self._last = time.monotonic()
        self._bar: tqdm[None] = progress_bar(
            total=config.train.steps,
            initial=step,
            unit="steps",
            progress=progress,
            in_files=True,
        )
        self._progress = progress

    def say(self, text: str) -> None:
        """Print a line without disturbing the bar, and keep it in `run.log`."""
        if self._progress:
            self._bar.write(text)
        with (
            writing(self._run.log),
            self._run.log.open("a", encoding="utf-8", errors="backslashreplace") as file,
        ):
            file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text}\n")

    def write(self, row: dict[str, Any]) -> None:
        """Add a line to `metrics.jsonl`, and its numbers to the event files."""
        for listener in self._listeners:
            listener(dict(row))
        with writing(self._run.metrics), self._run.metrics.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
        for writer in self._writers:
            writer.add_row(row)

    def write_image(self, step: int, name: str, image: Image.Image) -> None:
        """Add an image to the event files."""
        for writer in self._writers:
            writer.add_image(step, name, image)

    def write_histogram(self, step: int, name: str, values: Floats) -> None:
        """Add the histogram of values, (N,), to the event files."""
        for writer in self._writers:
            writer.add_histogram(step, name, values)

    def listen(self, listener: Callable[[dict[str, Any]], None]) -> None:
        """Call `listener` with each line that is added from now on."""
        self._listeners.append(listener)

    def rewind(self, step: int) -> None:
        """Go on from an earlier step; metrics that have not been written are dropped.

        So is what the event files have of later steps.
        """
        for writer in self._writers:
            writer.rewind(step)
        self._step = step
        self._pending.clear()
        self._bar.n = step
        self._bar.refresh()

    def add(self, metrics: dict[str, Tensor]) -> None:
        """Take the metrics of one step, each float32 (); they stay on the device."""
        self._pending.append(metrics)

    def advance(self) -> None:
        """Move the bar by one step."""
        self._bar.update()

    def flush(self) -> None:
        """Write the means since the last flush.

        This is where the host waits for the device.

        Raises:
            TroubleError: if a metric of one of these steps is not finite.
        """
        if not self._pending:
            return
        names = tuple(self._pending[0])
        rows = [paddle.stack(list(metrics.values())) for metrics in self._pending]
        table = paddle.stack(rows).astype("float64").numpy()
        self._pending.clear()
        for row in table:
            self._step += 1
            if not np.isfinite(row).all():
                raise TroubleError(
                    "divergence", f"the losses are not finite at step {self._step}", is_lost=True
                )
        now = time.monotonic()
        images = self._step * self._images
        named = zip(names, table.mean(0).tolist(), strict=True)
        means = {name: mean for name, mean in named if name not in self._without}
        speed = len(table) * self._images / (now - self._last)
        epoch = images / self._epoch_images
        self._last = now
        self.write(
            {
                "step": self._step,
                "images": images,
                "epoch": round(epoch, 4),
                "seconds": round(now - self._started, 2),
                "images_per_second": round(speed, 2),
                **{name: round(mean, 6) for name, mean in means.items()},
            }
        )
        shown = [f"{label} {means[name]:{form}}" for name, label, form in _SHOWN if name in means]
        self._bar.set_postfix_str(", ".join([f"epoch {epoch:.1f}, {speed:.0f} images/s", *shown]))

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Leave the time that is spent within this out of the speed of training."""
        started = time.monotonic()
        yield
        self._last += time.monotonic() - started

    def close(self) -> None:
        """End the bar."""
        self._bar.close()


def _without(loss: LossSection) -> set[str]:
    """The metrics that mean nothing with a loss."""
    absent = set(_OF_A_DISCRIMINATOR) if loss.name == "none" else set()
    if not (loss.l1_weight or loss.l2_weight):
        absent.add("reconstruction")
    if not loss.kl_weight:
        absent.add("kl")
    return absent
