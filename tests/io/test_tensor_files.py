"""A safetensors file is read only if all that its header claims is true of it."""

import json
import os
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from lsgan.io.tensor_files import MalformedError, NotAFileError, opened

ENTRY = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}
CONTENT = b"\0" * 8


def write(path: Path, header: bytes, content: bytes = CONTENT, length: int | None = None) -> Path:
    path.write_bytes(struct.pack("<Q", len(header) if length is None else length))
    with path.open("ab") as file:
        file.write(header + content)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(MalformedError) as caught, opened(path):
        pass
    said = str(caught.value)
    assert said.isprintable()
    assert len(said) < 150
    return said


def test_what_the_library_wrote_is_read_bit_for_bit(tmp_path: Path) -> None:
    numbers = np.random.default_rng(0)
    written = {
        "metadata": numbers.normal(size=(3, 4)).astype(np.float16),
        "named": np.array(7),
        "empty": np.zeros((0, 3), np.float32),
        "large": numbers.normal(size=300_000).astype(np.float32),
        "flags": np.array([True, False]),
    }
    save_file(written, tmp_path / "x", {"a": "b"})
    with opened(tmp_path / "x") as file:
        assert file.metadata == {"a": "b"}
        assert file.entries.keys() == written.keys()
        for name, array in written.items():
            found = file.read(name)
            assert (found.dtype, found.shape) == (array.dtype, array.shape)
            assert found.tobytes() == array.tobytes() == b"".join(file.pieces(name))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"dtype": "BF16"}, "numbers of the type BF16"),
        ({"dtype": "\n" * 9999}, r"numbers of the type (\\n)+\.\.\."),
        ({"dtype": None}, "its header is wrong at a.dtype"),
        ({"shape": [3]}, "a does not lie where"),
        ({"shape": [-2, -1]}, "wrong at a.shape.0"),
        ({"shape": [2.0]}, "wrong at a.shape.0"),
        ({"shape": [1] * 99}, "wrong at a.shape"),
        ({"shape": [2**40, 2**40, 0], "data_offsets": [0, 0]}, "a shape that is too large"),
        ({"shape": [10**40]}, "wrong at a.shape.0"),
        ({"data_offsets": [0, 800], "shape": [200]}, "800 bytes, and 8 are there"),
        ({"data_offsets": [-8, 0]}, "a does not lie where"),
        ({"data_offsets": [8, 0]}, "a does not lie where"),
        ({"data_offsets": [True, 8]}, "wrong at a.data_offsets.0"),
        ({"data_offsets": [0]}, "wrong at a.data_offsets"),
        ({"more": 1}, "wrong at a.more"),
    ],
)
def test_an_entry_that_is_not_true_is_refused(
    tmp_path: Path, change: dict[str, Any], said: str
) -> None:
    header = json.dumps({"a": {**ENTRY, **change}}).encode()
    with pytest.raises(MalformedError, match=said), opened(write(tmp_path / "x", header)):
        pass
    assert refusal(tmp_path / "x")


def test_tensors_that_overlap_or_leave_gaps_are_refused(tmp_path: Path) -> None:
    for begin in (0, 4, 12):
        other = {**ENTRY, "data_offsets": [begin, begin + 8]}
        path = write(tmp_path / "x", json.dumps({"a": ENTRY, "b": other}).encode(), b"\0" * 20)
        assert "does not lie where" in refusal(path)
    assert "8 bytes, and 9 are there" in refusal(
        write(path, json.dumps({"a": ENTRY}).encode(), b"\0" * 9)
    )


@pytest.mark.parametrize(
    ("header", "said"),
    [
        (b"", "not a safetensors file"),
        (b"[" * 100_000, "not a safetensors file"),
        (b'{"a":' * 50_000, "not valid JSON"),
        (b'{"a":' + b"9" * 100_000 + b"}", "not valid JSON"),
        (b'{"\xff":1}', "not valid JSON"),
        (b'{"a":[]}', "wrong at a"),
        (b'{"__metadata__":{"a":1}}', "wrong at __metadata__.a"),
        (b'{"' + b"x" * 9999 + b'":1}', r"wrong at x+\.\.\."),
        (b"{" + b" " * 2**20, "1048577 bytes, and may have 1048576"),
    ],
)
def test_a_header_that_is_none_is_refused(tmp_path: Path, header: bytes, said: str) -> None:
    with pytest.raises(MalformedError, match=said), opened(write(tmp_path / "x", header, b"")):
        pass
    assert refusal(tmp_path / "x")


@pytest.mark.parametrize("length", [9, 2**31, 2**63, 2**64 - 1])
def test_a_header_longer_than_the_file_is_not_waited_for(tmp_path: Path, length: int) -> None:
    assert "ends before" in refusal(write(tmp_path / "x", b"{}", b"", length))


def test_a_file_that_ends_too_early_is_refused_wherever_it_does(tmp_path: Path) -> None:
    whole = write(tmp_path / "x", json.dumps({"a": ENTRY}).encode()).read_bytes()
    for end in range(len(whole)):
        (tmp_path / "x").write_bytes(whole[:end])
        assert refusal(tmp_path / "x")


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such files")
def test_folders_devices_and_pipes_are_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", Path("/dev/zero"), Path("/dev/null")):
        with pytest.raises(NotAFileError), opened(path):
            pass
