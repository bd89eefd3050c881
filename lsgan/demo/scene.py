"""What a landscape shows: the few choices, drawn from the seed, that all its parts share."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from lsgan import random
from lsgan.demo.noise import Array

Season = Literal["spring", "summer", "autumn", "winter"]
Light = Literal["clear", "golden", "sunset", "overcast", "mist", "dusk"]
Setting = Literal["lake", "meadow", "glacier"]

SEASONS: tuple[Season, ...] = ("spring", "summer", "autumn", "winter")
LIGHTS: tuple[Light, ...] = ("clear", "golden", "sunset", "overcast", "mist", "dusk")
SETTINGS: tuple[Setting, ...] = ("lake", "meadow", "glacier")

_SEASON_SHARES = (0.20, 0.30, 0.30, 0.20)
_LIGHT_SHARES = (0.30, 0.22, 0.15, 0.11, 0.12, 0.10)
_SETTING_SHARES = (0.70, 0.21, 0.09)


@dataclass(frozen=True)
class Scene:
    """One landscape.

    Lengths across and up the image are in image heights; heights of the land in units of the
    camera's height over the valley floor.
    """

    seed: int
    season: Season
    light: Light
    setting: Setting
    horizon: float  # its row, from the top of the image
    sun_across: float  # where the sun stands, from the middle of the image
    sun_slope: float  # tangent of its elevation
    sun_ahead: float  # 1: before the camera, -1: behind it
    relief: float  # how far the peaks rise over the horizon
    sharpness: float  # of the crests, 0 to 1
    valley_centre: float
    valley_width: float
    bend: float  # how far the valley winds
    walls: float  # how near the valley's sides grow to mountains: log-distance
    stream: float  # width of the stream in a meadow, 0 for none
    milk: float  # how turquoise the water is, 0 to 1
    far_shore: float  # log-distance at which the valley floor ends
    near_shore: float  # log-distance at which the foreground ends
    snow_line: float
    tree_line: float
    forest: float  # share of the slopes under trees, 0 to 1
    larch: float  # share of trees that turn gold in autumn
    clouds: float  # cover, 0 to 1
    haze: float  # per unit of distance
    mist: float  # over the valley floor, 0 to 1
    ripples: float

    @property
    def lake(self) -> bool:
        """Whether the valley holds open water or, in winter, ice."""
        return self.setting == "lake"

    @property
    def backlit(self) -> bool:
        """Whether the sun stands before the camera, within or near the image."""
        return self.sun_ahead > 0.5

    @property
    def sun_side(self) -> float:
        """1 if the sun stands to the right, -1 if to the left."""
        return 1.0 if self.sun_across > 0 else -1.0

    @property
    def frozen(self) -> bool:
        """Whether the lake is under ice: in some winters."""
        return self.lake and self.season == "winter" and self.ripples < 0.35


@dataclass(frozen=True)
class Palette:
    """The colours of a light, linear RGB (3, 1, 1): sun, shade, and the sky from below upwards."""

    sun: Array
    shade: Array
    horizon: Array
    middle: Array
    zenith: Array


def rgb(red: float, green: float, blue: float, strength: float = 1.0) -> Array:
    """A display colour in [0, 1] as linear light (3, 1, 1), with a gamma of 2."""
    colour: Array = np.array([red, green, blue], np.float32)[:, None, None]
    colour = colour * colour * strength
    return colour


PALETTES: dict[Light, Palette] = {
    "clear": Palette(
        rgb(1.0, 0.95, 0.85, 1.5),
        rgb(0.60, 0.72, 0.92, 0.62),
        rgb(0.80, 0.89, 0.96),
        rgb(0.55, 0.74, 0.93),
        rgb(0.24, 0.48, 0.80),
    ),
    "golden": Palette(
        rgb(1.0, 0.80, 0.54, 1.7),
        rgb(0.66, 0.70, 0.84, 0.62),
        rgb(0.98, 0.88, 0.72),
        rgb(0.78, 0.82, 0.88),
        rgb(0.38, 0.56, 0.80),
    ),
    "sunset": Palette(
        rgb(1.0, 0.70, 0.45, 1.5),
        rgb(0.60, 0.58, 0.76, 0.55),
        rgb(1.0, 0.70, 0.42),
        rgb(0.80, 0.56, 0.60),
        rgb(0.34, 0.38, 0.62),
    ),
    "overcast": Palette(
        rgb(0.95, 0.95, 0.95, 0.5),
        rgb(0.84, 0.88, 0.92, 0.95),
        rgb(0.84, 0.87, 0.89),
        rgb(0.74, 0.78, 0.82),
        rgb(0.60, 0.65, 0.71),
    ),
    "mist": Palette(
        rgb(1.0, 0.88, 0.70, 1.2),
        rgb(0.74, 0.80, 0.88, 0.75),
        rgb(0.93, 0.91, 0.86),
        rgb(0.80, 0.85, 0.89),
        rgb(0.52, 0.66, 0.82),
    ),
    "dusk": Palette(
        rgb(1.0, 0.58, 0.50, 1.3),
        rgb(0.52, 0.58, 0.80, 0.55),
        rgb(0.92, 0.70, 0.68),
        rgb(0.62, 0.58, 0.76),
        rgb(0.22, 0.30, 0.55),
    ),
}


def _choose(draw: float, shares: tuple[float, ...]) -> int:
    """The index of the share of [0, 1] into which `draw` falls."""
    for index, share in enumerate(shares):
        draw -= share
        if draw < 0:
            return index
    return len(shares) - 1


def draw_scene(seed: int) -> Scene:
    """The scene of `seed`, which must not be negative."""
    if seed < 0:
        raise ValueError(f"a landscape's seed must not be negative, got {seed}")
    rng = random.stream(seed, "scene")

    def between(low: float, high: float) -> float:
        return low + (high - low) * float(rng.random())

    season = SEASONS[_choose(between(0, 1), _SEASON_SHARES)]
    light = LIGHTS[_choose(between(0, 1), _LIGHT_SHARES)]
    setting = SETTINGS[_choose(between(0, 1), _SETTING_SHARES)]
    side = 1.0 if between(0, 1) < 0.5 else -1.0
    winter, glacier = season == "winter", setting == "glacier"
    low_sun = light in ("golden", "sunset", "dusk")
    return Scene(
        seed=seed,
        season=season,
        light=light,
        setting=setting,
        horizon=between(0.44, 0.58),
        sun_across=side * (between(0.05, 0.45) if light == "sunset" else between(0.5, 1.3)),
        sun_slope=between(0.15, 0.4) if low_sun else between(0.4, 0.9),
        sun_ahead=1.0 if light == "sunset" else between(-0.9, 0.1),
        relief=between(0.28, 0.46),
        sharpness=between(0.5, 1.0),
        valley_centre=between(-0.22, 0.22),
        valley_width=between(1.2, 3.2),
        bend=between(0.05, 0.34),
        walls=between(2.0, 3.6),
        stream=max(0.0, between(-0.3, 0.6)) if setting == "meadow" else 0.0,
        milk=between(0.0, 1.0),
        far_shore=between(1.7, 2.8),
        near_shore=between(-0.3, 0.8),
        snow_line=(
            between(-1.6, 1.0)
            if winter
            else between(-0.5, 2.5)
            if glacier
            else between(4.0, 14.0 if season == "summer" else 9.0)
        ),
        tree_line=between(0.5, 1.5) if glacier else between(2.5, 7.0),
        forest=between(0.15, 0.4) if glacier else between(0.45, 0.9),
        larch=between(0.25, 0.85),
        clouds=between(0.75, 1.0) if light == "overcast" else between(0.1, 0.75),
        haze=between(0.02, 0.045) if light == "mist" else between(0.008, 0.026),
        mist=between(0.5, 1.0) if light == "mist" else max(0.0, between(-0.5, 0.35)),
        ripples=between(0.1, 1.0),
    )
