"""Intel's OpenMP, whose threads Paddle's libraries compute on, on Linux."""

import ctypes
import importlib.util
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path


@cache
def library() -> ctypes.CDLL | None:
    """The library that Paddle brings and has loaded; None where there is none."""
    found = importlib.util.find_spec("paddle")
    if sys.platform != "linux" or found is None or found.origin is None:
        return None
    try:
        loaded = ctypes.CDLL(str(Path(found.origin).parent / "libs" / "libiomp5.so"))
        return loaded if hasattr(loaded, "kmp_set_blocktime") else None
    except OSError:
        return None


@contextmanager
def one_thread() -> Iterator[None]:
    """Within this the calling thread computes alone.

    Not for each of many operations: the library lets go of the other threads, and gathering them
    again takes longer than a small operation.
    """
    openmp = library()
    if openmp is None:
        yield
        return
    threads = openmp.omp_get_max_threads()
    openmp.omp_set_num_threads(1)
    try:
        yield
    finally:
        openmp.omp_set_num_threads(threads)
