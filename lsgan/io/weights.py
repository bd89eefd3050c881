"""Reading a weights file without running any code from it.

Weight files of PyTorch and of Paddle are pickles, which may call any function. Here only those
names are let through that arrays are made of; any other ends the reading. Numpy itself is never
handed to the pickle: an array of objects over bytes of its choice would be as good as code.
"""

import collections
import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from lsgan.arrays import Arrays
from lsgan.errors import RunError
from lsgan.io.tensor_files import check_regular, opened
from lsgan.text import printable

_TYPES = {
    "DoubleStorage": "float64",
    "FloatStorage": "float32",
    "HalfStorage": "float16",
    "LongStorage": "int64",
    "IntStorage": "int32",
    "ShortStorage": "int16",
    "CharStorage": "int8",
    "ByteStorage": "uint8",
    "BoolStorage": "bool",
}
# What the numbers of an array in a pickle may be; objects are not among them.
_NUMBERS = {"f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "b1"}
# How PyTorch began its files before they were archives (torch/serialization.py).
_MAGIC = 0x1950A86A20F9469CFC6C


class _ForbiddenError(Exception):
    """A pickle names something else than arrays are made of."""


def load_weights(path: Path) -> Arrays:
    """The arrays in a weights file by their names.

    Args:
        path: a file of safetensors (.safetensors), of PyTorch (.pth, .pt) or of Paddle
            (.pdparams); what it is shows in its content.

    Raises:
        RunError: if it cannot be read, is none of them, or holds more than arrays.
    """
    remedy = "Give a .safetensors, .pth or .pdparams file that holds a network's weights."
    try:
        check_regular(path)
        found = _load(path)
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror or error}", remedy) from error
    except _ForbiddenError as error:
        raise RunError(
            f"{path} holds code ({printable(str(error))}), not only weights; it was not run", remedy
        ) from error
    # A pickle cut short or made of other bytes fails in every way there is.
    except Exception as error:
        raise RunError(f"{path} is damaged or no weights file", remedy) from error
    # A key that is no text may be longer in words than any memory.
    taken = {key: _array(value) for key, value in found.items() if isinstance(key, str)}
    arrays = {key: value for key, value in taken.items() if isinstance(value, np.ndarray)}
    if not arrays:
        raise RunError(f"{path} holds no weights", remedy)
    return arrays


def _load(path: Path) -> dict[Any, Any]:
    if zipfile.is_zipfile(path):
        return _from_archive(path)
    with path.open("rb") as file:
        start = file.read(9)
        file.seek(0)
        # Safetensors begin with a length of eight bytes, whose first may be a pickle's too.
        if start[:1] != b"\x80" or start[4:] == b"\0\0\0\0{":
            return _from_safetensors(path)
        first = _Unpickler(file).load()
        if first == _MAGIC:
            return _from_stream(file)
        return dict(first)


def _from_safetensors(path: Path) -> dict[Any, Any]:
    with opened(path) as file:
        return {name: file.read(name) for name in file.entries}


def _from_archive(path: Path) -> dict[Any, Any]:
    """PyTorch's format since 1.6: a ZIP archive of a pickle and one file for each storage."""
    with zipfile.ZipFile(path) as archive:
        if any(each.compress_type != zipfile.ZIP_STORED for each in archive.infolist()):
            # PyTorch compresses nothing, and what has been may be a thousand times the file.
            raise ValueError("a compressed archive")
        (content,) = (name for name in archive.namelist() if name.endswith("/data.pkl"))
        folder = content[: -len("data.pkl")]

        def storage(name: str, key: str, _: int) -> Any:
            return np.frombuffer(archive.read(f"{folder}data/{key}"), _TYPES[name])

        return dict(_Unpickler(io.BytesIO(archive.read(content)), storage).load())


def _from_stream(file: BinaryIO) -> dict[Any, Any]:
    """PyTorch's format before 1.6: pickles one after another, and then the storages."""
    for _ in ("protocol", "system"):
        _Unpickler(file).load()
    storages: dict[str, Any] = {}

    def storage(name: str, key: str, count: int) -> Any:
        # The numbers follow later; arrays that look at this place see them then.
        return storages.setdefault(key, np.zeros(count, _TYPES[name]))

    found = _Unpickler(file, storage).load()
    for key in _Unpickler(file).load():
        count = int.from_bytes(file.read(8), "little")
        place = storages[key]
        if count != len(place):
            raise ValueError("a storage has another length than the arrays in it")
        place[:] = np.frombuffer(file.read(place.nbytes), place.dtype)
    return dict(found)


def _array(value: Any) -> Any:
    """An array as PyTorch or Paddle writes it: by itself, or after its name."""
    if isinstance(value, tuple) and len(value) == 2:
        value = value[1]
    return value.values if isinstance(value, _Array) else value


def _view(storage: Any, offset: int, shape: Any, strides: Any, *_: Any) -> Any:
    """The array that PyTorch describes as a view of a storage; the rest is about gradients."""
    # Python's integers, since numpy's overflow; and no view of a view, which may be longer than
    # the memory under it.
    offset, shape, strides = int(offset), tuple(map(int, shape)), tuple(map(int, strides))
    if not (isinstance(storage, np.ndarray) and storage.ndim == 1 and storage.flags.c_contiguous):
        raise ValueError("an array of something else than a storage")
    last = offset + sum((length - 1) * step for length, step in zip(shape, strides, strict=True))
    if min((offset, *shape, *strides), default=0) < 0 or (0 not in shape and last >= len(storage)):
        raise ValueError("an array reaches beyond its storage")
    item = storage.itemsize
    return np.lib.stride_tricks.as_strided(
        storage[offset:], shape, tuple(step * item for step in strides), writeable=False
    )


def _parameter(array: Any, *_: Any) -> Any:
    return array


class _Kind:
    """Stands for numpy's dtype in a pickle: plain numbers and nothing else."""

    def __init__(self, code: str, *_: Any) -> None:
        if code not in _NUMBERS:
            raise _ForbiddenError(f"numpy.dtype {code!r}")
        self.numbers = np.dtype(code)

    def __setstate__(self, state: Any) -> None:
        self.numbers = self.numbers.newbyteorder(state[1])


class _Array:
    """Stands for numpy's array in a pickle, which first makes an empty one and then fills it."""

    values: Any = None

    def __init__(self, *_: Any) -> None:
        pass

    def __setstate__(self, state: Any) -> None:
        _, shape, kind, by_columns, content = state
        if not isinstance(kind, _Kind):
            raise ValueError("an array of something else than numbers")
        # Python 2 wrote bytes as text.
        content = content.encode("latin1") if isinstance(content, str) else content
        order: Any = "F" if by_columns else "C"
        self.values = np.ndarray(shape, kind.numbers, content, order=order)


class _Unpickler(pickle.Unpickler):
    """Reads a pickle that holds nothing but arrays.

    Args:
        file: where the pickle begins.
        storage: gives the numbers of a storage from its type, key and count.
    """

    def __init__(
        self, file: BinaryIO, storage: Callable[[str, str, int], Any] | None = None
    ) -> None:
        super().__init__(file, encoding="latin1")
        self._storage = storage

    def find_class(self, module: str, name: str) -> Any:
        allowed: dict[tuple[str, str], Any] = {
            ("collections", "OrderedDict"): collections.OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _view,
            ("torch._utils", "_rebuild_parameter"): _parameter,
            ("numpy", "ndarray"): _Array,
            ("numpy", "dtype"): _Kind,
            ("numpy.core.multiarray", "_reconstruct"): _Array,
            ("numpy._core.multiarray", "_reconstruct"): _Array,
            ("_codecs", "encode"): _encode,
            ("builtins", "tuple"): tuple,
            ("__builtin__", "tuple"): tuple,
        }
        if module == "torch" and name in _TYPES:
            return name
        if (module, name) not in allowed:
            raise _ForbiddenError(f"{module}.{name}")
        return allowed[module, name]

    def persistent_load(self, identity: Any) -> Any:
        if self._storage is None or identity[0] != "storage":
            raise _ForbiddenError("a reference to something outside the file")
        return self._storage(identity[1], identity[2], identity[4])


def _encode(text: str, *_: Any) -> bytes:
    """How older pickles hold bytes, always in this one encoding: others load modules."""
    return text.encode("latin1")
