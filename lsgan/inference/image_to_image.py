"""From a folder of images to what a generator makes of them: `lsgan sample --input`."""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path, PurePosixPath

import numpy as np

from lsgan.arrays import Pixels
from lsgan.config.config_files import with_data
from lsgan.data.decode import attempt
from lsgan.data.discover import discover
from lsgan.data.pack import DESCRIPTION
from lsgan.data.rejection import RejectedError
from lsgan.errors import ConfigError, DataError
from lsgan.inference.generator import Generator
from lsgan.io.files import make_folder
from lsgan.io.images import save_png, to_image, to_unit

_AT_ONCE = 64
# One sheet holds no more, so that it can be opened.
_ON_A_SHEET = 256


class Source:
    """The images that a generator is to make images of.

    Args:
        generator: makes images of images.
        path: a folder of images, one image, or packed pairs, of which the given half is taken.
        say: is told of each file that is no image.

    Attributes:
        generator: the same.
        path: the same.
        say: the same.
        paired: whether they are packed pairs, so that what is to be made is known.
        taken: how many have been read so far.

    Raises:
        ConfigError: if the generator is given no images.
    """

    def __init__(self, generator: Generator, path: Path, say: Callable[[str], None]) -> None:
        if not generator.task.is_conditional:
            raise ConfigError(
                f"{generator.name} makes images of latents, not of images", "Leave --input out."
            )
        self.generator = generator
        self.path = path
        self.paired = os.path.isfile(path / DESCRIPTION)  # noqa: PTH113 (raises nothing)
        self.taken = 0
        self.say = say

    @property
    def name(self) -> str:
        """What the images made of these are called."""
        return f"{self.generator.name}-of-{self.path.resolve().stem}"

    def rows(self) -> Iterator[tuple[str, Pixels]]:
        """Each image's name and itself, uint8 (channels, size, size), or with its target below.

        Raises:
            DataError: if there is none.
        """
        for row in self._packed() if self.paired else self._files():
            self.taken += 1
            yield row
        if not self.taken:
            raise DataError(f"there is no image in {self.path}", "Name a folder with images in it.")

    def _packed(self) -> Iterator[tuple[str, Pixels]]:
        config = with_data(self.generator.config, self.path)
        for place, row in enumerate(self.generator.task.open(config).images):
            yield f"pair-{place:06d}.png", row

    def _files(self) -> Iterator[tuple[str, Pixels]]:
        model = self.generator.config.model
        files = discover([self.path], self.path, frozenset())
        plain = [PurePosixPath(file.file).with_suffix("") for file in files]
        times = Counter(plain)
        for file, name in zip(files, plain, strict=True):
            found = attempt(file.path, model.size, model.channels, 1, own=True)
            if isinstance(found, RejectedError):
                self.say(f"left out: {file.file}: {found.detail}")
            else:
                # Two images that differ in their ending alone keep it.
                yield f"{name if times[name] == 1 else file.file}.png", found.pixels


def write_grid(source: Source, folder: Path, columns: int, upscale: int) -> Path:
    """Write one PNG with each image, what is made of it and, of a pair, its target.

    Args:
        source: the images; of more than 256 the first.
        folder: the PNG's.
        columns: images in a row, of all kinds.
        upscale: how many pixels wide a pixel is.

    Returns:
        The PNG's path.
    """
    waiting = source.rows()
    rows = np.stack([row for _, row in islice(waiting, _ON_A_SHEET)])
    if next(waiting, None) is not None:
        source.taken -= 1
        source.say(f"only the first {_ON_A_SHEET} are on the sheet; --singles takes all")
    samples = _made(source, rows)
    targets = rows if source.paired else None
    sheet = source.generator.task.sheet(samples, columns, targets, upscale)
    path = make_folder(folder) / f"{source.name}.png"
    save_png(sheet, path)
    return path


def write_singles(source: Source, folder: Path, upscale: int) -> Path:
    """Write what is made of each image as a PNG, named as the image is; returns the folder."""
    folder = make_folder(folder / source.name)
    rows = source.rows()
    while part := list(islice(rows, _AT_ONCE)):
        samples = _made(source, np.stack([row for _, row in part]))
        made = source.generator.task.generated_part(samples)
        for (name, _), pixels in zip(part, made, strict=True):
            make_folder((folder / name).parent)
            save_png(to_image(pixels, upscale), folder / name)
    return folder


def _made(source: Source, rows: Pixels) -> Pixels:
    """The pairs of images and what is made of them, uint8 (N, 2·channels, size, size)."""
    given = np.split(rows, 2, axis=1)[0] if source.paired else rows
    return source.generator.render(to_unit(given))
