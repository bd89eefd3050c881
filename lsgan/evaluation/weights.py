"""Reading a weights file without running any code from it, and fetching one.

Weight files of PyTorch and of Paddle are pickles, which may call any function. Here only those
names are let through that arrays are made of; any other ends the reading.
"""

import collections
import io
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file

from lsgan.arrays import Arrays
from lsgan.errors import RunError

# The FID's Inception weights as PaddleGAN publishes them.
ADDRESS = "https://paddlegan.bj.bcebos.com/InceptionV3.pdparams"

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
        found = _load(path)
    except OSError as error:
        raise RunError(f"cannot read {path}: {error.strerror or error}", remedy) from error
    except _ForbiddenError as error:
        raise RunError(
            f"{path} holds code ({error}), not only weights; it was not run", remedy
        ) from error
    # A pickle cut short or made of other bytes fails in every way there is.
    except Exception as error:
        raise RunError(f"{path} is damaged or no weights file", remedy) from error
    arrays = {str(key): value for key, value in found.items() if isinstance(value, np.ndarray)}
    if not arrays:
        raise RunError(f"{path} holds no weights", remedy)
    return arrays


def download_weights() -> Path:
    """Fetch the weights of the FID's Inception network, once; returns where they lie.

    Raises:
        RunError: if they cannot be fetched.
    """
    from paddle.utils.download import get_weights_path_from_url

    try:
        return Path(get_weights_path_from_url(ADDRESS))
    # Paddle raises whatever its HTTP library does, and RuntimeError after its last try.
    except Exception as error:
        raise RunError(
            f"the Inception weights could not be fetched from {ADDRESS}",
            "Fetch that file, or pt_inception-2015-12-05-6726825d.pth, on a machine that has a "
            "network and give it with --weights.",
        ) from error


def _load(path: Path) -> dict[Any, Any]:
    if zipfile.is_zipfile(path):
        return _from_archive(path)
    with path.open("rb") as file:
        start = file.read(2)
        file.seek(0)
        if start[:1] != b"\x80":
            return _from_safetensors(path)
        first = _Unpickler(file).load()
        if first == _MAGIC:
            return _from_stream(file)
        return {key: _array(value) for key, value in dict(first).items()}


def _from_safetensors(path: Path) -> dict[Any, Any]:
    try:
        return dict(load_file(path))
    except SafetensorError as error:
        raise ValueError("neither a pickle nor safetensors") from error


def _from_archive(path: Path) -> dict[Any, Any]:
    """PyTorch's format since 1.6: a ZIP archive of a pickle and one file for each storage."""
    with zipfile.ZipFile(path) as archive:
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
    """An array as Paddle writes it: by itself, or after its name."""
    return value[1] if isinstance(value, tuple) and len(value) == 2 else value


def _view(storage: Any, offset: int, shape: Any, strides: Any, *_: Any) -> Any:
    """The array that PyTorch describes as a view of a storage; the rest is about gradients."""
    last = offset + sum((length - 1) * step for length, step in zip(shape, strides, strict=True))
    if min((offset, *shape, *strides), default=0) < 0 or (0 not in shape and last >= len(storage)):
        raise ValueError("an array reaches beyond its storage")
    item = storage.itemsize
    return np.lib.stride_tricks.as_strided(
        storage[offset:], tuple(shape), tuple(step * item for step in strides), writeable=False
    )


def _parameter(array: Any, *_: Any) -> Any:
    return array


def _reconstruct(*arguments: Any) -> Any:
    """The way numpy begins an array that a pickle then fills."""
    shape, kind = arguments[1:]
    return np.ndarray.__new__(np.ndarray, shape, kind)


class _Unpickler(pickle.Unpickler):
    """Reads a pickle that holds nothing but arrays.

    Args:
        file: where the pickle begins.
        storage: gives the numbers of a storage from its type, key and count.
    """

    def __init__(
        self, file: BinaryIO, storage: Callable[[str, str, int], Any] | None = None
    ) -> None:
        super().__init__(file)
        self._storage = storage

    def find_class(self, module: str, name: str) -> Any:
        allowed: dict[tuple[str, str], Any] = {
            ("collections", "OrderedDict"): collections.OrderedDict,
            ("torch._utils", "_rebuild_tensor_v2"): _view,
            ("torch._utils", "_rebuild_parameter"): _parameter,
            ("numpy", "ndarray"): np.ndarray,
            ("numpy", "dtype"): np.dtype,
            ("numpy.core.multiarray", "_reconstruct"): _reconstruct,
            ("numpy._core.multiarray", "_reconstruct"): _reconstruct,
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


def _encode(text: str, encoding: str = "latin1") -> bytes:
    """How older pickles hold bytes."""
    return text.encode(encoding)
