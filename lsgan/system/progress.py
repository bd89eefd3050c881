"""Progress bars in terminals, notebooks and log files."""

import sys
from collections.abc import Iterable
from typing import TypeVar, cast

from tqdm import tqdm

Item = TypeVar("Item")

# Seconds. In a file every state of a bar is a line.
_INTERVAL, _INTERVAL_IN_FILES = 0.1, 60


def is_live() -> bool:
    """Whether standard error shows a bar that moves: in a terminal or a notebook."""
    return sys.stderr.isatty() or type(sys.stderr).__module__.startswith("ipykernel.")


def progress_bar(
    iterable: Iterable[Item] | None = None,
    *,
    total: int,
    unit: str,
    progress: bool,
    description: str = "",
    initial: int = 0,
    in_files: bool = False,
) -> "tqdm[Item]":
    """A progress bar on standard error.

    Args:
        iterable: what it counts the items of; without one, it is updated by hand.
        total: the count at its end.
        unit: what is counted, in the plural.
        progress: whether to show it at all.
        description: the words before it.
        initial: the count at its beginning.
        in_files: whether to show it, a line a minute, where it cannot move.
    """
    live = is_live()
    bar = tqdm(
        iterable,
        desc=description or None,
        total=total,
        initial=initial,
        unit=f" {unit}",
        dynamic_ncols=live,
        disable=not (progress and (live or in_files)),
        mininterval=_INTERVAL if live else _INTERVAL_IN_FILES,
    )
    return cast("tqdm[Item]", bar)
