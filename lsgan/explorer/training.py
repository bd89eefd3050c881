"""What the page shows of a run: its curves, its grids over time, and the nearest photographs."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from markupsafe import Markup

from lsgan.arrays import Doubles, Pixels
from lsgan.data.sampler import split
from lsgan.errors import DataError
from lsgan.evaluation.evaluate import training_set
from lsgan.explorer import markup
from lsgan.features.extractors import StandardScaler
from lsgan.inference.generator import Generator
from lsgan.metrics.neighbours import distances
from lsgan.reporting.curves import curves
from lsgan.reporting.images import embedded
from lsgan.reporting.record import Grid, RunRecord, copies_of

_NEAREST = 7


def curves_of(record: RunRecord) -> str:
    """The metrics of a run over its steps, as plots."""
    plots = Markup("").join(
        Markup("<figure><h3>{}</h3>{}<figcaption>{}</figcaption></figure>").format(
            plot.title, plot.svg, plot.description
        )
        for plot in curves(record)
    )
    if not plots:
        return markup.note("There are no metrics yet.")
    return Markup('<div class="plots">{}</div>').format(plots)


def grid_of(grid: Grid) -> str:
    """One of a run's grids of images."""
    image = embedded(grid.path)
    if image is None:
        return markup.note(f"The grid of step {grid.step} cannot be read.")
    return Markup(
        '<figure class="sheet"><img src="{}" width="{}" height="{}" alt="Generated images at step '
        '{:,}"><figcaption>Step {:,}</figcaption></figure>'
    ).format(image.uri, image.width, image.height, grid.step, grid.step)


def copies(record: RunRecord) -> str:
    """The sheet of the memorization test with its result, or how to make it."""
    sheet = embedded(copies_of(record))
    if sheet is None:
        command = record.run.command("evaluate")
        return markup.note(f"To test many images for memorized photographs: `{command}`")
    result = record.evaluation.memorization if record.evaluation else None
    return Markup(
        '<figure class="sheet"><img src="{}" width="{}" height="{}" alt="Generated images, each '
        'beside the training image nearest to it"><figcaption>{}</figcaption></figure>'
    ).format(
        sheet.uri,
        sheet.width,
        sheet.height,
        result or "Generated images, each beside the training image nearest to it.",
    )


class TrainingImages:
    """The images that a generator was trained on, and which of them are nearest to another.

    Args:
        source: the run's folder.
        generator: the generator.
    """

    def __init__(self, source: Path, generator: Generator) -> None:
        self._source = source
        self._generator = generator
        self._images: Pixels | None = None
        self._features: StandardScaler | None = None

    def nearest(self, image: Pixels, say: Callable[[str], None]) -> str:
        """The training images nearest to one image, nearest first, with their distances.

        Args:
            image: uint8 (1, channels, size, size).
            say: called with each line about the progress.

        Raises:
            DataError: if the data set is not there any more.
        """
        images, features = self._opened(say)
        say("comparing")
        sides = np.stack(
            [distances(features(side), features.reference)[0] for side in (image, image[..., ::-1])]
        )
        least: Doubles = sides.min(0)
        places = np.argsort(least)[:_NEAREST]
        beside = images[places]
        mirrored = sides.argmin(0)[places] == 1
        beside[mirrored] = beside[mirrored][..., ::-1]
        captions = [f"{least[place]:.1f}" for place in places]
        together = np.concatenate([image, beside])
        words = f"Distances on {features.name} to {len(images):,} training images, mirrored or not."
        return Markup("{}{}").format(
            Markup(markup.row_of(together, ["shown", *captions])), Markup(markup.note(words))
        )

    def _opened(self, say: Callable[[str], None]) -> tuple[Pixels, StandardScaler]:
        """The images that were trained on and their features, computed once."""
        if self._images is None or self._features is None:
            pack = training_set(self._source, self._generator)
            if pack is None:
                raise DataError(
                    "the data set is not where the run's configuration says, or has changed",
                    "Bring it back to see the nearest training images.",
                )
            config = self._generator.config
            places, _ = split(len(pack), config.data.val_fraction, config.train.seed)
            say(f"measuring {len(places):,} training images, once")
            images = np.asarray(pack.images[np.sort(places)])
            self._features = StandardScaler(self._generator.task.features(images), images)
            self._images = images
        return self._images, self._features
