"""MNIST in the idx files that every loader of it knows (LeCun et al. 1998).

    train-images-idx3-ubyte.gz   60,000 digits, 28×28, white on black
    train-labels-idx1-ubyte.gz   which digit each is
    t10k-images-idx3-ubyte.gz, t10k-labels-idx1-ubyte.gz   10,000 more

An idx file begins with two zero bytes, the type of its values (8: unsigned bytes), the number of
its dimensions and, as 32-bit big-endian numbers, their lengths. Fashion-MNIST and KMNIST have the
same names and the same form.
"""

import gzip
import hashlib
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

import numpy as np
from PIL import Image

from lsgan.arrays import Pixels
from lsgan.data.candidate import Candidate
from lsgan.data.decode import Decoded, Facts
from lsgan.errors import DataError

_IMAGES, _LABELS = "-images-idx3-ubyte", "-labels-idx1-ubyte"
# What a folder is taken for: a model is trained on the training half alone.
_TRAINING = f"train{_IMAGES}"
_UNSIGNED_BYTES = 8
# Black around each digit makes it 32×32, so that its pixels need not be changed.
_SIDE, _BORDERED = 28, 32
_MOST = 10_000_000


def find(source: Path) -> Path:
    """The file of images that `source` means: itself, or a folder's training half.

    Raises:
        DataError: if there is none.
    """
    if not os.path.lexists(source):
        raise DataError(f"there is no file or folder {source}", "Check the path.")
    if os.path.isfile(source):  # noqa: PTH113 (Path.is_file raises where it may not look)
        return source
    for name in (f"{_TRAINING}.gz", _TRAINING):
        if os.path.isfile(source / name):  # noqa: PTH113
            return source / name
    raise DataError(
        f"there is no {_TRAINING}.gz in {source}",
        "Name the folder with the four idx files, or a file of images in it.",
    )


def read(path: Path, size: int, channels: int) -> Iterator[tuple[Candidate, Decoded]]:
    """The digits in the file `path`, one after another, as images for a pack.

    Each is bordered with black to 32×32 pixels and, for another size, scaled with Lanczos. Its
    class is what the file of labels beside it says, none if there is no such file.

    Args:
        path: a file of images, packed by gzip or not.
        size: height and width of the images given.
        channels: 1, or 3 for the same in every channel.

    Raises:
        DataError: if a file is not what its name says, or the two do not fit together.
    """
    digits = _values(path, 3)
    labels = _labels(path, len(digits))
    for index in range(len(digits)):
        digit: Pixels = digits[index]
        candidate = Candidate(path, str(path.parent), f"{path.name}#{index}", labels[index])
        content = digit.tobytes()
        facts = Facts(_SIDE, _SIDE, "IDX", len(content), hashlib.sha256(content).hexdigest(), 0)
        yield candidate, Decoded(_bordered(digit, size, channels), facts)


def _bordered(digit: Pixels, size: int, channels: int) -> Pixels:
    """uint8 (28, 28) to (channels, size, size)."""
    image = np.pad(digit, (_BORDERED - _SIDE) // 2)
    if size != _BORDERED:
        scaled = Image.fromarray(image).resize((size, size), Image.Resampling.LANCZOS)
        image = np.asarray(scaled)
    return np.repeat(image[None], channels, axis=0)


def _labels(path: Path, count: int) -> list[str | None]:
    """The class of each of `count` images, from the file beside theirs."""
    beside = path.with_name(path.name.replace(_IMAGES, _LABELS))
    if beside == path or not os.path.isfile(beside):  # noqa: PTH113
        return [None] * count
    labels = _values(beside, 1)
    if len(labels) != count:
        raise DataError(
            f"{beside} has {len(labels)} labels for the {count} images in {path.name}",
            "Fetch both files again.",
        )
    return [str(label) for label in labels]


def _values(path: Path, dimensions: int) -> Pixels:
    """The values of an idx file of unsigned bytes with so many dimensions."""
    again = "Fetch it again."
    try:
        with _open(path) as file:
            shape = _shape(file, dimensions)
            if shape is None:
                raise DataError(
                    f"{path} is no idx file of {dimensions} dimensions of bytes",
                    "Name the folder with the four files of MNIST.",
                )
            if shape[1:] not in ((), (_SIDE, _SIDE)):
                found = "×".join(map(str, shape[1:]))
                raise DataError(f"the images in {path} are {found}, not {_SIDE}×{_SIDE}")
            if shape[0] > _MOST:
                raise DataError(f"{path} says it holds {shape[0]} images, more than can be")
            expected = int(np.prod(shape))
            content = file.read(expected + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"cannot read {path}: {error}", again) from error
    if len(content) != expected:
        end = "ends too early" if len(content) < expected else "goes on after its end"
        raise DataError(f"{path} {end}: its {shape[0]} images take {expected} bytes", again)
    if not expected:
        raise DataError(f"{path} is empty", again)
    return np.frombuffer(content, np.uint8).reshape(shape)


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _shape(file: BinaryIO, dimensions: int) -> tuple[int, ...] | None:
    """The lengths that the header tells; None if it is another header."""
    if file.read(4) != bytes([0, 0, _UNSIGNED_BYTES, dimensions]):
        return None
    lengths = file.read(4 * dimensions)
    if len(lengths) != 4 * dimensions:
        return None
    return tuple(int(length) for length in np.frombuffer(lengths, ">u4"))
