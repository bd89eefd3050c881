"""The sky: a gradient, the sun's glow and clouds lit by it."""

from typing import Any

import numpy as np

from lsgan import random
from lsgan.demo.noise import Array, clamp, fractal, mix, sample, step
from lsgan.demo.scene import PALETTES, Scene

_TILE = 128


def glow(scene: Scene, across: Array, up: Array) -> Array:
    """How much of the sun's glow is in the direction (`across`, `up`), in [0, 1]."""
    x = across - scene.sun_across
    y = up - scene.sun_slope * 0.8
    return 1 / (1 + (x * x + y * y * 1.6) * 22)


def _cloud_cover(scene: Scene, across: Array, up: Array) -> tuple[Array, Array]:
    """Density and brightness of the clouds, each (H, W) in [0, 1].

    The clouds lie on a plane overhead, hence finer and flatter towards the horizon.
    """
    rng = random.stream(scene.seed, "clouds")
    cells: Array = np.arange(_TILE, dtype=np.float32) / 2
    tile = fractal(rng, cells, cells, octaves=2)
    distance = 1 / (up + 0.16)
    x, y = across * distance * 2.4 + 40, distance * 5.0
    density: Any = 0.0
    strength = 0.6
    toward: Any = 0.0
    lean = 0.35 * scene.sun_side
    for octave in range(4):
        scale = 2.0**octave
        density = density + strength * sample(tile, x * scale, y * scale + 17 * octave)
        toward = toward + strength * sample(
            tile, (x + lean) * scale, (y + 0.3) * scale + 17 * octave
        )
        strength *= 0.52
    threshold = 0.85 - 1.25 * scene.clouds
    cover = step(density, threshold, threshold + 0.7)
    bright = clamp(0.62 + 0.9 * (density - toward))
    return cover, bright


def paint_sky(scene: Scene, across: Array, up: Array) -> Array:
    """Linear RGB (3, H, W) of the sky at `up` (H,) image heights over the horizon."""
    palette = PALETTES[scene.light]
    u, v = across[None, :], up[:, None]
    low = step(v, 0.0, 0.26)
    high = step(v, 0.12, 0.62)
    colour = mix(mix(palette.horizon, palette.middle, low), palette.zenith, high)

    halo = glow(scene, u, v)
    sun = palette.sun
    colour = colour + sun * (halo * (0.40 if scene.backlit else 0.16))

    cover, bright = _cloud_cover(scene, u, v)
    lit = mix(palette.horizon, sun * 0.55, 0.35 + 0.25 * halo) * 1.08
    shaded = mix(palette.middle, palette.shade, 0.4) * 0.72
    body = mix(shaded, lit, bright)
    # Far clouds sink into the haze above the horizon.
    painted: Array = mix(colour, body, cover * step(v, 0.0, 0.12) * 0.92)
    if scene.backlit:
        x, y = u - scene.sun_across, v - scene.sun_slope * 0.8
        disc = step(x * x + y * y, 0.0016, 0.0004)
        painted = painted + sun * (disc * (1 - 0.8 * cover))
    return painted
