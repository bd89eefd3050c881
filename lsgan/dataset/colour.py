"""Any Pillow image as opaque sRGB with 8 bits a channel."""

from functools import lru_cache
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageCms

_ALPHA_MODES = ("LA", "La", "RGBA", "RGBa", "PA")
# The full scales in use for pictures whose mode does not tell: 16 and 32 bits for whole
# numbers; 1, 8, 16 and 32 bits for floating-point ones.
_INTEGER_SCALES = (2**16 - 1, 2**32 - 1)
_FLOAT_SCALES = (1, 2**8 - 1, 2**16 - 1, 2**32 - 1)


def to_srgb(image: Image.Image) -> Image.Image:
    """A loaded image of any mode in mode RGB: alpha laid on white, colours converted to sRGB.

    An embedded ICC profile is followed where it is sound and fits the image; else the values
    are taken as sRGB already, which is what browsers do.

    Raises:
        ValueError: if Pillow knows no way from the image's mode.
    """
    profile = image.info.get("icc_profile")
    opaque = _opaque(_eight_bit(image))
    if opaque.mode == "LAB":
        return _from_lab(opaque)
    if isinstance(profile, bytes) and profile:
        # A broken or foreign profile must not lose the picture, and lcms, Pillow and the
        # profile's own structure each fail with errors of their own.
        try:
            return _convert(opaque, _transform(profile, opaque.mode))
        except Exception:
            return opaque.convert("RGB")
    return opaque.convert("RGB")


def _eight_bit(image: Image.Image) -> Image.Image:
    """Scale 16-bit, 32-bit and floating-point greys to 8 bits; other modes stay as they are."""
    values: np.ndarray[Any, Any]
    if image.mode.startswith("I;16"):
        values = np.asarray(image).astype(np.float32)
        scale = 2**16 - 1
    elif image.mode in ("I", "F"):
        values = np.nan_to_num(np.asarray(image).astype(np.float64))
        scales = _INTEGER_SCALES if image.mode == "I" else _FLOAT_SCALES
        scale = next((full for full in scales if values.max() <= full), scales[-1])
    else:
        return image
    grey = Image.fromarray((values.clip(0, scale) * (255 / scale) + 0.5).astype(np.uint8))
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        grey.paste(255, mask=Image.fromarray(values == transparent))
    return grey


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


# One camera writes one profile into all its pictures, and building a transform costs more
# than using it on a small picture.
@lru_cache(maxsize=32)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform:
    source = ImageCms.ImageCmsProfile(BytesIO(profile))
    return ImageCms.buildTransform(source, _srgb(), mode, "RGB")
