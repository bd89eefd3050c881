"""Saving images as animations: GIF, WebP, APNG and MP4, marked as what the program has made."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lsgan.errors import ConfigError
from lsgan.io.files import atomic
from lsgan.io.images import MARK, exif_mark, png_mark

_VIDEO_MISSING = 'Install the extra with: pip install "lsgan[video]", or write a .gif or .webp.'


def check_format(suffix: str) -> None:
    """Refuse a kind of animation that cannot be written here.

    Args:
        suffix: as in a file name, such as ".gif".

    Raises:
        ConfigError: if there is no such kind, or what it needs is not installed.
    """
    if suffix not in FORMATS:
        raise ConfigError(
            f"animations are not written as {suffix}", f"Choose one of: {', '.join(FORMATS)}."
        )
    if suffix == ".mp4":
        _av()


def save_animation(images: Iterator[Image.Image], path: Path, milliseconds: int) -> None:
    """Write `images`, one or more of one size, atomically; all kinds but MP4 loop.

    Args:
        images: the frames.
        path: where to; its suffix, one of `FORMATS`, decides the kind.
        milliseconds: how long each frame is shown.

    Raises:
        ConfigError: as `check_format` does.
        OutputError: if the operating system refuses.
    """
    suffix = path.suffix.lower()
    check_format(suffix)
    with atomic(path) as temporary:
        FORMATS[suffix](images, temporary, milliseconds)


def _gif(images: Iterator[Image.Image], path: Path, milliseconds: int) -> None:
    _save(images, path, milliseconds, is_streamed=True, format="GIF", comment=MARK.encode())


def _webp(images: Iterator[Image.Image], path: Path, milliseconds: int) -> None:
    _save(images, path, milliseconds, format="WEBP", quality=90, method=4, exif=exif_mark())


def _apng(images: Iterator[Image.Image], path: Path, milliseconds: int) -> None:
    _save(images, path, milliseconds, format="PNG", pnginfo=png_mark())


def _save(
    images: Iterator[Image.Image],
    path: Path,
    milliseconds: int,
    is_streamed: bool = False,
    **options: Any,
) -> None:
    first = next(images)
    # Pillow goes through the frames of a GIF once, through those of the others twice.
    others = images if is_streamed else list(images)
    first.save(path, save_all=True, append_images=others, duration=milliseconds, loop=0, **options)


def _mp4(images: Iterator[Image.Image], path: Path, milliseconds: int) -> None:
    """H.264 in the colours that every player takes, whose frames have even sizes."""
    av = _av()
    first = next(images)
    width, height = (length + length % 2 for length in first.size)
    with av.open(str(path), "w", format="mp4") as container:
        container.metadata["encoder"] = MARK
        stream = container.add_stream("libx264", rate=round(1000 / milliseconds))
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.options = {"crf": "16"}
        for image in _all(first, images):
            pixels = np.asarray(image.convert("RGB"))
            edges = ((0, height - image.height), (0, width - image.width), (0, 0))
            # Repeating the last row and column shows no border.
            frame = av.VideoFrame.from_ndarray(np.pad(pixels, edges, mode="edge"), format="rgb24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode())


def _all(first: Image.Image, others: Iterator[Image.Image]) -> Iterator[Image.Image]:
    yield first
    yield from others


def _av() -> Any:
    """The encoder, of the extra `video`.

    Raises:
        ConfigError: if it is not installed.
    """
    try:
        import av
    except ImportError as error:
        raise ConfigError("MP4 needs the package av", _VIDEO_MISSING) from error
    return av


FORMATS: dict[str, Callable[[Iterator[Image.Image], Path, int], None]] = {
    ".gif": _gif,
    ".webp": _webp,
    ".apng": _apng,
    ".mp4": _mp4,
}
