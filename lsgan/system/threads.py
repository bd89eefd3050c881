"""Parts of one computation on several threads, which NumPy lets run at the same time."""

import os
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

from threadpoolctl import ThreadpoolController

Part = TypeVar("Part")
Result = TypeVar("Result")

_here = threading.local()


def threads() -> int:
    """How many threads compute: what OpenMP's libraries, Paddle's among them, are told too."""
    # It may be a list, one number for each level of nesting.
    first = os.environ.get("OMP_NUM_THREADS", "").split(",")[0].strip()
    return max(1, int(first)) if first.isdecimal() else 1


def limit_loaded() -> None:
    """Have the matrix libraries that are loaded by now compute on no more than `threads()`."""
    # It holds until it is lifted, which it never is.
    ThreadpoolController().select(user_api="blas").limit(limits=threads())


def each(compute: Callable[[Part], Result], parts: Iterable[Part]) -> list[Result]:
    """What `compute` gives for each part, in their order.

    On all threads at once, unless there is but one part or this is itself part of such a
    computation.
    """
    parts = list(parts)
    if len(parts) == 1 or threads() == 1 or getattr(_here, "is_part", False):
        return [compute(part) for part in parts]
    # NumPy's matrix library has threads of its own, which are not to be multiplied with these.
    with _libraries().limit(limits=1):
        return list(_pool().map(compute, parts))


def shares(length: int, most: int) -> list[slice]:
    """The slices of at most `most` items each that make up `length` items."""
    return [slice(start, min(start + most, length)) for start in range(0, length, most)]


def even_shares(length: int, most: int) -> list[slice]:
    """The same in slices of one length, as many for each thread, as far as that goes."""
    rounds = max(1, -(-length // (most * threads())))
    return shares(length, max(1, -(-length // (rounds * threads()))))


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads(), initializer=lambda: setattr(_here, "is_part", True))


@cache
def _libraries() -> ThreadpoolController:
    return ThreadpoolController().select(user_api="blas")
