"""The image files that the hostile server serves, good and bad."""

import functools
import io
import struct
import zlib

from PIL import Image

from lsgan.demo.landscapes import render


@functools.lru_cache(maxsize=2048)
def good(number: int, width: int = 320, height: int = 240) -> bytes:
    """The landscape of that number as a JPEG file."""
    return saved(Image.fromarray(render(number, width, height)), "JPEG", quality=85)


def saved(image: Image.Image, form: str, **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, format=form, **options)
    return stream.getvalue()


def _landscape(number: int) -> Image.Image:
    return Image.fromarray(render(number, 320, 240))


@functools.lru_cache(maxsize=1)
def pixel_bomb() -> bytes:
    """A valid PNG of 110 kilobytes that declares 900 million pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        body = kind + data
        return struct.pack(">I", len(data)) + body + struct.pack(">I", zlib.crc32(body))

    side = 30_000
    packer = zlib.compressobj(6)
    row = bytes(1 + (side + 7) // 8)
    pixels = b"".join(packer.compress(row * 100) for _ in range(side // 100)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    signature = b"\x89PNG\r\n\x1a\n"
    return signature + chunk(b"IHDR", head) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def animated() -> bytes:
    frames = [_landscape(number).quantize(64) for number in (1, 2, 3)]
    return saved(frames[0], "GIF", save_all=True, append_images=frames[1:], duration=100)


def cmyk() -> bytes:
    return saved(_landscape(4).convert("CMYK"), "JPEG", quality=85)


def rotated() -> bytes:
    """A landscape that its EXIF orientation 6 turns into a portrait."""
    exif = Image.Exif()
    exif[0x0112] = 6
    return saved(_landscape(5), "JPEG", quality=85, exif=exif)


@functools.lru_cache(maxsize=1)
def gzip_bomb() -> bytes:
    """128 megabytes of zeros in one gzip stream of 130 kilobytes."""
    packer = zlib.compressobj(6, zlib.DEFLATED, 16 + zlib.MAX_WBITS)
    zeros = bytes(1 << 20)
    return b"".join(packer.compress(zeros) for _ in range(128)) + packer.flush()
