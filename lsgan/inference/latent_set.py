"""Which images to render: latents by seeds, by classes or from a file, and what they are called."""

import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lsgan.arrays import Floats
from lsgan.errors import ConfigError, DataError
from lsgan.inference.generator import Generator
from lsgan.io.files import atomic
from lsgan.text import printable

_MOST_SEEDS = 1_000_000
_NO_LATENTS = "Give a file that lsgan project has made, or a numpy array float32 (N, latent_dim)."


@dataclass(frozen=True)
class LatentSet:
    """Latents to render, and the names of what is rendered.

    Attributes:
        latents: float32 (N, …), as the generator is given them.
        names: of each image's own file, without its ending; a slash begins a folder.
        label: what a file of all of them is called, without the generator's name.
        rows: how many of them belong into each row of a grid; None for as many as wanted.
    """

    latents: Floats
    names: Sequence[str]
    label: str
    rows: int | None = None

    def __len__(self) -> int:
        return len(self.latents)


def parse_seeds(text: str) -> list[int]:
    """The seeds that "0-63" or "3,8,20-29" means, in that order.

    Raises:
        ConfigError: if it means none.
    """
    seeds: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)(?:\s*-\s*(\d+))?\s*", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last or last >= 2**63 or last - first + len(seeds) >= _MOST_SEEDS:
            raise ConfigError(
                f"--seeds {text} cannot be read",
                "Give numbers and ranges, such as 0-63 or 3,8,20-29.",
            )
        seeds.extend(range(first, last + 1))
    return seeds


def of_seeds(
    generator: Generator,
    seeds: Sequence[int],
    truncation: float = 1,
    classes: Sequence[str] = (),
) -> LatentSet:
    """The latents of `seeds`, with `classes` those of every class one after another.

    Raises:
        ConfigError: as `Generator.latents` does.
    """
    names = [f"seed-{seed:06d}" for seed in seeds]
    label = f"{_words(seeds)}{_truncated(truncation)}"
    if not classes:
        return LatentSet(generator.latents(seeds, truncation), names, label)
    latents = [generator.latents(seeds, truncation, name) for name in classes]
    label += "-" + "-".join(map(in_a_file_name, classes))
    folders = [f"{in_a_file_name(folder)}/{name}" for folder in classes for name in names]
    return LatentSet(np.concatenate(latents), folders, label, len(seeds))


def of_grid(generator: Generator, count: int, columns: int, truncation: float = 1) -> LatentSet:
    """The images of a grid: of the first `count` seeds, with classes a row of each."""
    if not generator.classes:
        return of_seeds(generator, range(count), truncation)
    return of_seeds(generator, range(columns), truncation, generator.classes)


def of_file(generator: Generator, path: Path) -> LatentSet:
    """The latents in a file of `save`, or in a plain numpy file.

    Raises:
        DataError: if it holds none, or those of another generator.
    """
    width = generator.latents([0]).shape[1]
    try:
        found = np.load(path, allow_pickle=False)
        names: list[str] = []
        if not isinstance(found, np.ndarray):
            with found:
                names = [str(name) for name in found["names"]]
                found = found["latents"]
        latents = np.asarray(found, np.float32)
    except FileNotFoundError as error:
        raise DataError(f"there is no file {path}", _NO_LATENTS) from error
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        raise DataError(f"{path} holds no latents: {printable(str(error))}", _NO_LATENTS) from error
    if latents.ndim != 2 or not len(latents) or not np.isfinite(latents).all():
        raise DataError(f"{path} holds no latents: its shape is {latents.shape}", _NO_LATENTS)
    if latents.shape[1] != width:
        raise DataError(
            f"the latents in {path} have {latents.shape[1]} numbers, those of {generator.name} "
            f"{width}",
            "They are of another generator: name that one.",
        )
    if len(names) != len(latents):
        names = [f"latent-{place:06d}" for place in range(len(latents))]
    return LatentSet(latents, [in_a_file_name(name) for name in names], path.stem)


def save(latents: Floats, names: Sequence[str], path: Path) -> None:
    """Write latents with the names of their images, for `of_file`; any program with numpy reads it.

    Args:
        latents: float32 (N, …).
        names: one for each.
        path: an .npz file.
    """
    with atomic(path) as temporary, temporary.open("wb") as file:
        np.savez(file, latents=latents, names=np.array(names, np.str_))


def moved(chosen: LatentSet, shifts: Mapping[str, Floats]) -> LatentSet:
    """The same images moved along directions.

    Args:
        chosen: the images.
        shifts: what is added to each latent, float32 (latent_dim,), by words for file names.
    """
    if not shifts:
        return chosen
    latents = chosen.latents.copy()
    for shift in shifts.values():
        latents[:, : len(shift)] += shift
    words = "-".join(map(in_a_file_name, shifts))
    return replace(chosen, latents=latents, label=f"{chosen.label}-{words}")


def variant(truncation: float, shifts: Mapping[str, Floats]) -> str:
    """What tells a folder of single images from another of the same generator and seeds."""
    return _truncated(truncation) + "".join(f"-{in_a_file_name(words)}" for words in shifts)


def in_a_file_name(name: str) -> str:
    """A name without what no system takes in a file name."""
    return re.sub(r"[^\w.+=-]+", "_", name).strip(".")[:80] or "_"


def _truncated(truncation: float) -> str:
    """The truncation in a file name, so that other images of the same seeds are kept."""
    return f"-truncation-{truncation}" if truncation != 1 else ""


def _words(seeds: Sequence[int]) -> str:
    """The seeds in a file name, another one for other seeds."""
    words = f"seeds-{seeds[0]}-{seeds[-1]}"
    if list(seeds) != list(range(seeds[0], seeds[-1] + 1)):
        words += f"-{zlib.crc32(repr(list(seeds)).encode()):08x}"
    return words
