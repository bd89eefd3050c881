"""Images and files that several tests of the data set need."""

from pathlib import Path

import numpy as np
from PIL import Image

from lsgan.data.decode import decode

ROOT = Path(__file__).parents[2]
LANDSCAPES = ROOT.parent / "shared" / "data" / "landscapes"


def save(path: Path, image: Image.Image, **options) -> Path:
    image.save(path, **options)
    return path


def square(path: Path, size=64, channels=3, min_size=1) -> np.ndarray:
    return decode(path, size, channels, min_size).pixels


def flat(colour, mode="RGB", size=(80, 80)) -> Image.Image:
    return Image.new(mode, size, colour)


def texture(seed, width=80, height=80) -> Image.Image:
    """One of many images that have nothing in common."""
    cells = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    return Image.fromarray(cells).resize((width, height), Image.Resampling.BICUBIC)


def photographs(folder: Path, count: int, suffix=".jpg", width=80, height=80) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for index in range(count):
        texture(index, width, height).save(folder / f"{index:04}{suffix}")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a data set."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.name[0] != "."}
