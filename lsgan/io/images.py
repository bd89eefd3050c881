"""Arranging images in grids and saving them, marked as what the program has made."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image, ImageDraw, PngImagePlugin

from lsgan.arrays import Floats, Pixels
from lsgan.io.files import atomic

# PNG's word for what has made an image: in each that the program writes, a GIF's as its comment, a
# WebP's in Exif.
SOFTWARE, MARK = "Software", "lsgan"

_GAP = 2
_CAPTION = 14


def to_unit(images: Pixels) -> Floats:
    """Images of 0 to 255 as float32 in [−1, 1], the range of the generators' tanh."""
    unit: Floats = np.asarray(images, np.float32) / np.float32(127.5) - np.float32(1)
    return unit


def to_image(image: Pixels, upscale: int = 1) -> Image.Image:
    """One image, uint8 (1 or 3, H, W), as a Pillow image, each pixel `upscale` pixels wide."""
    pixels = image[0] if image.shape[0] == 1 else image.transpose(1, 2, 0)
    return enlarged(Image.fromarray(np.ascontiguousarray(pixels)), upscale)


def enlarged(image: Image.Image, upscale: int) -> Image.Image:
    """The image, each pixel `upscale` pixels wide."""
    if upscale == 1:
        return image
    size = image.width * upscale, image.height * upscale
    return image.resize(size, Image.Resampling.NEAREST)


def grid(images: Pixels, columns: int = 8, upscale: int = 1) -> Image.Image:
    """Images, uint8 (N, 1 or 3, H, W), row by row in one image with thin white lines between.

    The grid has at most `columns` columns and as many rows as are needed.
    """
    count, channels, height, width = images.shape
    columns = max(1, min(columns, count))
    rows = -(-count // columns)
    sheet = np.full(
        (channels, rows * (height + _GAP) - _GAP, columns * (width + _GAP) - _GAP), 255, np.uint8
    )
    for index, image in enumerate(images):
        top = index // columns * (height + _GAP)
        left = index % columns * (width + _GAP)
        sheet[:, top : top + height, left : left + width] = image
    return to_image(sheet, upscale)


def captioned(images: Pixels, captions: Sequence[str], columns: int = 8) -> Image.Image:
    """As `grid`, with captions.

    Args:
        images: uint8 (N, 1 or 3, H, W).
        captions: one for every so many images, below the first of them; their number divides N.
        columns: images in a row; captioned ones stay together in it.
    """
    room = ((0, 0), (0, 0), (0, _CAPTION), (0, 0))
    sheet = grid(np.pad(images, room, constant_values=255), columns)
    height, width = images.shape[2:]
    draw = ImageDraw.Draw(sheet)
    for place, caption in zip(
        range(0, len(images), len(images) // len(captions)), captions, strict=True
    ):
        row, column = divmod(place, columns)
        top = row * (height + _CAPTION + _GAP) + height + 1
        draw.text((column * (width + _GAP), top), caption, fill="black")
    return sheet


def side_by_side(pairs: Pixels) -> Pixels:
    """Pairs, (N, 2·channels, H, W), as images of both, (N, channels, H, 2·W)."""
    return np.concatenate(np.split(pairs, 2, axis=1), axis=3)


def save_png(image: Image.Image, path: Path) -> None:
    """Write `image` to `path` as PNG, marked and atomically."""
    with atomic(path) as temporary:
        image.save(temporary, format="PNG", pnginfo=png_mark())


def png_mark() -> PngImagePlugin.PngInfo:
    """The mark as PNG has it."""
    marks = PngImagePlugin.PngInfo()
    marks.add_text(SOFTWARE, MARK)
    return marks


def exif_mark() -> Image.Exif:
    """The mark as Exif has it, for WebP."""
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = MARK
    return exif


def is_marked(image: Image.Image) -> bool:
    """Whether the program has made an opened PNG, GIF or WebP, by the mark in it."""
    if image.format == "GIF":
        return image.info.get("comment") == MARK.encode()
    if image.format == "WEBP":
        return image.getexif().get(ExifTags.Base.Software) == MARK
    return image.format == "PNG" and image.info.get(SOFTWARE) == MARK
