"""Any Pillow image as opaque sRGB with 8 bits a channel."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageCms, TiffImagePlugin

_ALPHA_MODES = ("LA", "La", "RGBA", "RGBa", "PA")
# The full scales in use for floating-point greys.
_FLOAT_SCALES = (1, 2**8 - 1, 2**16 - 1, 2**32 - 1)

# How much of a large image is converted at a time.
_STRIP_PIXELS = 1 << 21

_BITS, _PHOTOMETRIC, _SAMPLE_FORMAT = 258, 262, 339  # tags of TIFF
_WHITE_IS_ZERO = 0
_SIGNED = 2

_EXIF, _INTEROPERABILITY = 0x8769, 0xA005
_COLOUR_SPACE, _INTEROPERABILITY_INDEX = 0xA001, 1
_UNCALIBRATED, _ADOBE_RGB = 0xFFFF, 2


@dataclass(frozen=True)
class _Encoding:
    """What the numbers of an image stand for, which a part cut out of it does not tell any more.

    Attributes:
        scale: the number that stands for full light, or full dark; None for modes of 8 bits.
        bits: of a number in the file.
        signed: whether the numbers are.
        white_is_zero: whether the greatest number is black.
        profile: an ICC profile, or None for sRGB.
    """

    scale: float | None
    bits: int
    signed: bool
    white_is_zero: bool
    profile: bytes | None


def to_srgb(image: Image.Image, reduction: int = 1) -> Image.Image:
    """A loaded image of any mode in mode RGB: alpha laid on white, colours converted to sRGB.

    An embedded ICC profile is followed where it is sound and fits the image; without one, EXIF's
    word for Adobe RGB, as cameras leave it. Else the values are taken as sRGB already, which is
    what browsers do.

    Args:
        image: loaded; not changed.
        reduction: how many times smaller in width and height the result is to be; one larger than
            1 keeps memory small, since the image is converted strip by strip.

    Raises:
        ValueError: if Pillow knows no way from the image's mode.
    """
    encoding = _encoding(image)
    if reduction == 1:
        return _convert_part(image, encoding)
    width, height = (length // reduction for length in image.size)
    reduced = Image.new("RGB", (width, height))
    for top, strip in _strips(image, reduction):
        reduced.paste(_convert_part(strip, encoding).reduce(reduction), (0, top))
    return reduced


def _strips(image: Image.Image, reduction: int) -> Iterator[tuple[int, Image.Image]]:
    """An image in strips, each with the row that it begins in when it is reduced.

    What a reduction leaves over is left out, half of it on either side.
    """
    left, upper = (length % reduction // 2 for length in image.size)
    right = left + image.width // reduction * reduction
    height = image.height // reduction
    rows = max(1, _STRIP_PIXELS // (image.width * reduction))
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        box = (left, upper + top * reduction, right, upper + bottom * reduction)
        yield top, image.crop(box)


def _encoding(image: Image.Image) -> _Encoding:
    """What an image's numbers mean: Pillow hands them out as they stand in the file."""
    tags = image.tag_v2 if isinstance(image, TiffImagePlugin.TiffImageFile) else {}
    bits = tags.get(_BITS, (16,))[0]
    signed = image.mode in ("L", "I") and tags.get(_SAMPLE_FORMAT) == (_SIGNED,)
    scale: float | None = None
    if image.mode == "F":
        greatest = max(
            float(np.nan_to_num(np.asarray(part)).max()) for _, part in _strips(image, 1)
        )
        scale = next((full for full in _FLOAT_SCALES if greatest <= full), _FLOAT_SCALES[-1])
    elif image.mode == "I" or image.mode.startswith("I;16") or signed:
        scale = 2 ** (bits - signed) - 1
    return _Encoding(
        scale=scale,
        bits=bits,
        signed=signed,
        white_is_zero=scale is not None and tags.get(_PHOTOMETRIC) == _WHITE_IS_ZERO,
        profile=image.info.get("icc_profile") or _profile_by_exif(image),
    )


def _convert_part(image: Image.Image, encoding: _Encoding) -> Image.Image:
    opaque = _opaque(_eight_bit(image, encoding))
    if opaque.mode == "LAB":
        return _from_lab(opaque)
    if isinstance(encoding.profile, bytes):
        # A broken or foreign profile must not lose the image, and lcms, Pillow and the
        # profile's own structure each fail with errors of their own.
        try:
            return _convert(opaque, _transform(encoding.profile, opaque.mode))
        except Exception:
            return opaque.convert("RGB")
    return opaque.convert("RGB")


def _eight_bit(image: Image.Image, encoding: _Encoding) -> Image.Image:
    """Scale greys of more than 8 bits, signed or floating-point, to 8 bits; leave the others."""
    if encoding.scale is None:
        return image
    values = _numbers(image, encoding)
    transparent = values == image.info.get("transparency")
    if encoding.white_is_zero:
        values = encoding.scale - values
    light = values.clip(0, encoding.scale) * (255 / encoding.scale)
    grey = Image.fromarray((light + 0.5).astype(np.uint8))
    if isinstance(image.info.get("transparency"), int):
        grey.paste(255, mask=Image.fromarray(transparent))
    return grey


def _numbers(image: Image.Image, encoding: _Encoding) -> np.ndarray[Any, Any]:
    """The numbers in the file, where Pillow takes those of 32 bits as signed and of 8 as not."""
    values = np.asarray(image)
    if image.mode == "F":
        return np.nan_to_num(values.astype(np.float64))
    if encoding.bits == 32 and not encoding.signed:
        values = values.view(np.uint32)
    elif encoding.bits == 8:
        values = values.view(np.int8)
    return values.astype(np.float32 if encoding.bits <= 16 else np.float64)


def _opaque(image: Image.Image) -> Image.Image:
    """Lay a transparent image on white; palettes become RGB, 1-bit becomes grey."""
    if image.mode in _ALPHA_MODES or "transparency" in image.info:
        grey = image.mode in ("LA", "La")
        layered = image.convert("RGBA")
        alpha = layered.getchannel("A")
        colours = layered.getchannel("R") if grey else layered.convert("RGB")
        white = Image.new(colours.mode, colours.size, "white")
        white.paste(colours, mask=alpha)
        return white
    if image.mode == "1":
        return image.convert("L")
    if image.mode in ("L", "RGB", "CMYK", "LAB"):
        return image
    return image.convert("RGB")


def _convert(image: Image.Image, transform: ImageCms.ImageCmsTransform) -> Image.Image:
    converted = ImageCms.applyTransform(image, transform)
    if converted is None:
        raise ValueError("the colour transform made no image")
    return converted


def _from_lab(image: Image.Image) -> Image.Image:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    return _convert(image, ImageCms.buildTransform(lab, _srgb(), "LAB", "RGB"))


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


# One camera writes one profile into all its images, and building a transform costs more
# than using it on a small image.
@lru_cache(maxsize=32)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform:
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    return ImageCms.buildTransform(source, _srgb(), mode, "RGB")


def _profile_by_exif(image: Image.Image) -> bytes | None:
    """The profile of Adobe RGB if EXIF says that the values are in it, by its own or DCF's rule."""
    if image.mode != "RGB":
        return None
    try:
        exif = image.getexif()
        space = exif.get_ifd(_EXIF).get(_COLOUR_SPACE)
        if space == _ADOBE_RGB:
            return _adobe_rgb()
        # Asked for where it is not, it is an error to Pillow 12.
        index = exif.get_ifd(_INTEROPERABILITY).get(_INTEROPERABILITY_INDEX)
    except Exception:  # a broken block says nothing
        return None
    is_adobe = space == _UNCALIBRATED and str(index).startswith("R03")
    return _adobe_rgb() if is_adobe else None


@lru_cache(maxsize=1)
def _adobe_rgb() -> bytes:
    """An ICC profile of Adobe RGB (1998): its primaries adapted to D50, and its gamma, 563/256."""

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))

    gamma = b"curv\0\0\0\0" + struct.pack(">IH2x", 1, 563)
    tags = {
        b"wtpt": xyz(0.95045, 1, 1.08905),
        b"rXYZ": xyz(0.60974, 0.31111, 0.01947),
        b"gXYZ": xyz(0.20528, 0.62567, 0.06087),
        b"bXYZ": xyz(0.14919, 0.06322, 0.74457),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), gamma),
    }
    start = 128 + 4 + 12 * len(tags)
    table, data = struct.pack(">I", len(tags)), b""
    for name, content in tags.items():
        table += name + struct.pack(">II", start + len(data), len(content))
        data += content
    header = struct.pack(">I4xI", start + len(data), 0x02400000) + b"mntrRGB XYZ "
    header = header.ljust(36, b"\0") + b"acsp"
    header = header.ljust(68, b"\0") + struct.pack(">3i", 63190, 65536, 54061)  # D50
    return header.ljust(128, b"\0") + table + data
