"""Files of records: the form of TensorBoard's event files and of VisualDL's logs.

A record is its length, its bytes, and after each of the two a checksum, where the format has one.
"""

import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

from lsgan.io.files import atomic, writing

Checksum = Callable[[bytes], bytes]

_LENGTH = struct.Struct("<Q")


def no_checksum(_: bytes) -> bytes:
    """The checksum of a format that has none."""
    return b""


class RecordFile:
    """A file that records are added to; each is with the operating system before `add` returns.

    Args:
        path: the file; it need not be there yet.
        checksum: the bytes that follow a length, and the content of a record.
    """

    def __init__(self, path: Path, checksum: Checksum = no_checksum) -> None:
        self.path = path
        self._checksum = checksum

    def add(self, record: bytes) -> None:
        """Write a record at the end.

        Raises:
            OutputError: if the operating system refuses.
        """
        length = _LENGTH.pack(len(record))
        framed = length + self._checksum(length) + record + self._checksum(record)
        with writing(self.path), self.path.open("ab") as file:
            file.write(framed)

    def filter(self, is_kept: Callable[[bytes], bool]) -> None:
        """Drop, atomically, the records that are not to be kept.

        A file ends at its first damaged record, such as a last one that was cut off.
        """
        with (
            atomic(self.path) as temporary,
            self.path.open("rb") as old,
            temporary.open("wb") as new,
        ):
            for record, framed in self._read(old):
                if is_kept(record):
                    new.write(framed)

    def __iter__(self) -> Iterator[bytes]:
        with self.path.open("rb") as file:
            for record, _ in self._read(file):
                yield record

    def _read(self, file: BinaryIO) -> Iterator[tuple[bytes, bytes]]:
        """Each record of an open file, alone and with what is around it.

        Checksums of contents are not computed, which would take long for images.
        """
        room, size = len(self._checksum(b"")), self.path.stat().st_size
        while len(head := file.read(_LENGTH.size + room)) == _LENGTH.size + room:
            length, checksum = head[: _LENGTH.size], head[_LENGTH.size :]
            [count] = _LENGTH.unpack(length)
            if checksum != self._checksum(length) or file.tell() + count + room > size:
                return
            record = file.read(count)
            yield record, head + record + file.read(room)
