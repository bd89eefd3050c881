"""The land: its shape, its cover of rock, grass, trees and snow, and the light on it.

The land is sampled where the camera sees it: columns `u` of the image times slices of growing
distance `d`. A slice is a log-distance `s` (d ≈ exp(s)), and heights are divided by `d`, so that a
cell is as wide as it is deep and far mountains have as many samples as near banks.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from lsgan import random
from lsgan.demo.noise import Array, clamp, fractal, growth, mix, noise, ridged, step
from lsgan.demo.scene import PALETTES, Scene, rgb
from lsgan.demo.sky import glow

Mask = np.ndarray[Any, np.dtype[np.bool_]]

SLICES = 192
_STEP = 4.2 / SLICES
_HASH = 4096


@dataclass(frozen=True)
class Land:
    """Samples of the land, (slices, columns), nearest slice first."""

    distance: Array  # (slices, 1), in camera heights
    rise: Array  # height over the valley floor divided by distance
    crown: Array  # what trees add to it
    water: Mask
    colour: Array  # (3, slices, columns), linear RGB with light and haze


def _smooth_maximum(a: Array, b: Array, width: float) -> Array:
    """The greater of the two, rounded where they cross."""
    difference = a - b
    greater: Array = 0.5 * (a + b + np.sqrt(difference * difference + width * width))
    return greater


def _shore(scene: Scene, u: Array, s: Array, d: Array) -> Array:
    """How far inland each sample is: below 0 on the valley floor or lake, above 0 on slopes."""
    rng = random.stream(scene.seed, "shore")
    wind = noise(rng, np.zeros(1, np.float32), s[:, 0] * 1.1)
    centre = scene.valley_centre + scene.bend * wind
    side = np.abs(u - centre) - (0.05 + scene.valley_width * 0.5 / d)
    far = 0.5 * (s - scene.far_shore)
    inland = _smooth_maximum(side, far, 0.08)
    near = 0.5 * (scene.near_shore - s)
    wobble = fractal(rng, u[0] * 4, s[:, 0] * 4, 3)
    return _smooth_maximum(inland + 0.07 * wobble, near + 0.03 * wobble, 0.03)


def _relief(scene: Scene, inland: Array, u: Array, s: Array) -> Array:
    """Height over the valley floor divided by distance; negative under water."""
    rng = random.stream(scene.seed, "relief")
    x, y = u[0], s[:, 0]
    crests = ridged(rng, x * 2.2, y * 1.9, 6)
    swell = step(noise(rng, x * 1.6, y * 0.9), -0.7, 0.7)
    land = np.maximum(inland, np.float32(0))
    ramp = land / (1 + land)
    size = step(s, 0.3, scene.walls)
    peaks = ramp * (0.2 + 1.3 * scene.sharpness * crests * (0.45 + swell) + 0.75 * swell)
    rough = 0.012 * fractal(rng, x * 22, y * 16, 2) * step(land, 0.0, 0.08)
    height = scene.relief * mix(0.22, 1.35, size) * peaks + rough * mix(0.3, 1.0, size)
    # The tallest peak stays inside the image.
    height = height * min(1.0, (scene.horizon - 0.07) / float(height.max()))
    if scene.lake:
        return np.where(inland > 0, height, 0.2 * inland)
    # A glacier falls towards the camera; a meadow is flat.
    fall = 0.02 if scene.setting == "glacier" else 0.002
    floor = np.maximum(height, 0.004 + fall * s + 0.3 * rough)
    carved: Array = np.minimum(floor, _stream_bed(scene, rng, u, s))
    return np.where(inland < 0.01, carved, floor)


def _stream_bed(scene: Scene, rng: np.random.Generator, u: Array, s: Array) -> Array:
    """A stream winding through a meadow: below 0 in it, rising from its banks."""
    if not scene.stream:
        return np.ones_like(s)
    start = np.zeros(1, np.float32)
    wind = noise(rng, start, s[:, 0] * 2.5) + noise(rng, start, s[:, 0])
    aside = np.abs(u - scene.valley_centre - 0.22 * wind * (1 - s / 4))
    bed: Array = 0.2 * (aside - scene.stream * 0.5 / growth(s))
    return bed


def _slope(field: Array, axis: int, spacing: float) -> Array:
    """The central difference of `field` along `axis`, one-sided at the ends."""
    first, last = field.take([0], axis=axis), field.take([-1], axis=axis)
    padded = np.concatenate([first, field, last], axis=axis)
    ahead, behind = (padded[2:], padded[:-2]) if axis == 0 else (padded[:, 2:], padded[:, :-2])
    slope: Array = (ahead - behind) / (2 * spacing)
    return slope


def _sunlight(scene: Scene, rise: Array, u: Array) -> tuple[Array, Array, Array]:
    """Direct light, light from the sky and steepness of each sample, the first two in [0, 1].

    Shadows are cast along the slices only: the sun is taken to stand beside the land.
    """
    across = _slope(rise, 1, float(u[0, 1] - u[0, 0]))
    away = rise + _slope(rise, 0, _STEP)
    length = np.sqrt(across * across + away * away + 1)
    reach = sqrt(1 + scene.sun_ahead * scene.sun_ahead + scene.sun_slope * scene.sun_slope)
    facing = scene.sun_slope - across * scene.sun_side - away * scene.sun_ahead
    direct = clamp(facing / (length * reach) * 1.25)

    toward = rise - u * (scene.sun_side * scene.sun_slope)
    order = slice(None, None, -1) if scene.sun_side > 0 else slice(None)
    shadow = np.maximum.accumulate(toward[:, order], axis=1)[:, order] - toward
    # Against the light one sees mostly the shaded side of things.
    direct = direct * step(shadow, 0.05, 0.0) * (0.55 if scene.backlit else 1.0)
    return direct, 0.55 + 0.45 / length, 1 - 1 / length


def _trees(scene: Scene, wood: Array, u: Array, d: Array) -> tuple[Array, Array, Array]:
    """Trees standing in the slices: height, which tree (a number in [0, 1]), and their lit side.

    A slice holds a row of trees in cells of the land's width; the nearer the slices are to each
    other, the fewer cells are taken, so that woods are as dense near as far.
    """
    rng = random.stream(scene.seed, "trees")
    tables = rng.random((4, _HASH)).astype(np.float32)
    starts = rng.integers(0, _HASH, (SLICES, 1)).astype(np.float32)
    width = 0.15
    place = u * d / width + starts
    cell = np.floor(place)
    key = (cell + 31 * starts).astype(np.int64) & (_HASH - 1)
    present, tall, kind, lean = (table.take(key) for table in tables)
    chance = clamp(d * (_STEP / width * 1.3))
    offset = (place - cell - 0.5 - (lean - 0.5) * 0.3) * 2.4
    t = np.minimum(np.abs(offset), np.float32(1))
    round_crown = kind > (0.82 if scene.season == "winter" else 0.65)
    # A conifer is a spire with ragged edges; a leafy tree is a dome.
    ragged = place * 9
    spire = (1 - t) * (0.86 + 0.28 * np.abs(ragged - np.floor(ragged) - 0.5))
    dome = np.sqrt(np.maximum(1 - t * t, np.float32(0))) * 0.62
    shape = np.where(round_crown, dome, spire)
    stands = (present < chance * wood * 1.2) & (wood > 0.05)
    height = np.where(stands, shape * (0.2 + 0.26 * tall), np.float32(0))
    return height, kind, clamp(0.5 + 0.5 * scene.sun_side * offset)


def _leaves(scene: Scene, kind: Array, patch: Array) -> Array:
    """The colour of each tree, (3, H, W): `kind` tells the trees apart, `patch` whole stands."""
    conifer = rgb(0.19, 0.28, 0.18)
    turned, fresh = {
        "spring": (rgb(0.38, 0.47, 0.20), rgb(0.30, 0.42, 0.19)),
        "summer": (rgb(0.28, 0.42, 0.18), rgb(0.24, 0.37, 0.18)),
        "autumn": (rgb(0.88, 0.60, 0.14), rgb(0.76, 0.42, 0.14)),
        "winter": (rgb(0.36, 0.34, 0.34), rgb(0.30, 0.30, 0.31)),
    }[scene.season]
    other = mix(turned, fresh, step(kind, 0.75, 0.95))
    share = step(kind * 0.6 + patch * 0.5 + scene.larch * 0.7, 0.72, 0.92)
    leaves: Array = mix(conifer, other, share) * (0.75 + 0.5 * kind)
    return leaves


def _ground(scene: Scene, grain: Array, patch: Array, bare: Array) -> Array:
    """Grass, and rock where `bare`, (3, H, W)."""
    lush, dry = {
        "spring": (rgb(0.38, 0.50, 0.23), rgb(0.53, 0.55, 0.31)),
        "summer": (rgb(0.34, 0.50, 0.20), rgb(0.50, 0.55, 0.26)),
        "autumn": (rgb(0.62, 0.52, 0.26), rgb(0.72, 0.56, 0.30)),
        "winter": (rgb(0.56, 0.52, 0.44), rgb(0.50, 0.46, 0.40)),
    }[scene.season]
    dark, pale = rgb(0.36, 0.35, 0.37), rgb(0.60, 0.57, 0.54)
    rock = mix(dark, pale, clamp(0.5 + 0.5 * grain + 0.3 * patch))
    grass = mix(lush, dry, clamp(0.5 + 0.8 * patch + 0.3 * grain))
    ground: Array = mix(grass, rock, bare) * (1 + 0.22 * grain)
    return ground


def _air(scene: Scene, colour: Array, u: Array, d: Array, height: Array) -> Array:
    """`colour` seen through the air: distance and valley mist draw it to the horizon's colour."""
    palette = PALETTES[scene.light]
    thickness = scene.haze * d + scene.mist * step(d, 2.0, 14.0) * step(height, 1.6, 0.0) * 1.4
    clear = 1 / growth(thickness)
    halo = glow(scene, u, np.zeros_like(u))
    if scene.backlit:
        veil = mix(palette.middle, palette.horizon, 0.15) * 0.7 + palette.sun * (halo * 0.25)
    else:
        veil = mix(palette.middle, palette.horizon, 0.5) * 0.85 + palette.sun * (halo * 0.075)
    seen: Array = mix(veil, colour, clear)
    return seen


def _woods(scene: Scene, inland: Array, height: Array, steep: Array, patch: Array) -> Array:
    """How wooded each sample is, in [0, 1]: below the tree line, off the steepest faces."""
    over = height - scene.tree_line * (1 + 0.5 * patch)
    wood = step(height, 0.012, 0.03) * step(over, 0.6, -0.6) * step(steep, 0.5, 0.3)
    wood = wood * step(patch + 2.0 * scene.forest, 0.75, 1.2)
    if scene.setting == "glacier":
        return wood * step(inland, -0.08, 0.04)
    if scene.setting == "meadow":
        return wood * step(inland + 0.16 * patch, -0.08, 0.04)
    return wood


def _cover(
    scene: Scene, inland: Array, height: Array, steep: Array, u: Array, s: Array, d: Array
) -> tuple[Array, Array]:
    """The colour (3, H, W) in white light of what covers the land, and the height of its trees."""
    rng = random.stream(scene.seed, "cover")
    grain = fractal(rng, u[0] * 40, s[:, 0] * 30, 2)
    patch = fractal(rng, u[0] * 5, s[:, 0] * 5, 3)

    alpine = step(height - scene.tree_line * (1 + 0.5 * patch), -0.5, 3.0)
    bare = clamp(step(steep, 0.06, 0.22) * step(height, 0.6, 2.0) + alpine)
    if scene.lake:
        bare = np.maximum(bare, step(height, 0.012, 0.004))
    colour = _ground(scene, grain, patch, bare)
    if scene.setting == "glacier":
        crevasses = step(noise(rng, u[0] * 7, s[:, 0] * 38) + 0.5 * patch, -0.9, 0.4)
        ice = mix(rgb(0.50, 0.64, 0.74), rgb(0.80, 0.85, 0.89), crevasses)
        colour = mix(colour, ice, step(inland, 0.02, -0.01))

    wood = _woods(scene, inland, height, steep, patch)
    trees, kind, lit = _trees(scene, wood, u, d)
    # Far woods are too fine for single trees: their colour covers the ground.
    canopy = np.maximum(wood * step(d, 6.0, 16.0), (trees > 0).astype(np.float32))
    colour = mix(colour, _leaves(scene, kind, patch) * (0.55 + 0.6 * lit), canopy)

    snow = step(height + 1.3 * patch + 0.6 * grain - scene.snow_line, -0.6, 1.0)
    snow = snow * step(steep + 0.12 * grain, 0.34, 0.16) * (1 - canopy * 0.72)
    return mix(colour, rgb(0.91, 0.93, 0.96), snow), trees


def survey(scene: Scene, u: Array) -> Land:
    """The land seen in the columns `u` (W,), two or more, evenly spaced."""
    s: Array = (np.arange(SLICES, dtype=np.float32) * _STEP)[:, None]
    d = growth(s)
    u = u[None, :]
    inland = _shore(scene, u, s, d)
    rise = _relief(scene, inland, u, s)
    water = rise < 0
    rise = np.maximum(rise, np.float32(0))
    height = rise * d

    direct, open_sky, steep = _sunlight(scene, rise, u)
    cover, trees = _cover(scene, inland, height, steep, u, s, d)
    palette = PALETTES[scene.light]
    colour = cover * (palette.sun * direct + palette.shade * open_sky)
    return Land(d, rise, trees / d, water, _air(scene, colour, u, d, height))
