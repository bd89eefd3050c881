"""What can be measured on an image or a curve without labels: the properties that directions steer.

Each is one number for each sample, in units of its own; directions are judged in standard
deviations among the generated samples.
"""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from lsgan.arrays import Doubles, Pixels, Samples

Property = Callable[[Samples], Doubles]

# ITU-R BT.601, as JPEG has it.
_LUMA = np.array([0.299, 0.587, 0.114])
# A horizon lies where the rows above and below differ most; this makes the greatest difference
# count for nearly all, and lets its place vary smoothly.
_SHARPNESS = 8


def properties_of(samples: Samples) -> Mapping[str, Property]:
    """The properties of samples such as these.

    Args:
        samples: uint8 (N, 1 or 3, H, W), of curves float32 (N, points).
    """
    if samples.ndim == 2:
        return CURVES
    return COLOR_IMAGES if samples.shape[1] == 3 else GREY_IMAGES


def brightness(images: Pixels) -> Doubles:
    """The mean luma, 0 to 1."""
    return _doubles(_luma(images).mean((1, 2)))


def contrast(images: Pixels) -> Doubles:
    """The standard deviation of the luma, 0 to 0.5."""
    return _doubles(_luma(images).std((1, 2)))


def warmth(images: Pixels) -> Doubles:
    """By how much more red than blue there is, −1 to 1."""
    red, _, blue = _means(images)
    return _doubles(red - blue)


def green(images: Pixels) -> Doubles:
    """By how much more green there is than of the mean of red and blue, −1 to 1."""
    red, of_green, blue = _means(images)
    return _doubles(of_green - (red + blue) / 2)


def blue(images: Pixels) -> Doubles:
    """By how much more blue there is than of the mean of red and green, −1 to 1."""
    red, of_green, of_blue = _means(images)
    return _doubles(of_blue - (red + of_green) / 2)


def horizon(images: Pixels) -> Doubles:
    """The height of the horizon, 0 at the lower edge to 1 at the upper.

    It lies where the rows above and below differ most: each row is weighted by the variance
    between the mean colours of both parts (Otsu 1979, doi 10.1109/TSMC.1979.4310076, has it for
    histograms).
    """
    rows = images.mean(3).transpose(0, 2, 1) / 255
    count = rows.shape[1]
    sums = rows.cumsum(1)
    above = np.arange(1, count)[None, :, None]
    upper, lower = sums[:, :-1] / above, (sums[:, -1:] - sums[:, :-1]) / (count - above)
    shares = (above * (count - above) / count**2)[..., 0]
    between = shares * np.square(upper - lower).sum(2)
    weights = (between / np.maximum(between.max(1, keepdims=True), 1e-12)) ** _SHARPNESS + 1e-12
    return _doubles(1 - (weights * above[..., 0]).sum(1) / weights.sum(1) / count)


def texture(images: Pixels) -> Doubles:
    """The mean difference between neighbouring pixels' luma, 0 to 1: fine structure."""
    luma = _luma(images)
    across, down = np.abs(np.diff(luma, axis=2)), np.abs(np.diff(luma, axis=1))
    return _doubles((across.mean((1, 2)) + down.mean((1, 2))) / 2)


def height(curves: Samples) -> Doubles:
    """The value at the middle, of the parabola that fits best."""
    return _parabolas(curves)[:, 0]


def bend(curves: Samples) -> Doubles:
    """The coefficient of x² of the parabola that fits best."""
    return _parabolas(curves)[:, 2]


def shift(curves: Samples) -> Doubles:
    """Where the parabola that fits best has its lowest or highest point, −1 to 1."""
    _, slope, square = _parabolas(curves).T
    square = np.where(np.abs(square) < 1e-6, 1e-6, square)
    return _doubles(np.clip(-slope / (2 * square), -1, 1))


def _luma(images: Pixels) -> Doubles:
    """The luma of each pixel, float64 (N, H, W), 0 to 1."""
    if images.shape[1] == 1:
        return _doubles(images[:, 0] / 255)
    return _doubles(np.tensordot(_LUMA, images, (0, 1)) / 255)


def _means(images: Pixels) -> Doubles:
    """The mean of each channel, float64 (3, N), 0 to 1."""
    return _doubles(images.mean((2, 3)).T / 255)


def _parabolas(curves: Samples) -> Doubles:
    """The coefficients of 1, x and x² of the parabolas that fit best, float64 (N, 3)."""
    x = np.linspace(-1, 1, curves.shape[1])
    return _doubles(np.polynomial.polynomial.polyfit(x, curves.astype(np.float64).T, 2).T)


def _doubles(values: Any) -> Doubles:
    return np.asarray(values, np.float64)


GREY_IMAGES: dict[str, Property] = {
    "brightness": brightness,
    "contrast": contrast,
    "horizon": horizon,
    "texture": texture,
}
COLOR_IMAGES: dict[str, Property] = {
    "brightness": brightness,
    "warmth": warmth,
    "green": green,
    "blue": blue,
    "contrast": contrast,
    "horizon": horizon,
    "texture": texture,
}
CURVES: dict[str, Property] = {"height": height, "bend": bend, "shift": shift}
