"""The page as a user opens it."""

import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic, sleep

_PATIENCE = 120  # seconds, for the slowest of machines


@contextmanager
def explored(*words: object) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """The address of `lsgan explore`, in a process that is ended in the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "lsgan", "explore", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    lines: queue.Queue[str] = queue.Queue()
    assert process.stdout is not None
    reader = threading.Thread(target=lambda: [lines.put(line) for line in process.stdout or ()])
    reader.start()
    try:
        said = ""
        while "http://" not in said:
            said += lines.get(timeout=_PATIENCE)
        yield next(word for word in said.split() if word.startswith("http://")), process
    finally:
        process.kill()
        process.wait()
        reader.join()


def interrupt(process: "subprocess.Popen[str]") -> int:
    """Press Ctrl-C; returns the exit code."""
    process.send_signal(signal.SIGINT)
    return process.wait(_PATIENCE)


def until(found: Callable[[], object]) -> None:
    """Wait until `found` returns something true."""
    end = monotonic() + _PATIENCE / 2
    while not found():
        assert monotonic() < end, "nothing came"
        sleep(0.05)
