"""Two programs timed by turns, each in processes of its own."""

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

HERE = Path(__file__).parent
sys.path.append(str(HERE.parent))

from benchmark_memory import memory_of_tree  # noqa: E402


class Side:
    """A process that does a piece of work whenever it is told to, and tells how long it took.

    Args:
        module: the name of the script beside this one that it runs.
        *given: its arguments.
    """

    def __init__(self, module: str, *given: object) -> None:
        self.given = [str(each) for each in given]
        self._process = subprocess.Popen(
            [sys.executable, str(HERE / f"{module}.py"), *map(str, given)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.facts = self._answer()

    def work(self) -> float:
        """Seconds that one piece of work took."""
        self._tell("work")
        return float(self._answer()["seconds"])

    def end(self) -> float:
        """Let the process end; its peak memory in megabytes."""
        self._tell("end")
        peak = float(self._answer()["peak_megabytes"])
        self._process.wait()
        return peak

    def _tell(self, word: str) -> None:
        assert self._process.stdin
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def _answer(self) -> dict[str, Any]:
        assert self._process.stdout
        for line in self._process.stdout:
            if line.startswith("{"):
                return dict(json.loads(line))
        raise SystemExit(f"{self._process.args[1]} ended with {self._process.wait()}")


def by_turns(
    what: str, unit: str, amount: float, ours: Side, theirs: Side, rounds: int
) -> dict[str, Any]:
    """A row of the table: `rounds` pieces of work, of `amount` units each, on either side."""
    seconds: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for side, taken in zip((ours, theirs), seconds, strict=True):
            taken.append(side.work())
    row: dict[str, Any] = {"what": what, "unit": unit, "other": "PyTorch"}
    for name, side, taken in zip(("lsgan", "PyTorch"), (ours, theirs), seconds, strict=True):
        row[name] = spread([amount / each for each in taken]) | {"peak_megabytes": side.end()}
    return row | compared([b / a for a, b in zip(*seconds, strict=True)])


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds that `work` takes, and megabytes of the processes it starts, all at their most."""
    peak, over = 0, threading.Event()

    def watch() -> None:
        nonlocal peak
        while not over.wait(0.05):
            sizes = memory_of_tree(os.getpid())
            peak = max(peak, sum(sizes.values()) - sizes.get(os.getpid(), 0))

    watching = threading.Thread(target=watch)
    watching.start()
    started = time.perf_counter()
    try:
        work()
        return time.perf_counter() - started, peak / 1e6
    finally:
        over.set()
        watching.join()


@contextmanager
def endless_loops(count: int) -> Iterator[None]:
    """So many processes that compute all the time."""
    processes = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(count)]
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


def run(*arguments: str) -> None:
    """Run lsgan with these arguments."""
    subprocess.run([sys.executable, "-m", "lsgan", *arguments], check=True, capture_output=True)


def compared(ratios: list[float]) -> dict[str, float]:
    """lsgan's speed over the other's, in the rounds of one comparison."""
    return {"ratio": median(ratios), "ratio_least": min(ratios), "ratio_most": max(ratios)}


def spread(values: list[float]) -> dict[str, float]:
    return {"median": median(values), "least": min(values), "most": max(values)}
