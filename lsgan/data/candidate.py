"""A file that may be packed."""

from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from lsgan.data.rejection import RejectedError

# The endings of images, those that are not read among them.
_SUFFIXES = (
    *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".webp", ".gif", ".bmp", ".dib"),
    *(".tif", ".tiff", ".avif", ".heic", ".heif", ".hif", ".jxl", ".jp2", ".j2k", ".jpx", ".ico"),
    *(".psd", ".svg", ".ppm", ".pgm", ".pbm", ".pnm", ".tga", ".exr", ".dds", ".dng", ".cr2"),
    *(".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2", ".pef", ".srw", ".raw"),
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that may be an image.

    Attributes:
        path: where it is.
        source: the folder or file that was asked for, as it was given.
        file: the path below the source, with `/` between its parts on every system.
        category: the image's class: what a file of the source tells, else the first folder below
            the source, as in the usual layout; or none.
        attribution: whose it is, where a file of the source tells that.
        rejection: why it is not to be used, where that is known before it is decoded.
    """

    path: Path
    source: str
    file: str
    category: str | None = None
    attribution: dict[str, str] | None = None
    rejection: RejectedError | None = None

    @property
    def is_named_as_image(self) -> bool:
        """Whether the file's name ends as an image's does."""
        return PurePosixPath(self.file).suffix.lower() in _SUFFIXES

    def rejected(self, reason: str, detail: str = "") -> "Candidate":
        """The same file, not to be used; the arguments are those of `RejectedError`."""
        return replace(self, rejection=RejectedError(reason, detail))
