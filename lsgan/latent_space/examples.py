"""Directions from a user's own examples: two folders of photographs, with and without something."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from lsgan.arrays import Floats, Pixels
from lsgan.errors import ConfigError, DataError
from lsgan.features.extractors import StandardScaler
from lsgan.inference.generator import Generator
from lsgan.latent_space.photographs import read_photographs
from lsgan.latent_space.projection import Projector
from lsgan.latent_space.properties import GREY_IMAGES, Property, properties_of
from lsgan.text import printable

# Of each folder; a projection takes seconds.
_MOST, _LEAST = 32, 2
_STARTS, _STEPS = 2, 100


class Examples(NamedTuple):
    """Two folders of photographs, or single files: with what a direction is to add, and without."""

    present: Path
    absent: Path


def parse_examples(wanted: Sequence[str]) -> dict[str, Examples]:
    """What "NAME=WITH,WITHOUT" asks for, by name.

    Raises:
        ConfigError: if one cannot be read, or is named as another direction is.
    """
    found: dict[str, Examples] = {}
    for text in wanted:
        name, equals, folders = text.partition("=")
        present, comma, absent = folders.partition(",")
        if not (equals and comma and name.strip() and present and absent):
            raise ConfigError(
                f"--examples {printable(text)} cannot be read",
                "Give a name and two folders, such as snow=with-snow,without-snow.",
            )
        known = (*properties_of(np.zeros((1, 3, 4, 4), np.uint8)), *GREY_IMAGES, *found)
        if name.strip() in known:
            raise ConfigError(
                f"there is a direction {name.strip()} already", "Give the examples another name."
            )
        found[name.strip()] = Examples(Path(present), Path(absent))
    return found


def from_examples(
    generator: Generator, wanted: Mapping[str, Examples], seed: int, say: Callable[[str], None]
) -> dict[str, tuple[Floats, Property]]:
    """The direction that leads from latents of the one kind of photographs to those of the other.

    Args:
        generator: one that makes images of latents.
        wanted: the photographs, by the direction's name.
        seed: decides where projections begin.
        say: called with each line about the progress.

    Returns:
        By name: the difference between the mean latents of both kinds, float32 (latent_dim,), and
        how much more an image is like the one kind than like the other, on wavelet scattering.

    Raises:
        DataError: if a folder holds fewer than two photographs.
    """
    if not wanted:
        return {}
    projector = Projector(generator, _STARTS, _STEPS, seed)
    dim = generator.config.model.latent_dim
    found = {}
    for name, examples in wanted.items():
        present, absent = (_read(path, generator, say) for path in examples)
        count = len(present) + len(absent)
        say(f"{name}: projecting {count} photographs, comparing {projector.distance.name}")
        with_it, without = (
            projector.project(images).latents[:, :dim].mean(0) for images in (present, absent)
        )
        found[name] = (with_it - without, _likeness(generator, present, absent))
    return found


def _read(path: Path, generator: Generator, say: Callable[[str], None]) -> Pixels:
    images, _ = read_photographs([path], generator, _MOST, say)
    if len(images) < _LEAST:
        raise DataError(f"there is one image alone in {path}", "Give two or more of each kind.")
    return images


def _likeness(generator: Generator, present: Pixels, absent: Pixels) -> Property:
    """How much more images are like those of the one kind, by the features that set them apart."""
    both = np.concatenate([present, absent])
    features = StandardScaler(generator.task.features(both), both)
    one, other = features(present).mean(0), features(absent).mean(0)
    apart = (one - other) / max(float(np.linalg.norm(one - other)), 1e-12)
    return lambda images: np.asarray(features(images) @ apart, np.float64)
