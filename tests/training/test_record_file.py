"""Files of records, whole and damaged."""

import zlib
from pathlib import Path

import pytest

from lsgan.training.record_file import RecordFile, no_checksum

RECORDS = [b"first", b"", b"\x00" * 300]


def crc(content: bytes) -> bytes:
    return zlib.crc32(content).to_bytes(4, "little")


@pytest.mark.parametrize("checksum", [no_checksum, crc])
def test_records_come_back_and_can_be_dropped(tmp_path: Path, checksum) -> None:
    file = RecordFile(tmp_path / "records", checksum)
    for record in RECORDS:
        file.add(record)
    assert list(file) == RECORDS
    file.filter(lambda record: record != b"first")
    assert list(file) == RECORDS[1:]
    file.add(b"last")
    assert list(file) == [*RECORDS[1:], b"last"]
    assert [path.name for path in tmp_path.iterdir()] == ["records"]


@pytest.mark.parametrize("end", [b"\x05", b"\x09" + 7 * b"\x00" + b"abc", b"\xff" * 40])
def test_a_file_ends_where_it_is_damaged(tmp_path: Path, end: bytes) -> None:
    file = RecordFile(tmp_path / "records")
    file.add(b"first")
    with file.path.open("ab") as damaged:
        damaged.write(end)
    assert list(file) == [b"first"]
    file.filter(lambda _: True)
    file.add(b"second")
    assert list(file) == [b"first", b"second"]


@pytest.mark.parametrize(("place", "left"), [(0, 0), (4, 0), (9, 0), (8 + 4 + 5 + 4, 1)])
def test_a_length_with_a_wrong_checksum_is_damage(tmp_path: Path, place: int, left: int) -> None:
    file = RecordFile(tmp_path / "records", crc)
    for record in RECORDS:
        file.add(record)
    content = bytearray(file.path.read_bytes())
    content[place] ^= 1
    file.path.write_bytes(content)
    assert list(file) == RECORDS[:left]
