"""Directions in the latent space along which images change in a known way.

A direction is what one unit of it adds to a latent; it is as long as one standard deviation of the
latents. How far it moves each property is measured on latents that it was not found with.
"""

import re
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from lsgan.arrays import Doubles, Floats
from lsgan.checkpoints.run import Run
from lsgan.config.choices import look_up
from lsgan.errors import ConfigError, DataError
from lsgan.inference.generator import Generator
from lsgan.io.files import atomic, make_folder
from lsgan.text import printable

FOLDER, FILE = "directions", "directions.npz"
# Farther than this, images are of latents that no training has seen.
MOST = 20.0


@dataclass(frozen=True)
class Directions:
    """Directions of one generator and what they do.

    Attributes:
        names: one for each.
        kinds: how each was found: "property", "examples", "principal" or "latent".
        vectors: what one unit adds to a latent, float32 (N, latent_dim).
        properties: the names of what was measured.
        effects: by how many standard deviations among generated images one unit moves each
            property, float64 (N, properties).
        checkpoint: the name of the checkpoint that they were found with.
    """

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    vectors: Floats
    properties: tuple[str, ...]
    effects: Doubles
    checkpoint: str

    def __len__(self) -> int:
        return len(self.names)

    def effect(self, place: int) -> tuple[str, float]:
        """The property that a direction is for, or else moves most, and how far a unit moves it."""
        column = int(np.abs(self.effects[place]).argmax())
        if self.names[place] in self.properties:
            column = self.properties.index(self.names[place])
        return self.properties[column], float(self.effects[place, column])

    def side_effect(self, place: int) -> tuple[str, float]:
        """The other property that a direction moves most, and how far a unit moves it."""
        own, _ = self.effect(place)
        others = [column for column, name in enumerate(self.properties) if name != own]
        column = max(others, key=lambda other: abs(self.effects[place, other]))
        return self.properties[column], float(self.effects[place, column])

    def turned(self) -> "Directions":
        """The same, each pointing to where what it is for, or else moves most, increases."""
        signs = np.array([-1.0 if self.effect(place)[1] < 0 else 1.0 for place in range(len(self))])
        vectors = np.asarray(self.vectors * signs[:, None], np.float32)
        return replace(self, vectors=vectors, effects=self.effects * signs[:, None])


def default_folder(source: Path) -> Path:
    """Where the directions of a run, or of the run of a checkpoint file, are kept."""
    if source.is_dir():
        return source / FOLDER
    if source.parent.name == Run(Path()).checkpoints.name:
        return source.parent.parent / FOLDER
    return Path(FOLDER)


def default_file(source: Path) -> Path:
    """The file in that folder."""
    return default_folder(source) / FILE


def save_directions(found: Directions, folder: Path) -> Path:
    """Write `directions.npz` into `folder`; any program with numpy reads it. Returns its path."""
    path = make_folder(folder) / FILE
    with atomic(path) as temporary, temporary.open("wb") as file:
        np.savez(
            file,
            names=np.array(found.names, np.str_),
            kinds=np.array(found.kinds, np.str_),
            vectors=found.vectors,
            properties=np.array(found.properties, np.str_),
            effects=found.effects,
            checkpoint=np.array(found.checkpoint, np.str_),
        )
    return path


def open_directions(path: Path, generator: Generator) -> Directions:
    """The directions in a file of `save_directions`.

    Raises:
        DataError: if there is no such file, or it holds no directions of this generator.
    """
    make = "Find them with: lsgan directions RUN"
    try:
        with np.load(path, allow_pickle=False) as found:
            directions = Directions(
                tuple(str(name) for name in found["names"]),
                tuple(str(kind) for kind in found["kinds"]),
                np.asarray(found["vectors"], np.float32),
                tuple(str(name) for name in found["properties"]),
                np.asarray(found["effects"], np.float64),
                str(found["checkpoint"]),
            )
    except FileNotFoundError as error:
        raise DataError(f"there are no directions in {path}", make) from error
    except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
        problem = printable(str(error))
        raise DataError(f"cannot read directions from {path}: {problem}", make) from error
    shape = len(directions), generator.config.model.latent_dim
    effects = len(directions), len(directions.properties)
    if directions.vectors.shape != shape or directions.effects.shape != effects:
        raise DataError(f"{path} holds no directions of {generator.name}", make)
    if not np.isfinite(directions.vectors).all():
        raise DataError(f"{path} holds directions that are not finite", make)
    return directions


def shifts(found: Directions, wanted: Sequence[str]) -> dict[str, Floats]:
    """What is added to each latent, float32 (latent_dim,), by the words that ask for it.

    Args:
        found: the directions.
        wanted: such as "warmth=2" or "pc1=-1.5".

    Raises:
        ConfigError: if one cannot be read, or there is no such direction.
    """
    places: Mapping[str, int] = {name: place for place, name in enumerate(found.names)}
    added = {}
    for text in wanted:
        name, _, amount = text.rpartition("=")
        number = float(amount) if re.fullmatch(r"[+-]?\d+(\.\d*)?|[+-]?\.\d+", amount) else None
        if not name or number is None or abs(number) > MOST:
            raise ConfigError(
                f"--direction {printable(text)} cannot be read",
                f"Give a name and an amount from -{MOST:g} to {MOST:g}, such as warmth=2.",
            )
        vector = found.vectors[look_up("--direction", name.strip(), places)]
        added[f"{name.strip()}{number:+g}"] = np.asarray(number * vector, np.float32)
    return added
