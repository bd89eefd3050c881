"""The embedded landscapes: mountains, lakes and forests drawn from a seed, in numpy alone.

An image is the sky, the land seen against it, and where there is water their reflection. It is
computed with two rows and two columns a pixel, which are averaged at the end.
"""

import itertools
from collections.abc import Collection
from pathlib import Path

import numpy as np
from PIL import Image

from lsgan import random
from lsgan.arrays import Indices, Pixels
from lsgan.demo.noise import Array, clamp, fractal, mix
from lsgan.demo.scene import PALETTES, SEASONS, Scene, Season, draw_scene, rgb
from lsgan.demo.sky import paint_sky
from lsgan.demo.terrain import Land, survey
from lsgan.io.files import atomic, make_folder
from lsgan.system.progress import progress_bar

_QUALITY = 92
_FINE = 2


def _first_above(top: Array, rows: int, height: int) -> Indices:
    """The nearest sample that each pixel shows, (rows, W): its slice, or their count for the sky.

    Args:
        top: how high each sample reaches, (slices, W), in image heights below the upper edge.
        rows: how many rows to answer for.
        height: rows in one image height.
    """
    slices, width = top.shape
    skyline = np.minimum.accumulate(top, axis=0)
    reached = np.clip(np.ceil(skyline * height - 0.5), 0, rows).astype(np.int64)
    reached = reached * width + np.arange(width)
    # Counting, in each row, the slices that stay below it gives the first that does not.
    counts = np.bincount(reached.ravel(), minlength=(rows + 1) * width)
    below: Indices = slices - np.cumsum(counts.reshape(rows + 1, width)[:rows], axis=0)
    return below


def _look_up(colour: Array, slices: Indices, sky: Array) -> Array:
    """The colour (3, rows, W) of the sample in each pixel, and of the `sky` where there is none."""
    count, width = colour.shape[1:]
    cells = np.minimum(slices, count - 1) * width + np.arange(width)
    seen = np.stack([channel.ravel().take(cells) for channel in colour])
    return np.where(slices == count, sky, seen)


def _mirrored(scene: Scene, land: Land, sky: Array, rows: int) -> Array:
    """The view turned upside down about the horizon: the lowest `rows` rows (3, rows, W) of it.

    This is the view from as far under the water as the camera is over it. Only the land beyond
    the farthest water of a column is reflected.
    """
    beyond = ~np.logical_or.accumulate(land.water[::-1], axis=0)[::-1]
    above = np.where(beyond, land.rise + land.crown + 1 / land.distance, np.float32(-1))
    # From the lower edge of the image upwards, as `_first_above` goes from the upper edge down.
    slices = _first_above(1 - scene.horizon - above, rows, sky.shape[1])[::-1]
    return _look_up(land.colour, slices, sky[:, -rows:])


def _rippled(scene: Scene, mirrored: Array, u: Array, down: Array) -> Array:
    """The mirrored view (3, rows, W) broken up by waves, which look finer towards the horizon."""
    rows, width = mirrored.shape[1:]
    rng = random.stream(scene.seed, "water")
    distance = 1 / np.maximum(down, np.float32(0.012))
    waves = fractal(rng, u * 16, distance * 9, 2)
    strength = scene.ripples * np.minimum(down * 0.10 + 0.004, 0.02)[:, None]
    shift = waves * strength * (rows / float(down[-1]))
    row = np.clip(np.arange(rows, dtype=np.float32)[:, None] + shift, 0, rows - 1)
    column = np.clip(np.arange(width, dtype=np.float32) + shift * 0.4, 0, width - 1)
    cells = row.astype(np.int64) * width + column.astype(np.int64)
    return np.stack([channel.ravel().take(cells) for channel in mirrored])


def _lake(scene: Scene, land: Land, sky: Array, u: Array, down: Array) -> Array:
    """The surface of the water or the ice, (3, rows, W), `down` (rows,) below the horizon."""
    palette = PALETTES[scene.light]
    mirrored = _mirrored(scene, land, sky, down.size)
    light = palette.shade + palette.sun * 0.35
    if scene.frozen:
        body = rgb(0.86, 0.90, 0.94) * light
        shine = np.full_like(down, 0.25)
    else:
        mirrored = _rippled(scene, mirrored, u, down)
        body = mix(rgb(0.10, 0.28, 0.36), rgb(0.24, 0.56, 0.58), scene.milk) * light
        # A flatter look at the water mirrors more; steeper down its own colour shows.
        shine = 0.88 - 0.75 * np.minimum(down, np.float32(0.6))
    surface: Array = mix(body, mirrored * 0.92, shine[:, None])
    if scene.backlit:
        path = u - scene.sun_across
        surface = surface + palette.sun * (0.10 / (1 + path * path * 90))
    return surface


def _develop(light: Array) -> Pixels:
    """Linear light (3, 2H, 2W) averaged to pixels and mapped to display values, (H, W, 3)."""
    rows = light[:, 0::2] + light[:, 1::2]
    mean = (rows[:, :, 0::2] + rows[:, :, 1::2]) * 0.25
    # Highlights roll off instead of clipping; the square root is the display's gamma.
    mean = mean * (1 + mean * 0.16) / (1 + mean * 0.42) * 1.12
    levels = np.sqrt(clamp(mean)) * 255 + 0.5
    return np.ascontiguousarray(levels.astype(np.uint8).transpose(1, 2, 0))


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise ValueError(f"a landscape needs at least one pixel a side, got {width}×{height}")


def render(seed: int, width: int = 160, height: int = 120) -> Pixels:
    """The landscape of `seed`, uint8 RGB (height, width, 3).

    The same arguments give the same image whatever else is rendered; another size shows the
    same land, wider or narrower as its proportions ask.

    Raises:
        ValueError: if `seed` is negative or a side is not positive.
    """
    _check_size(width, height)
    scene = draw_scene(seed)
    rows, columns = height * _FINE, width * _FINE
    middle = (np.arange(rows, dtype=np.float32) + 0.5) / rows - scene.horizon
    u = (np.arange(columns, dtype=np.float32) + 0.5 - 0.5 * columns) / rows

    # Every row below the horizon holds the sky that the water mirrors there. The sky is smooth,
    # so one sample a pixel does.
    sky = paint_sky(scene, u.reshape(-1, _FINE).mean(axis=1), np.abs(middle[::_FINE]))
    sky = sky.repeat(_FINE, axis=1).repeat(_FINE, axis=2)
    land = survey(scene, u)
    top = scene.horizon + 1 / land.distance - land.rise - land.crown
    slices = _first_above(top, rows, rows)
    view = _look_up(land.colour, slices, sky)
    if land.water.any():
        first = int(np.argmax(middle > 0))
        cells = np.minimum(slices, len(land.distance) - 1) * columns + np.arange(columns)
        wet = (land.water.ravel().take(cells) & (slices < len(land.distance)))[first:]
        lake = _lake(scene, land, sky, u, middle[first:])
        view[:, first:] = np.where(wet, lake, view[:, first:])
    return _develop(view)


def write_landscapes(
    out: Path,
    count: int,
    first_seed: int = 0,
    width: int = 160,
    height: int = 120,
    progress: bool = False,
    seasons: Collection[Season] = SEASONS,
) -> list[Path]:
    """Write `count` landscapes as landscape-00000.jpg and so on, and return their paths.

    Args:
        out: the folder, created if need be; files of the same names are replaced.
        count: how many; may be 0.
        first_seed: the least seed of any; a seed also numbers its landscape.
        width: in pixels.
        height: in pixels.
        progress: whether to show a bar.
        seasons: those to render; the seeds of others are passed over.

    Raises:
        ValueError: if `count` or `first_seed` is negative, a side is not positive, or no season
            is asked for.
        OutputError: if a file cannot be written.
    """
    if count < 0:
        raise ValueError(f"the count of landscapes must not be negative, got {count}")
    if first_seed < 0:
        raise ValueError(f"the first seed must not be negative, got {first_seed}")
    if not seasons:
        raise ValueError("no season is asked for")
    _check_size(width, height)
    make_folder(out)
    paths = []
    fitting = (seed for seed in itertools.count(first_seed) if draw_scene(seed).season in seasons)
    seeds = itertools.islice(fitting, count)
    bar = progress_bar(
        seeds, description="landscapes", total=count, unit="images", progress=progress
    )
    for seed in bar:
        path = out / f"landscape-{seed:05d}.jpg"
        with atomic(path) as temporary:
            image = Image.fromarray(render(seed, width, height))
            image.save(temporary, format="JPEG", quality=_QUALITY)
        paths.append(path)
    return paths
