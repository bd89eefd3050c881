"""Weights are read from every usual file, and code in a file is never run."""

import io
import os
import pickle
import struct
import sys
import types
import zipfile
from pathlib import Path

import numpy as np
import paddle
import pytest
from safetensors.numpy import save_file

from lsgan.errors import RunError
from lsgan.io.weights import load_weights

MATRIX = np.arange(12, dtype=np.float32).reshape(3, 4)


class _Storage:
    """Stands for a storage of PyTorch while a file is made without it."""

    def __init__(self, key: str, values: np.ndarray, kind: str = "FloatStorage") -> None:
        self.key, self.values, self.kind = key, values, kind


class _Tensor:
    def __init__(
        self, storage: _Storage, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
    ) -> None:
        self.arguments = (storage, offset, shape, strides, False, {})

    def __reduce__(self) -> tuple[object, ...]:
        return sys.modules["torch._utils"]._rebuild_tensor_v2, self.arguments


class _Pickler(pickle.Pickler):
    def persistent_id(self, thing: object) -> object:
        if not isinstance(thing, _Storage):
            return None
        kind = getattr(sys.modules["torch"], thing.kind)
        return ("storage", kind, thing.key, "cpu", len(thing.values), *self.extra)

    extra: tuple[object, ...] = ()


@pytest.fixture
def fake_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """The names that PyTorch's files mention, without PyTorch."""
    torch, utils = types.ModuleType("torch"), types.ModuleType("torch._utils")

    def _rebuild_tensor_v2() -> None:
        raise AssertionError("must not be called")

    for function in (_rebuild_tensor_v2,):
        function.__module__, function.__qualname__ = "torch._utils", function.__name__
        setattr(utils, function.__name__, function)
    for name in ("FloatStorage", "LongStorage"):
        setattr(torch, name, type(name, (), {"__module__": "torch"}))
    torch._utils = utils
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "torch._utils", utils)


def state() -> tuple[dict[str, object], list[_Storage]]:
    """A state dictionary with a plain, a transposed, a shared and an integer tensor."""
    one, two = (
        _Storage("0", MATRIX.ravel()),
        _Storage("1", np.array([7, 8], np.int64), "LongStorage"),
    )
    tensors: dict[str, object] = {
        "a.weight": _Tensor(one, 0, (3, 4), (4, 1)),
        "a.transposed": _Tensor(one, 0, (4, 3), (1, 4)),
        "a.row": _Tensor(one, 4, (4,), (1,)),
        "count": _Tensor(two, 1, (), ()),
    }
    return tensors, [one, two]


def check(found: dict[str, np.ndarray]) -> None:
    assert found.keys() == {"a.weight", "a.transposed", "a.row", "count"}
    np.testing.assert_array_equal(found["a.weight"], MATRIX)
    np.testing.assert_array_equal(found["a.transposed"], MATRIX.T)
    np.testing.assert_array_equal(found["a.row"], MATRIX[1])
    assert found["count"] == 8
    assert found["count"].dtype == np.int64


def write_archive(path: Path, content: object, storages: list[_Storage]) -> Path:
    stream = io.BytesIO()
    _Pickler(stream, protocol=2).dump(content)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("weights/data.pkl", stream.getvalue())
        for storage in storages:
            archive.writestr(f"weights/data/{storage.key}", storage.values.tobytes())
    return path


def write_stream(path: Path, content: object, storages: list[_Storage]) -> Path:
    with path.open("wb") as file:
        for part in (0x1950A86A20F9469CFC6C, 1001, {"little_endian": True}):
            pickle.dump(part, file, protocol=2)
        pickler = _Pickler(file, protocol=2)
        pickler.extra = (None,)
        pickler.dump(content)
        pickle.dump([storage.key for storage in storages], file, protocol=2)
        for storage in storages:
            file.write(struct.pack("<q", len(storage.values)) + storage.values.tobytes())
    return path


@pytest.mark.usefixtures("fake_torch")
@pytest.mark.parametrize("write", [write_archive, write_stream])
def test_pytorch_files_old_and_new_are_read(tmp_path: Path, write: object) -> None:
    check(load_weights(write(tmp_path / "weights.pth", *state())))


def test_files_that_pytorch_wrote_are_read(tmp_path: Path) -> None:
    torch = pytest.importorskip("torch", reason="pip install torch to compare")
    matrix = torch.arange(12, dtype=torch.float32).reshape(3, 4)
    tensors = {
        "a.weight": torch.nn.Parameter(matrix),
        "a.transposed": matrix.T,
        "a.row": matrix[1],
        "count": torch.tensor([7, 8])[1],
    }
    for new in (True, False):
        torch.save(tensors, tmp_path / "w.pth", _use_new_zipfile_serialization=new)
        check(load_weights(tmp_path / "w.pth"))


def test_safetensors_are_read(tmp_path: Path) -> None:
    save_file({"a": MATRIX}, tmp_path / "w.safetensors")
    np.testing.assert_array_equal(load_weights(tmp_path / "w.safetensors")["a"], MATRIX)


def test_safetensors_that_begin_like_a_pickle_are_read(tmp_path: Path) -> None:
    path, starts = tmp_path / "w.safetensors", set()
    # Their first byte is of the header's length, a multiple of eight.
    for count in range(64):
        save_file({"a": MATRIX}, path, {"note": "x" * 8 * count})
        starts.add(path.read_bytes()[0])
        np.testing.assert_array_equal(load_weights(path)["a"], MATRIX)
    assert 0x80 in starts


def test_files_that_paddle_wrote_are_read(tmp_path: Path) -> None:
    layer = paddle.nn.Linear(3, 4)
    paddle.save(layer.state_dict(), str(tmp_path / "w.pdparams"))
    found = load_weights(tmp_path / "w.pdparams")
    assert found.keys() == {"weight", "bias"}
    np.testing.assert_array_equal(found["weight"], layer.weight.numpy())


@pytest.mark.parametrize("protocol", [2, 4])
@pytest.mark.parametrize("kind", ["<f4", ">f4", "<f8", "<i8", "|u1", "|b1"])
def test_arrays_that_numpy_pickled_are_read(tmp_path: Path, kind: str, protocol: int) -> None:
    values = MATRIX.astype(kind)
    content = {"a": values, "columns": np.asfortranarray(values), "named": ("n", values)}
    (tmp_path / "w.pdparams").write_bytes(pickle.dumps(content, protocol))
    for found in load_weights(tmp_path / "w.pdparams").values():
        assert found.dtype == values.dtype
        np.testing.assert_array_equal(found, values)


class _Call:
    """A pickle of it calls a function, and then gives a state to what that returned."""

    def __init__(self, function: object, *arguments: object, state: object = None) -> None:
        self.reduced = (function, arguments, state)

    def __reduce__(self) -> tuple[object, ...]:
        return self.reduced if self.reduced[2] is not None else self.reduced[:2]


@pytest.mark.parametrize(
    "thing",
    [
        _Call(np.ndarray, (1,), "O", b"A" * 8),
        _Call(np.ndarray, (1,), np.dtype("O"), b"A" * 8),
        np.array([MATRIX, None], object),
        np.zeros(2, [("a", "O"), ("b", "f4")]),
        _Call(np.ndarray, (0,), state=(1, (2,), "O", False, b"A" * 16)),
        _Call(np.ndarray, (0,), state=(1, (9,), np.dtype("f4"), False, b"A" * 8)),
        _Call(np.ndarray, (0,), state=(1, (2**62, 4), np.dtype("f4"), False, b"A" * 8)),
    ],
)
def test_arrays_of_addresses_are_never_made(tmp_path: Path, thing: object) -> None:
    # Numpy would follow the bytes of such an array wherever they point.
    (tmp_path / "w.pdparams").write_bytes(pickle.dumps({"a": thing}, 4))
    with pytest.raises(RunError):
        load_weights(tmp_path / "w.pdparams")


class _Hostile:
    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.mark),)


@pytest.mark.usefixtures("fake_torch")
@pytest.mark.parametrize("kind", ["plain", "archive", "stream"])
def test_code_in_a_file_is_refused_and_not_run(tmp_path: Path, kind: str) -> None:
    mark, path = tmp_path / "mark", tmp_path / "weights.pth"
    content = {"a": _Hostile(mark)}
    if kind == "plain":
        path.write_bytes(pickle.dumps(content))
    else:
        {"archive": write_archive, "stream": write_stream}[kind](path, content, [])
    with pytest.raises(RunError, match=r"holds code \(\w+\.mkdir\), not only weights"):
        load_weights(path)
    assert not mark.exists()


@pytest.mark.usefixtures("fake_torch")
@pytest.mark.parametrize(
    ("offset", "shape", "strides"), [(0, (4, 4), (4, 1)), (-1, (2,), (1,)), (0, (2,), (99,))]
)
def test_arrays_never_reach_beyond_their_storage(
    tmp_path: Path, offset: int, shape: tuple[int, ...], strides: tuple[int, ...]
) -> None:
    storage = _Storage("0", MATRIX.ravel())
    content = {"a": _Tensor(storage, offset, shape, strides)}
    with pytest.raises(RunError, match="damaged or no weights file"):
        load_weights(write_archive(tmp_path / "w.pth", content, [storage]))


@pytest.mark.usefixtures("fake_torch")
def test_a_view_of_a_view_is_refused(tmp_path: Path) -> None:
    storage = _Storage("0", MATRIX.ravel())
    # A stride of 0 makes it longer than its memory.
    long = _Tensor(storage, 0, (10**9,), (0,))
    content = {"a": _Tensor(long, 0, (10**9,), (1,))}
    with pytest.raises(RunError, match="damaged or no weights file"):
        load_weights(write_archive(tmp_path / "w.pth", content, [storage]))


@pytest.mark.usefixtures("fake_torch")
@pytest.mark.parametrize("write", [write_archive, write_stream])
def test_a_file_cut_short_is_refused(tmp_path: Path, write: object) -> None:
    path = write(tmp_path / "w.pth", *state())
    content = path.read_bytes()
    for length in range(0, len(content), 37):
        path.write_bytes(content[:length])
        with pytest.raises(RunError):
            load_weights(path)


@pytest.mark.parametrize(
    "content", [b"", b"these are no weights", b"\x80", b"PK\x03\x04", b"\x80\x02}."]
)
def test_what_holds_no_weights_is_refused_in_one_line(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "weights.pth"
    path.write_bytes(content)
    with pytest.raises(RunError) as caught:
        load_weights(path)
    assert str(path) in caught.value.message
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"cannot read .*missing\.pth"):
        load_weights(tmp_path / "missing.pth")
