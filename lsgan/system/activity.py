"""What a command that computes is busy with before it can show a progress bar."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def activity(text: str) -> Iterator[None]:
    """Show what is going on, where a bar would move, and take it away at the end."""
    if not sys.stderr.isatty():
        yield
        return
    print(text, end="\r", file=sys.stderr, flush=True)
    try:
        yield
    finally:
        print(" " * len(text), end="\r", file=sys.stderr, flush=True)
