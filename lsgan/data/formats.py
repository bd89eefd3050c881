"""Which image files are read, and what to say of the others.

Pillow decodes them. Two kinds depend on what is installed: AVIF on how Pillow was built, HEIC, the
format of many phones, on the package pillow-heif of the extra `heic`.
"""

import contextlib
import importlib
import os
import threading
from collections.abc import Iterator
from typing import BinaryIO

from PIL import Image, PngImagePlugin, TiffImagePlugin, UnidentifiedImageError, features

from lsgan.data.rejection import RejectedError

# Pillow's own reader mixes up the planes of a TIFF with 16 bits and one plane a channel; libtiff
# does not.
TiffImagePlugin.READ_LIBTIFF = True
# Image generators and editors leave megabytes of text beside the pixels, printers large profiles;
# Pillow refuses an image with more than one megabyte.
PngImagePlugin.MAX_TEXT_CHUNK = 1 << 26
PngImagePlugin.MAX_TEXT_MEMORY = 1 << 27


def _registered_heif() -> bool:
    """Whether Pillow reads HEIC from now on."""
    with contextlib.suppress(ImportError):
        importlib.import_module("pillow_heif").register_heif_opener(thumbnails=False)
        return True
    return False


_AVIF = bool(features.check("avif"))
_HEIF = _registered_heif()
# JPEG includes MPO, the JPEG of phones with more images (depth, other eye) behind the first.
FORMATS = (
    *("JPEG", "PNG", "WEBP", "BMP", "TIFF", "GIF"),
    *(["AVIF"] if _AVIF else []),
    *(["HEIF"] if _HEIF else []),
)

_SIGNATURES = (
    (0, b"\xff\xd8\xff", "JPEG"),
    (0, b"\x89PNG\r\n\x1a\n", "PNG"),
    (8, b"WEBP", "WEBP"),
    (0, b"GIF8", "GIF"),
    (0, b"II*\0", "TIFF"),
    (0, b"MM\0*", "TIFF"),
    (0, b"II+\0", "TIFF"),
    (0, b"MM\0+", "TIFF"),
    (0, b"BM", "BMP"),
)

_CONVERT = "convert it to JPEG or PNG"
_RAW = "a camera's raw file: develop it to JPEG or TIFF"
_UNREAD_SIGNATURES = (
    (0, b"\xff\x0a", f"JPEG XL: {_CONVERT}"),
    (0, b"\0\0\0\x0cJXL ", f"JPEG XL: {_CONVERT}"),
    (0, b"\0\0\0\x0cjP  ", f"JPEG 2000: {_CONVERT}"),
    (0, b"\xff\x4f\xff\x51", f"JPEG 2000: {_CONVERT}"),
    (0, b"\0\0\1\0", f"an icon: {_CONVERT}"),
    (0, b"8BPS", f"Photoshop's own format: {_CONVERT}"),
    (0, b"v/1\1", f"OpenEXR: {_CONVERT}"),
    (0, b"DDS ", f"DirectDraw: {_CONVERT}"),
    (0, b"P5", f"a portable map: {_CONVERT}"),
    (0, b"P6", f"a portable map: {_CONVERT}"),
    (0, b"FUJIFILMCCD-RAW", _RAW),
    (0, b"IIRO", _RAW),
    (0, b"IIRS", _RAW),
    (0, b"IIU\0", _RAW),
    (0, b"FOVb", _RAW),
)
# Files of ISO's base media format name their kind at this offset; most are videos.
_BRAND = slice(8, 12)
_AVIF_BRANDS = (b"avif", b"avis")
_HEIC_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")
_CANON_BRAND = b"crx "

# In what Pillow's readers raise: a kind of file that they do not know, rather than a broken one.
_UNKNOWN = ("unsupported", "not supported", "unknown", "unrecognized", "not available", "max_text")

_DNG_VERSION, _SUBFILES, _SUBFILE_TYPE = 50706, 330, 254
_REDUCED = 1

_SILENCE = threading.Lock()


def identify(file: BinaryIO) -> Image.Image:
    """Read an image's header only, so that its size is known before any pixel is decoded.

    Raises:
        RejectedError: if it is no image, or one that is not read.
    """
    try:
        image = Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError:
        raise RejectedError("too-many-pixels") from None
    except UnidentifiedImageError:
        raise _unidentified(file) from None
    if isinstance(image, TiffImagePlugin.TiffImageFile) and _is_raw(image, file):
        raise RejectedError("unsupported-format", _RAW)
    return image


@contextlib.contextmanager
def quiet(image: Image.Image) -> Iterator[None]:
    """Keep libtiff, which tells of every fault by itself, from writing to the terminal."""
    if not isinstance(image, TiffImagePlugin.TiffImageFile):
        yield
        return
    # Standard error is the whole process's: of two threads, the second would take the first one's
    # silence for it.
    with _SILENCE:
        stderr, null = os.dup(2), os.open(os.devnull, os.O_WRONLY)
        os.dup2(null, 2)
        try:
            yield
        finally:
            os.dup2(stderr, 2)
            os.close(stderr)
            os.close(null)


def is_unknown(error: Exception) -> bool:
    """Whether a reader of Pillow's has given up on a kind of file, and not on a broken one."""
    if isinstance(error, (NotImplementedError, KeyError)):
        return True
    return any(word in str(error).lower() for word in _UNKNOWN)


def _unidentified(file: BinaryIO) -> RejectedError:
    file.seek(0)
    head = file.read(512)
    for offset, signature, kind in _SIGNATURES:
        if head.startswith(signature, offset):
            return _header_error(file, kind)
    for offset, signature, words in _UNREAD_SIGNATURES:
        if head.startswith(signature, offset):
            return RejectedError("unsupported-format", words)
    if head[4:8] == b"ftyp":
        return _media(head[_BRAND])
    if b"<svg" in head:
        return RejectedError("unsupported-format", f"a vector graphic: {_CONVERT}")
    return RejectedError("not-an-image")


def _header_error(file: BinaryIO, kind: str) -> RejectedError:
    """Why Pillow's reader of `kind` does not take the file, which Pillow keeps to itself."""
    file.seek(0)
    try:
        Image.OPEN[kind][0](file, "")
    except Exception as error:  # a hostile file can raise anything
        if is_unknown(error):
            words = f"a {kind} that Pillow does not read ({str(error)[:100]}): {_CONVERT}"
            return RejectedError("unsupported-format", words)
    return RejectedError("damaged", "the header cannot be read")


def _media(brand: bytes) -> RejectedError:
    if brand in _AVIF_BRANDS:
        if _AVIF:
            return RejectedError("damaged", "the header cannot be read")
        return RejectedError("unsupported-format", "AVIF: pip install --upgrade pillow")
    if brand in _HEIC_BRANDS:
        if _HEIF:
            return RejectedError("damaged", "the header cannot be read")
        return RejectedError("unsupported-format", 'HEIC: pip install "lsgan[heic]"')
    if brand == _CANON_BRAND:
        return RejectedError("unsupported-format", _RAW)
    return RejectedError("not-an-image", "a video")


def _is_raw(image: TiffImagePlugin.TiffImageFile, file: BinaryIO) -> bool:
    """Whether a TIFF is a camera's, in which only a preview can be read."""
    place = file.tell()
    file.seek(8)
    canon = file.read(2) == b"CR"
    file.seek(place)
    tags = image.tag_v2
    preview = tags.get(_SUBFILE_TYPE) == _REDUCED and _SUBFILES in tags
    return canon or _DNG_VERSION in tags or preview
