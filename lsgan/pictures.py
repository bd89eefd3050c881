"""Arranging pictures in grids and saving them."""

from pathlib import Path

import numpy as np
from PIL import Image

from lsgan.arrays import Floats, Pixels
from lsgan.files import atomic

_GAP = 2


def to_unit(pictures: Pixels) -> Floats:
    """Pictures of 0 to 255 as float32 in [−1, 1], the range of the generators' tanh."""
    unit: Floats = np.asarray(pictures, np.float32) / np.float32(127.5) - np.float32(1)
    return unit


def to_image(picture: Pixels, upscale: int = 1) -> Image.Image:
    """One picture, uint8 (1 or 3, H, W), as a Pillow image, each pixel `upscale` pixels wide."""
    pixels = picture[0] if picture.shape[0] == 1 else picture.transpose(1, 2, 0)
    image = Image.fromarray(np.ascontiguousarray(pixels))
    if upscale == 1:
        return image
    return image.resize((image.width * upscale, image.height * upscale), Image.Resampling.NEAREST)


def grid(pictures: Pixels, columns: int = 8, upscale: int = 1) -> Image.Image:
    """Pictures, uint8 (N, 1 or 3, H, W), row by row in one image with thin white lines between.

    The grid has at most `columns` columns and as many rows as are needed.
    """
    count, channels, height, width = pictures.shape
    columns = max(1, min(columns, count))
    rows = -(-count // columns)
    sheet = np.full(
        (channels, rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP), 255, np.uint8
    )
    for index, picture in enumerate(pictures):
        top = index // columns * (height + _GAP)
        left = index % columns * (width + _GAP)
        sheet[:, top : top + height, left : left + width] = picture
    return to_image(sheet, upscale)


def side_by_side(pairs: Pixels) -> Pixels:
    """Pairs, (N, 2·channels, H, W), as pictures of both, (N, channels, H, 2·W)."""
    return np.concatenate(np.split(pairs, 2, axis=1), axis=3)


def save_png(image: Image.Image, path: Path) -> None:
    """Write `image` to `path` as PNG, atomically."""
    with atomic(path) as temporary:
        image.save(temporary, format="PNG")
