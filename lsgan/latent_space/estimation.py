"""Estimating directions: by regression of measured properties, and by principal components."""

from collections.abc import Callable, Mapping
from functools import partial

import numpy as np
import paddle

from lsgan import random
from lsgan.arrays import Doubles, Floats
from lsgan.inference.generator import Generator
from lsgan.latent_space.directions import Directions
from lsgan.latent_space.properties import Property, properties_of
from lsgan.networks.latents import Latents

# Latents to find directions with, and others to measure what they do.
_FOUND_WITH, _MEASURED_WITH = 4096, 128
_ACTIVATIONS_OF = 1024
_BATCH = 64
# Measured this far to both sides.
_REACH = 2.0
# What moves other properties is avoided, unless it points nearly the same way: little else would be
# left then.
_ALIKE = 0.6
# How much a direction's length counts beside its side effects, relative to what it is for: below 1
# it avoids them the more, and is the weaker.
_LENGTH_WEIGHT = 0.25
# With no more latents than this, each is a direction of its own.
_FEW_LATENTS = 16


def estimate_directions(
    generator: Generator,
    components: int,
    seed: int,
    say: Callable[[str], None],
    examples: Mapping[str, tuple[Floats, Property]] | None = None,
) -> Directions:
    """The directions of a generator.

    Args:
        generator: one that is given latents.
        components: how many principal directions.
        seed: decides which latents are taken.
        say: called with each line about the progress.
        examples: by name, a vector, float32 (latent_dim,), and the property that it is to move:
            directions that were found by a user's own examples.

    Raises:
        ConfigError: if the generator has no latents.
    """
    generator.check_latents(1)
    numbers = Latents(generator.config.model)
    draw = partial(_drawn, numbers, seed)
    say(f"measuring {_FOUND_WITH} generated images")
    latents = draw("directions", _FOUND_WITH)
    samples = generator.render(latents)
    examples = examples or {}
    known = {**properties_of(samples), **{name: each for name, (_, each) in examples.items()}}
    measured = np.stack([measure(samples) for measure in known.values()], 1)
    spread = measured.std(0)
    named = [name for name in properties_of(samples) if spread[list(known).index(name)] > 1e-9]
    columns = [list(known).index(name) for name in named]
    dim = generator.config.model.latent_dim
    groups: list[tuple[str, list[str], Doubles]] = [
        ("property", named, _by_regression(latents, measured[:, columns] / spread[columns], dim)),
        ("examples", list(examples), _rows([vector for vector, _ in examples.values()], dim)),
    ]
    if components:
        say(f"finding {components} principal directions of the first layer's activations")
        found = _principal(generator, latents[:_ACTIVATIONS_OF], min(components, dim), dim)
        groups.append(("principal", [f"pc{place + 1}" for place in range(len(found))], found))
    if dim <= _FEW_LATENTS:
        groups.append(("latent", [f"z{place + 1}" for place in range(dim)], np.eye(dim)))
    unit = float(latents[:, :dim].std())
    vectors = np.concatenate([vectors for _, _, vectors in groups])
    vectors *= unit / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
    say(f"measuring {len(vectors)} directions on {_MEASURED_WITH} other latents")
    scale = np.where(spread > 1e-9, spread, np.inf)
    effects = _effects(generator, draw("effects", _MEASURED_WITH), vectors, known) / scale
    return Directions(
        names=tuple(name for _, names, _ in groups for name in names),
        kinds=tuple(kind for kind, names, _ in groups for _ in names),
        vectors=vectors.astype(np.float32),
        properties=tuple(known),
        effects=effects,
        checkpoint=generator.name,
    ).turned()


def _drawn(numbers: Latents, seed: int, name: str, count: int) -> Floats:
    return numbers.draw(random.stream(seed, name), count)


def _rows(vectors: list[Floats], dim: int) -> Doubles:
    return np.array(vectors, np.float64).reshape(-1, dim)


def _by_regression(latents: Floats, measured: Doubles, dim: int) -> Doubles:
    """The direction of each property, (properties, dim), that moves the others little.

    For normal latents the coefficients of a linear regression are the mean gradient of the property
    (Stein's lemma), whatever its shape. Classes, where there are any, explain their own part. Of a
    property with the gradient g, and h of the others, the direction maximises (g·d)² over
    Σ(h·d)² + w·|d|².

    Args:
        latents: float32 (N, dim or more), the classes after the first `dim`.
        measured: the properties in standard deviations, (N, properties).
        dim: how many numbers a latent has.
    """
    given = latents.astype(np.float64)
    given = np.concatenate([given, np.ones((len(given), 1))], 1)
    ridge = dim * np.eye(given.shape[1])
    slopes = np.linalg.solve(given.T @ given + ridge, given.T @ measured)[:dim].T
    units = slopes / np.linalg.norm(slopes, axis=1, keepdims=True)
    alike = np.abs(units @ units.T)
    found = []
    for place, own in enumerate(slopes):
        others = slopes[alike[place] < _ALIKE]
        weight = _LENGTH_WEIGHT * float(own @ own)
        found.append(np.linalg.solve(others.T @ others + weight * np.eye(dim), own))
    return np.array(found)


def _principal(generator: Generator, latents: Floats, count: int, dim: int) -> Doubles:
    """The latents' directions that vary the first layer's activations most, (count, dim).

    Härkönen et al. 2020, arXiv 2004.02546, section 2.2: the principal components of the
    activations, carried back to the latents by linear regression.
    """
    activations = []
    with paddle.no_grad():
        for start in range(0, len(latents), _BATCH):
            batch = paddle.to_tensor(latents[start : start + _BATCH])
            made = generator.network.first_activations(batch).astype("float32").numpy()
            activations.append(made.reshape(len(made), -1))
    centred = np.concatenate(activations)
    centred -= centred.mean(0)
    # Of fewer samples than activations the inner products are the smaller matrix.
    values, sides = np.linalg.eigh(centred.astype(np.float64) @ centred.T)
    leading = np.argsort(values)[::-1][:count]
    coordinates = sides[:, leading] * np.sqrt(np.maximum(values[leading], 0))
    numbers = latents[:, :dim].astype(np.float64)
    found: Doubles = np.linalg.lstsq(coordinates, numbers - numbers.mean(0), rcond=None)[0]
    return found


def _effects(
    generator: Generator, latents: Floats, vectors: Doubles, known: Mapping[str, Property]
) -> Doubles:
    """By how much one unit of each direction moves each property, (directions, properties)."""
    effects = []
    for vector in vectors:
        sides = []
        for reach in (-_REACH, _REACH):
            moved = latents.copy()
            moved[:, : len(vector)] += np.asarray(reach * vector, np.float32)
            samples = generator.render(moved)
            sides.append([measure(samples).mean() for measure in known.values()])
        effects.append((np.array(sides[1]) - np.array(sides[0])) / (2 * _REACH))
    return np.array(effects)
