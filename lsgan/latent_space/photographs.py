"""A user's own photographs, decoded for a generator as `lsgan prepare` does it."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from lsgan.arrays import Pixels
from lsgan.data.decode import attempt
from lsgan.data.discover import discover
from lsgan.data.rejection import RejectedError
from lsgan.errors import DataError
from lsgan.inference.generator import Generator


def read_photographs(
    paths: Sequence[Path], generator: Generator, most: int, say: Callable[[str], None]
) -> tuple[Pixels, list[str]]:
    """The photographs in files and folders, and their names.

    Args:
        paths: files, and folders that are searched to any depth.
        generator: says how large they are to be.
        most: how many are read at most.
        say: is told of each file that is no image, and of those beyond `most`.

    Returns:
        uint8 (N, channels, size, size), and the files' names without their endings.

    Raises:
        DataError: if a path is not there, or none of them holds an image.
    """
    model = generator.config.model
    images: list[Pixels] = []
    names: list[str] = []
    left_out: list[str] = []
    files = discover(paths, Path(), frozenset())
    for file in files:
        found = attempt(file.path, model.size, model.channels, 1, own=True)
        if isinstance(found, RejectedError):
            left_out.append(f"{file.file}: {found.detail or found.reason}")
        elif len(images) == most:
            say(f"only the first {most} images are taken")
            break
        else:
            images.append(found.pixels)
            names.append(file.path.stem)
    if not images:
        listed = "; ".join(left_out[:3])
        raise DataError(f"there is no image to take: {listed}", "Name photographs.")
    for line in left_out:
        say(f"left out: {line}")
    return np.stack(images), names
