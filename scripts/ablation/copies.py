"""Near copies: how many are found, and how many images in other colours are taken for some.

    python scripts/ablation/copies.py PHOTOGRAPHS

Copies are made of 150 photographs, as people and web sites make them. The drawings are twelve in
twelve colours each, of which none is a copy of another. Both are judged as `lsgan prepare` does,
and by the detail of the luma alone.
"""

import colorsys
import io
import itertools
import random
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageEnhance, ImageFont

from lsgan.arrays import Pixels
from lsgan.data.decode import Decoded, attempt
from lsgan.data.duplicates import MIN_CORRELATION, _detail, show_the_same

Colour = tuple[int, int, int]
WHITE = (255, 255, 255)


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream).convert("RGB")


def gain(image: Image.Image, *factors: float) -> Image.Image:
    return Image.fromarray((np.asarray(image) * np.array(factors)).clip(0, 255).astype(np.uint8))


def gamma(image: Image.Image, exponent: float) -> Image.Image:
    return Image.fromarray((255 * (np.asarray(image) / 255) ** exponent).astype(np.uint8))


def half(image: Image.Image) -> Image.Image:
    return image.resize((image.width // 2, image.height // 2), Image.Resampling.BICUBIC)


CHANGES: dict[str, Callable[[Image.Image], Image.Image]] = {
    "half the size": half,
    "JPEG quality 40": lambda image: jpeg(image, 40),
    "10 % brighter": lambda image: gain(image, 1.1, 1.1, 1.1),
    "all of these": lambda image: jpeg(gain(half(image), 1.1, 1.1, 1.1), 40),
    "20 % brighter": lambda image: gain(image, 1.2, 1.2, 1.2),
    "20 % more contrast": lambda image: ImageEnhance.Contrast(image).enhance(1.2),
    "20 % more saturated": lambda image: ImageEnhance.Color(image).enhance(1.2),
    "10 % warmer": lambda image: gain(image, 1.1, 1, 0.9),
    "gamma 1.2": lambda image: gamma(image, 1.2),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "half the contrast": lambda image: ImageEnhance.Contrast(image).enhance(0.5),
}


def car(paint: Colour) -> Image.Image:
    image = Image.new("RGB", (96, 96), (200, 205, 210))
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 70, 96, 96), fill=(90, 90, 95))
    draw.rounded_rectangle((9, 45, 87, 71), 8, fill=paint)
    draw.polygon([(22, 45), (34, 28), (66, 28), (78, 45)], fill=paint)
    draw.polygon([(30, 43), (37, 32), (62, 32), (70, 43)], fill=(40, 50, 60))
    for x in (26, 70):
        draw.ellipse((x - 9, 63, x + 9, 81), fill=(15, 15, 15))
    return image


def flag(left: Colour, right: Colour) -> Image.Image:
    image = Image.new("RGB", (96, 64), WHITE)
    draw = ImageDraw.Draw(image)
    draw.rectangle((0, 0, 31, 64), fill=left)
    draw.rectangle((64, 0, 96, 64), fill=right)
    return image


def figure(coat: Colour, paper: Colour = WHITE) -> Image.Image:
    image = Image.new("RGB", (96, 96), paper)
    draw = ImageDraw.Draw(image)
    draw.ellipse((36, 8, 60, 32), fill=(235, 200, 165))
    draw.rectangle((28, 32, 68, 68), fill=coat)
    draw.rectangle((32, 68, 64, 90), fill=(60, 45, 35))
    return image


def numeral(ink: Colour, paper: Colour) -> Image.Image:
    image = Image.new("RGB", (96, 96), paper)
    ImageDraw.Draw(image).text((12, 30), "7352", fill=ink, font=ImageFont.load_default(28))
    return image


def hues(saturation: float, value: float) -> list[Colour]:
    found = [colorsys.hsv_to_rgb(hue / 12, saturation, value) for hue in range(12)]
    return [(round(255 * r), round(255 * g), round(255 * b)) for r, g, b in found]


DRAWINGS = {
    "cars in other paint": [car(colour) for colour in hues(0.7, 0.7)],
    "flags, one colour": [flag(colour, colour) for colour in hues(0.8, 0.8)],
    "flags, two colours": [flag(colour, (200, 30, 50)) for colour in hues(0.8, 0.6)],
    "figures, other coat": [figure(colour) for colour in hues(0.8, 0.7)],
    "figures, other paper": [figure((80, 80, 200), colour) for colour in hues(0.4, 0.95)],
    "numerals, other ink": [numeral(colour, WHITE) for colour in hues(0.8, 0.7)],
    "numerals, other paper": [numeral((0, 0, 0), colour) for colour in hues(0.5, 0.95)],
}


def pixels(image: Image.Image) -> Pixels:
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    square = image.resize(
        (64, 64), Image.Resampling.LANCZOS, box=(left, top, left + side, top + side)
    )
    return np.asarray(square).transpose(2, 0, 1)


def judged(pairs: Sequence[tuple[Pixels, Pixels]]) -> tuple[int, int]:
    """How many are taken for copies by the detail of the luma alone, and by all there is."""
    alone = sum(_detail(a[None])[0] @ _detail(b[None])[0] >= MIN_CORRELATION for a, b in pairs)
    return int(alone), sum(bool(show_the_same(a, b[None])[0]) for a, b in pairs)


def main() -> None:
    paths = sorted(path for path in Path(sys.argv[1]).rglob("*") if path.is_file())
    random.Random(1).shuffle(paths)
    sound = [path for path in paths[:400] if isinstance(attempt(path, 64, 3, 64), Decoded)][:150]
    photographs = [Image.open(path).convert("RGB") for path in sound]
    print(f"taken for copies{'':28} by detail  with colour")
    for name, change in CHANGES.items():
        pairs = [(pixels(image), pixels(change(image))) for image in photographs]
        alone, both = judged(pairs)
        print(f"{len(pairs):5} photographs, {name:24} {alone:10} {both:12}")
    for name, drawings in DRAWINGS.items():
        pairs = list(itertools.combinations([pixels(image) for image in drawings], 2))
        alone, both = judged(pairs)
        print(f"{len(pairs):5} pairs, {name:30} {alone:10} {both:12}")


main()
