"""From one picture file of any kind to the square of pixels that is packed."""

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
from PIL import Image, UnidentifiedImageError

from lsgan.arrays import Pixels
from lsgan.dataset.colour import to_srgb

# JPEG includes MPO, the JPEG of phones with more pictures (depth, other eye) behind the first.
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF")
MAX_PIXELS = 100_000_000

REASONS = {
    "empty": "the file is empty",
    "not-an-image": "the file is no picture",
    "unsupported-format": "a picture in a format that is not read",
    "truncated": "the file ends too early",
    "damaged": "the content cannot be decoded",
    "too-small": "narrower or lower than the least size",
    "too-many-pixels": f"more than {MAX_PIXELS // 10**6} million pixels",
    "unreadable": "the operating system does not let it be read",
    "decoder-crashed": "decoding it ended the process",
}

# JPEG is decoded at this many times the packed size: reduced, it costs a third of the time
# and moves the pixels by less than 1 of 255.
_DRAFT = 4

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

_SUPPORTED_SIGNATURES = (
    (0, b"\xff\xd8\xff"),
    (0, b"\x89PNG\r\n\x1a\n"),
    (8, b"WEBP"),
    (0, b"GIF8"),
    (0, b"II*\0"),
    (0, b"MM\0*"),
    (0, b"BM"),
)
_UNSUPPORTED_SIGNATURES = (
    (4, b"ftyp"),  # HEIC, AVIF and, by the way, MP4
    (0, b"\xff\x0a"),  # JPEG XL
    (0, b"\0\0\0\x0cJXL "),
    (0, b"\0\0\0\x0cjP  "),  # JPEG 2000
    (0, b"\0\0\1\0"),  # ICO
    (0, b"8BPS"),  # Photoshop
    (0, b"II+\0"),  # BigTIFF
    (0, b"MM\0+"),
    (0, b"P5\n"),  # portable grey and pixel maps
    (0, b"P6\n"),
)

# Without a handler of its own, Pillow's log reaches the terminal and breaks the progress bar.
logging.getLogger("PIL").addHandler(logging.NullHandler())

# What a file shows: one picture, or two side by side, named from the one that a generator is given
# to the one that it is to make of it.
Layout = Literal["single", "left-to-right", "right-to-left"]


class RejectedError(Exception):
    """A file is not used. `reason` is a key of `REASONS`; `detail` says more, in words."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(reason, detail)
        self.reason = reason
        self.detail = detail or REASONS[reason]


@dataclass(frozen=True)
class Facts:
    """What is known of one picture file.

    Attributes:
        width: of the whole upright picture in the file, in pixels.
        height: likewise.
        format: JPEG, PNG, WEBP, BMP, TIFF or GIF.
        bytes: the length of the file.
        sha256: of the file, in hexadecimal.
        phash: 64-bit perceptual hash of the whole upright picture.
    """

    width: int
    height: int
    format: str
    bytes: int
    sha256: str
    phash: int


@dataclass(frozen=True)
class Decoded:
    """One picture, decoded.

    Attributes:
        pixels: uint8 (channels, size, size), sRGB or its luma; of two pictures (2·channels, size,
            size), the given one first.
        facts: what is known of its file.
    """

    pixels: Pixels
    facts: Facts


def attempt(
    path: Path, size: int, channels: int, min_size: int, layout: Layout = "single"
) -> Decoded | RejectedError:
    """As `decode`, but the rejection is returned, so that it can cross to another process."""
    try:
        return decode(path, size, channels, min_size, layout)
    except RejectedError as rejection:
        return RejectedError(rejection.reason, rejection.detail)


def decode(
    path: Path, size: int, channels: int, min_size: int, layout: Layout = "single"
) -> Decoded:
    """Read the picture at `path`: upright, sRGB, its centre square, `size` pixels wide.

    Args:
        path: a file in one of `FORMATS`; of an animation the first frame is taken.
        size: width and height of the result in pixels.
        channels: 3 for colour, 1 for grey (ITU-R 601 luma).
        min_size: least width and least height of the upright picture in pixels, or of each of two.
        layout: one picture, or which of two is given.

    Raises:
        RejectedError: whatever is wrong with the file.
    """
    try:
        with _open(path) as file, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _decode(file, size, channels, min_size, layout)
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


def _decode(file: BinaryIO, size: int, channels: int, min_size: int, layout: Layout) -> Decoded:
    image = _identify(file)
    width, height = image.size
    beside = 1 if layout == "single" else 2
    if width * height > MAX_PIXELS:
        raise RejectedError("too-many-pixels", f"{width}x{height} pixels")
    if min(width // beside, height) < min_size:
        raise RejectedError("too-small", f"{width}x{height} pixels, the least is {min_size}")
    scale = _DRAFT * size / min(width // beside, height)
    drafted = image.draft(None, (max(1, round(width * scale)), max(1, round(height * scale))))
    image.load()
    if not drafted:
        width, height = image.size  # of a TIFF that Pillow has turned while loading it
    upright = to_srgb(_upright(image))
    if image.size != upright.size:
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


def _identify(file: BinaryIO) -> Image.Image:
    """Read the header only, so that the size is known before any pixel is decoded."""
    try:
        return Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError:
        raise RejectedError("too-many-pixels") from None
    except UnidentifiedImageError:
        file.seek(0)
        head = file.read(512)
    if _matches(head, _SUPPORTED_SIGNATURES):
        raise RejectedError("damaged", "the header cannot be read")
    if _matches(head, _UNSUPPORTED_SIGNATURES) or b"<svg" in head:
        raise RejectedError("unsupported-format")
    raise RejectedError("not-an-image")


def _matches(head: bytes, signatures: tuple[tuple[int, bytes], ...]) -> bool:
    return any(head.startswith(signature, offset) for offset, signature in signatures)


def _upright(image: Image.Image) -> Image.Image:
    """Turn a loaded image as its EXIF orientation says; a broken EXIF block says nothing."""
    try:
        turn = _TO_UPRIGHT.get(image.getexif().get(_ORIENTATION_TAG, 1))
    except Exception:  # the block is parsed only here, and its damage harms no pixel
        turn = None
    return image if turn is None else image.transpose(turn)


def _parts(image: Image.Image, layout: Layout) -> list[Image.Image]:
    """The pictures that an image shows, the given one first."""
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
    return RejectedError("damaged", f"{type(error).__name__}: {text}" if text else "")
