"""oneDNN's shared library, which Paddle's builds bring with them, through its C interface.

Version 3 of the interface; see its header dnnl.h and uxlfoundation.github.io/oneDNN.
"""

import ctypes
import importlib.util
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import nullcontext
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from lsgan.arrays import Floats, address, aligned
from lsgan.system.openmp import one_thread

# An array of float32, or of bfloat16 as uint16, since NumPy has no bfloat16.
Values = np.ndarray[Any, np.dtype[Any]]
BFLOAT16 = np.dtype(np.uint16)
FLOAT32 = np.dtype(np.float32)

# The enumerations of dnnl_types.h that are needed.
_CPU, _IN_ORDER = 1, 1
_DATA_TYPES = {BFLOAT16: 2, FLOAT32: 3}
# An order in memory that is left to the library.
_ANY_ORDER = 1
# dnnl_cpu_isa_t: AVX2; AVX-512, without which there are no products of bfloat16; and AMX with them.
_AVX2, _AVX512, _AMX = 0x7, 0x27, 0xFEF
_MOST_DIMENSIONS = 12
# So many values are worked on by one thread in about the time that it takes to wake another.
_WORTH_A_THREAD = 1 << 18
# Compiled operations are kept, one for each form of the arrays; a training has a few hundred.
_MOST_OPERATIONS = 4096

# For a training, and what an array is to an operation, as dnnl_types.h numbers them.
FORWARD_TRAINING = 64
SOURCE, TARGET, WEIGHTS = 1, 17, 33
SOURCE_GRADIENT, TARGET_GRADIENT, WEIGHTS_GRADIENT = 129, 145, 161

Pointer = ctypes.c_void_p


class _Argument(ctypes.Structure):
    _fields_ = (("argument", ctypes.c_int), ("memory", Pointer))


class _Version(ctypes.Structure):
    _fields_ = (("major", ctypes.c_int), ("minor", ctypes.c_int), ("patch", ctypes.c_int))


class Order:
    """An order in memory that oneDNN has chosen for an array of an operation.

    Args:
        description: its memory descriptor.
        size: of an array in this order, in bytes.
    """

    def __init__(self, description: Pointer, size: int) -> None:
        self.description, self.size = description, size

    def empty(self) -> "Ordered":
        """An array in this order, its values not set."""
        return Ordered(aligned((self.size // FLOAT32.itemsize,)), self)


class Ordered(NamedTuple):
    """A float32 array in an order of oneDNN's.

    Attributes:
        values: all of them, float32 (n,), some perhaps padding.
        order: where each value is.
    """

    values: Floats
    order: Order


def is_available() -> bool:
    """Whether the installed Paddle brings oneDNN 3 and the processor has AVX2; on Linux only."""
    return _has(_AVX2)


def has_bfloat16() -> bool:
    """Whether oneDNN is there and this processor has AVX-512."""
    return _has(_AVX512)


def has_amx() -> bool:
    """Whether this processor has units of its own for products of bfloat16."""
    return _has(_AMX)


class Engine:
    """The library, with the one engine and the one queue of a CPU.

    Args:
        library: oneDNN's shared library.
    """

    def __init__(self, library: ctypes.CDLL) -> None:
        self.library = library
        self.engine = self.create("dnnl_engine_create", _CPU, ctypes.c_size_t(0))
        self.stream = self.create("dnnl_stream_create", self.engine, _IN_ORDER)

    def create(self, function: str, *given: Any) -> Pointer:
        """What one of the library's functions makes, whose first argument takes it."""
        made = Pointer()
        self.check(getattr(self.library, function)(ctypes.byref(made), *given))
        return made

    def check(self, status: int) -> None:
        """Raise a `RuntimeError` if the library has refused something."""
        if status:
            raise RuntimeError(f"oneDNN answered with status {status}")

    def destroy(self, kind: str, made: Pointer) -> None:
        """Free what `create` has made, a "memory" or a "primitive", or the "…_desc" of one."""
        self.check(getattr(self.library, f"dnnl_{kind}_destroy")(made))

    def describe(self, array: Values | Ordered) -> Pointer:
        """How an array lies in memory."""
        if isinstance(array, Ordered):
            return self.create("dnnl_memory_desc_clone", array.order.description)
        strides = dimensions(*(stride // array.itemsize for stride in array.strides))
        create = "dnnl_memory_desc_create_with_strides"
        kind = _DATA_TYPES[array.dtype]
        return self.create(create, array.ndim, dimensions(*array.shape), kind, strides)

    def describe_any(self, shape: tuple[int, ...]) -> Pointer:
        """A float32 array of `shape` in an order that is yet to be chosen."""
        create = "dnnl_memory_desc_create_with_tag"
        kind = _DATA_TYPES[FLOAT32]
        return self.create(create, len(shape), dimensions(*shape), kind, _ANY_ORDER)

    def order(self, description: Pointer, query: int) -> Order:
        """The order of an array that the operation described has chosen.

        Args:
            description: the operation's primitive descriptor.
            query: which array, of dnnl_query_t.
        """
        self.library.dnnl_primitive_desc_query_md.restype = Pointer
        found = Pointer(self.library.dnnl_primitive_desc_query_md(description, query, 0))
        copied = self.create("dnnl_memory_desc_clone", found)
        self.library.dnnl_memory_desc_get_size.restype = ctypes.c_size_t
        return Order(copied, int(self.library.dnnl_memory_desc_get_size(copied)))


class Operation:
    """An operation compiled for arrays of one form.

    Args:
        engine: the engine.
        description: the operation's primitive descriptor.
        forms: of the arrays that it is called with, by what they are to it.
    """

    def __init__(self, engine: Engine, description: Pointer, forms: dict[int, Pointer]) -> None:
        self._engine = engine
        self._primitive = engine.create("dnnl_primitive_create", description)
        self._memories = [
            engine.create("dnnl_memory_create", form, engine.engine, None)
            for form in forms.values()
        ]
        self._arguments = (_Argument * len(forms))(
            *map(_Argument, forms, (memory.value for memory in self._memories))
        )
        engine.destroy("primitive_desc", description)
        for form in forms.values():
            engine.destroy("memory_desc", form)

    def __call__(self, arrays: Iterable[Values | Ordered]) -> None:
        """Run it with arrays of its forms, in the order of these."""
        library, check = self._engine.library, self._engine.check
        for memory, array in zip(self._memories, arrays, strict=True):
            values = array.values if isinstance(array, Ordered) else array
            check(library.dnnl_memory_set_data_handle(memory, Pointer(address(values))))
        count = len(self._arguments)
        check(
            library.dnnl_primitive_execute(
                self._primitive, self._engine.stream, count, self._arguments
            )
        )

    def release(self) -> None:
        """Free what the library holds for the operation, which is not to be called again."""
        self._engine.destroy("primitive", self._primitive)
        for memory in self._memories:
            self._engine.destroy("memory", memory)


_operations: dict[Any, Operation] = {}
# An operation holds the addresses of its arrays: one thread at a time.
_lock = threading.Lock()


def run(
    describe: Callable[..., Pointer],
    settings: tuple[float, ...],
    arrays: Mapping[int, Values | Ordered],
) -> None:
    """Compile an operation, unless that was done for arrays of this form, and run it.

    Args:
        describe: makes its primitive descriptor from the engine, the arrays' forms and `settings`.
        settings: numbers that the operation depends on.
        arrays: what it takes and gives, by what they are to it.
    """
    key = describe, settings, *map(_form, arrays.values())
    with _lock:
        if key not in _operations and len(_operations) >= _MOST_OPERATIONS:
            for operation in _operations.values():
                operation.release()
            _operations.clear()
        if key not in _operations:
            engine = cpu_engine()
            # Most operations have as many threads as there are when they are compiled.
            with one_thread() if _is_small(arrays.values()) else nullcontext():
                forms = {role: engine.describe(array) for role, array in arrays.items()}
                _operations[key] = Operation(engine, describe(engine, forms, *settings), forms)
        _operations[key](arrays.values())


def dimensions(*sizes: int) -> "ctypes.Array[ctypes.c_int64]":
    """Sizes, strides or places as the library takes them."""
    return (ctypes.c_int64 * _MOST_DIMENSIONS)(*sizes)


def _is_small(arrays: Iterable[Values | Ordered]) -> bool:
    """Whether an operation on the arrays is done before another thread is awake."""
    values = (array.values if isinstance(array, Ordered) else array for array in arrays)
    return sum(each.size for each in values) < _WORTH_A_THREAD


def _form(array: Values | Ordered) -> Any:
    if isinstance(array, Ordered):
        return array.order
    return array.shape, array.strides, array.dtype.char


@cache
def _has(instructions: int) -> bool:
    library = _library()
    if library is None:
        return False
    return int(library.dnnl_get_effective_cpu_isa()) & instructions == instructions


@cache
def cpu_engine() -> Engine:
    """The one engine of this process.

    Raises:
        RuntimeError: if `is_available` says no.
    """
    library = _library()
    if library is None:
        raise RuntimeError("this build of Paddle brings no oneDNN")
    return Engine(library)


@cache
def _library() -> ctypes.CDLL | None:
    """Paddle's oneDNN, if it is version 3: the versions' interfaces differ."""
    found = importlib.util.find_spec("paddle")
    if sys.platform != "linux" or found is None or found.origin is None:
        return None
    # Paddle itself has loaded it, and so the libraries that it needs.
    import_module("paddle")
    try:
        library = ctypes.CDLL(str(Path(found.origin).parent / "libs" / "libdnnl.so.3"))
        library.dnnl_version.restype = ctypes.POINTER(_Version)
        return library if library.dnnl_version().contents.major == 3 else None
    except (AttributeError, OSError):
        return None
