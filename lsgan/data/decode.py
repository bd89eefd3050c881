"""From one image file of any kind to the square of pixels that is packed."""

import hashlib
import logging
import os
import stat
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Literal

import imagehash
import numpy as np
from PIL import Image

from lsgan.arrays import Pixels
from lsgan.data.colour import to_srgb
from lsgan.data.formats import identify, is_unknown, quiet
from lsgan.data.rejection import MAX_PIXELS, RejectedError
from lsgan.io.images import is_marked

# JPEG is decoded at this many times the packed size: reduced, it costs a third of the time
# and moves the pixels by less than 1 of 255.
_DRAFT = 4

# An image of more pixels that is not JPEG is likewise reduced while its colours are converted, so
# that one of 100 million needs less than 1 GB.
_LARGE = 16_000_000

_ORIENTATION_TAG = 0x0112
_TO_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_QUARTER_TURNS = tuple(_TO_UPRIGHT[orientation] for orientation in (5, 6, 7, 8))

# Their decoders need up to 17 bytes a pixel.
_GREEDY = ("WEBP", "AVIF", "HEIF")
_MOST_PIXELS_OF_GREEDY = 56_000_000

# Without a handler of its own, Pillow's log reaches the terminal and breaks the progress bar.
logging.getLogger("PIL").addHandler(logging.NullHandler())

# What a file shows: one image, or two side by side, named from the one that a generator is given
# to the one that it is to make of it.
Layout = Literal["single", "left-to-right", "right-to-left"]


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one image file.

    Attributes:
        width: of the whole upright image in the file, in pixels.
        height: likewise.
        format: one of `formats.FORMATS`.
        bytes: the length of the file.
        sha256: of the file, in hexadecimal.
        phash: 64-bit perceptual hash of the whole upright image.
    """

    width: int
    height: int
    format: str
    bytes: int
    sha256: str
    phash: int


@dataclass(frozen=True)
class Decoded:
    """One image, decoded.

    Attributes:
        pixels: uint8 (channels, size, size), sRGB or its luma; of two images (2·channels, size,
            size), the given one first.
        facts: what is known of its file.
    """

    pixels: Pixels
    facts: Facts


def attempt(
    path: Path,
    size: int,
    channels: int,
    min_size: int,
    layout: Layout = "single",
    own: bool = False,
) -> Decoded | RejectedError:
    """As `decode`, but the rejection is returned, so that it can cross to another process."""
    try:
        return decode(path, size, channels, min_size, layout, own)
    except RejectedError as rejection:
        return RejectedError(rejection.reason, rejection.detail)


def decode(
    path: Path,
    size: int,
    channels: int,
    min_size: int,
    layout: Layout = "single",
    own: bool = False,
) -> Decoded:
    """Read the image at `path`: upright, sRGB, its centre square, `size` pixels wide.

    Args:
        path: a file in one of `formats.FORMATS`; of an animation the first frame is taken.
        size: width and height of the result in pixels.
        channels: 3 for colour, 1 for grey (ITU-R 601 luma).
        min_size: least width and least height of the upright image in pixels, or of each of two.
        layout: one image, or which of two is given.
        own: whether to read images that the program has made too.

    Raises:
        RejectedError: whatever is wrong with the file.
    """
    try:
        with _open(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decode(file, size, channels, min_size, layout, own)
    except RejectedError:
        raise
    except Exception as error:  # a hostile file can raise anything from the depth of a decoder
        raise _rejection(error) from error


def _open(path: Path) -> BinaryIO:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise RejectedError("unreadable", "the folder cannot be listed")
    if not stat.S_ISREG(status.st_mode):
        # Opening a named pipe would wait for ever.
        raise RejectedError("not-an-image", "not a regular file")
    if status.st_size == 0:
        raise RejectedError("empty")
    return path.open("rb")


def _decode(
    file: BinaryIO, size: int, channels: int, min_size: int, layout: Layout, own: bool
) -> Decoded:
    image = identify(file)
    if is_marked(image) and not own:
        raise RejectedError("made-by-lsgan")
    width, height = image.size
    beside = 1 if layout == "single" else 2
    if width * height > (_MOST_PIXELS_OF_GREEDY if image.format in _GREEDY else MAX_PIXELS):
        raise RejectedError("too-many-pixels", f"{width}x{height} pixels")
    if min(width // beside, height) < min_size:
        raise RejectedError("too-small", f"{width}x{height} pixels, the least is {min_size}")
    scale = _DRAFT * size / min(width // beside, height)
    drafted = image.draft(None, (max(1, round(width * scale)), max(1, round(height * scale))))
    with quiet(image):
        image.load()
    if not drafted:
        width, height = image.size  # of a TIFF that Pillow has turned while loading it
    upright = to_srgb(image, _reduction(image, size * beside))
    turn = _turn(image)
    if turn is not None:
        upright = upright.transpose(turn)
    if turn in _QUARTER_TURNS:
        width, height = height, width
    facts = Facts(
        width=width,
        height=height,
        format="JPEG" if image.format == "MPO" else str(image.format),
        bytes=os.fstat(file.fileno()).st_size,
        sha256=_sha256(file),
        phash=int(str(imagehash.phash(upright)), 16),
    )
    parts = [_square(part, size, channels) for part in _parts(upright, layout)]
    return Decoded(np.concatenate(parts), facts)


def _reduction(image: Image.Image, size: int) -> int:
    """How many times smaller a large image may be made before it is cut to `size` pixels."""
    if image.width * image.height <= _LARGE:
        return 1
    return max(1, min(image.size) // (_DRAFT * size))


def _turn(image: Image.Image) -> Image.Transpose | None:
    """What brings a loaded image upright, by EXIF; a broken EXIF block says nothing."""
    try:
        return _TO_UPRIGHT.get(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # the block is parsed only here, and its damage harms no pixel
        return None


def _parts(image: Image.Image, layout: Layout) -> list[Image.Image]:
    """The images that an image shows, the given one first."""
    if layout == "single":
        return [image]
    half = image.width // 2
    left = image.crop((0, 0, half, image.height))
    right = image.crop((image.width - half, 0, image.width, image.height))
    return [left, right] if layout == "left-to-right" else [right, left]


def _square(image: Image.Image, size: int, channels: int) -> Pixels:
    """The largest centred square of an RGB image, as uint8 (channels, size, size)."""
    side = min(image.size)
    left, top = (image.width - side) / 2, (image.height - side) / 2
    square = image.resize(
        (size, size), Image.Resampling.LANCZOS, box=(left, top, left + side, top + side)
    )
    if channels == 1:
        return np.asarray(square.convert("L"))[None]
    return np.ascontiguousarray(np.asarray(square).transpose(2, 0, 1))


def _sha256(file: BinaryIO) -> str:
    file.seek(0)
    digest = hashlib.sha256()
    while chunk := file.read(1 << 20):
        digest.update(chunk)
    return digest.hexdigest()


def _rejection(error: Exception) -> RejectedError:
    """The reason that an error met while reading or decoding stands for."""
    if isinstance(error, OSError) and error.errno is not None:
        return RejectedError("unreadable", error.strerror or "")
    if isinstance(error, MemoryError):
        return RejectedError("damaged", "decoding it needs more memory than there is")
    text = str(error).split("\n")[0][:200]
    if isinstance(error, EOFError) or "truncated" in text.lower():
        return RejectedError("truncated", text)
    if is_unknown(error):
        return RejectedError("unsupported-format", text)
    return RejectedError("damaged", f"{type(error).__name__}: {text}" if text else "")
