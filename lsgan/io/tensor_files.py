"""Safetensors files, of which nothing is believed before it has been checked.

Such a file is the length of its header in eight bytes, the header in JSON, and the bytes of the
tensors, one tensor after another (https://huggingface.co/docs/safetensors). The library, which
writes them, takes headers of 100 MB and any type of numbers, and waits for a pipe that nobody
writes to. Here all that a header claims is held against the file first, and the tensors are read
one by one.
"""

import math
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, BinaryIO, NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lsgan.text import printable

# That of a checkpoint has 50 KB.
_MOST_HEADER = 1 << 20
_MOST_NUMBERS = 1 << 48
_PIECE = 1 << 20
_LENGTH = 8
# The types that numpy has, by their names in a header.
_TYPES = {
    "F64": "float64",
    "F32": "float32",
    "F16": "float16",
    "I64": "int64",
    "I32": "int32",
    "I16": "int16",
    "I8": "int8",
    "U64": "uint64",
    "U32": "uint32",
    "U16": "uint16",
    "U8": "uint8",
    "BOOL": "bool",
}


class MalformedError(Exception):
    """A file is not what the format says; the text tells why, as a part of a sentence."""


class NotAFileError(OSError):
    """A path leads to something that is not a file."""


class Entry(NamedTuple):
    """What a header says of one tensor.

    Attributes:
        dtype: the type of its numbers, as numpy calls it.
        shape: its shape.
        start: where it begins, in bytes after the header.
        end: where it ends.
    """

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


class TensorFile:
    """An open file whose header has been found in order.

    Attributes:
        metadata: the texts beside the tensors.
        entries: the tensors by name.
    """

    def __init__(self, file: BinaryIO) -> None:
        size = file.seek(0, 2)
        file.seek(0)
        length, first = int.from_bytes(file.read(_LENGTH), "little"), file.read(1)
        self._file = file
        self._begin = _LENGTH + length
        if first != b"{":
            raise MalformedError("it is not a safetensors file")
        if size < self._begin:
            raise MalformedError("it ends before its header does")
        if length > _MOST_HEADER:
            raise MalformedError(f"its header has {length} bytes, and may have {_MOST_HEADER}")
        file.seek(_LENGTH)
        header = _parsed(file.read(length))
        self.metadata = header.metadata
        named = header.model_extra or {}
        self.entries = {name: _entry(name, said) for name, said in named.items()}
        _check_places(self.entries, size - self._begin)

    def read(self, name: str) -> np.ndarray[Any, Any]:
        """A tensor."""
        entry = self.entries[name]
        self._file.seek(self._begin + entry.start)
        count = math.prod(entry.shape)
        return np.fromfile(self._file, entry.dtype, count).reshape(entry.shape)

    def pieces(self, name: str) -> Iterator[bytes]:
        """The bytes of a tensor, not more than a megabyte at a time."""
        entry = self.entries[name]
        for place in range(entry.start, entry.end, _PIECE):
            self._file.seek(self._begin + place)
            yield self._file.read(min(_PIECE, entry.end - place))


@contextmanager
def opened(path: Path) -> Iterator[TensorFile]:
    """The file at `path`, whose header has been checked.

    Raises:
        MalformedError: if it is not a safetensors file.
        NotAFileError: if it is a folder, a device or a pipe.
        OSError: if the operating system refuses.
    """
    check_regular(path)
    with path.open("rb") as file:
        yield TensorFile(file)


def check_regular(path: Path) -> None:
    """Refuse folders, devices and pipes, which may have no end or keep a reader waiting.

    Raises:
        NotAFileError: if `path` is one.
        OSError: if the operating system refuses.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise NotAFileError("it is not a file")


class _Said(BaseModel):
    """What a header says of one tensor, as it stands there."""

    model_config = ConfigDict(strict=True, extra="forbid")

    dtype: str
    shape: Annotated[list[Annotated[int, Field(ge=0, lt=_MOST_NUMBERS)]], Field(max_length=8)]
    data_offsets: tuple[int, int]


class _Header(BaseModel):
    # All other keys are names of tensors.
    model_config = ConfigDict(strict=True, extra="allow")
    __pydantic_extra__: dict[str, _Said]

    metadata: dict[str, str] = Field({}, alias="__metadata__")


def _parsed(text: bytes) -> _Header:
    try:
        # In pydantic's parser depth and digits are bounded.
        return _Header.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = printable(".".join(map(str, first["loc"])))
        raise MalformedError(
            f"its header is wrong at {place}" if place else "its header is not valid JSON"
        ) from error


def _entry(name: str, said: _Said) -> Entry:
    if said.dtype not in _TYPES:
        raise MalformedError(
            f"{printable(name)} has numbers of the type {printable(said.dtype, 20)}, "
            "which is not read"
        )
    return Entry(_TYPES[said.dtype], tuple(said.shape), *said.data_offsets)


def _check_places(entries: dict[str, Entry], size: int) -> None:
    """Refuse tensors that overlap, leave gaps, or do not have as many bytes as their shapes say."""
    end = 0
    for name, entry in sorted(entries.items(), key=lambda item: item[1][2:]):
        # Numpy counts the empty ones as if each 0 were a 1.
        if math.prod(max(1, length) for length in entry.shape) >= _MOST_NUMBERS:
            raise MalformedError(f"{printable(name)} has a shape that is too large")
        bytes_ = math.prod(entry.shape) * np.dtype(entry.dtype).itemsize
        if entry.start != end or entry.end != end + bytes_:
            raise MalformedError(f"{printable(name)} does not lie where its header says")
        end = entry.end
    if end != size:
        raise MalformedError(f"its tensors have {end} bytes, and {size} are there")
