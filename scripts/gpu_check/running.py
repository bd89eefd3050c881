"""Doing one step after another, each within its limit and all within a budget."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from plan import Step

PASSED, FAILED, OUT_OF_TIME, LEFT_OUT = "passed", "failed", "out of time", "not run"
# A line that a step prints with something for the report, as JSON after this word.
FIGURE = "FIGURE "
# With less time left, in seconds, no step is begun.
_LEAST = 5.0
_TAIL = 15


@dataclass(frozen=True)
class Result:
    """How a step went.

    Attributes:
        name: the step's.
        verdict: one of the four above.
        seconds: how long it took.
        tail: the last lines that it printed.
        figures: what it found.
    """

    name: str
    verdict: str
    seconds: float = 0.0
    tail: list[str] = field(default_factory=list)
    figures: list[dict[str, Any]] = field(default_factory=list)


def run_all(
    steps: Iterable[Step], seconds: float, logs: Path, after: Callable[[list[Result]], None]
) -> list[Result]:
    """Do the steps, whatever becomes of those before.

    Args:
        steps: in their order.
        seconds: for all of them together.
        logs: the folder for what they print.
        after: is called with all results so far after each step, since the machine may be gone
            before the last.
    """
    results: list[Result] = []
    logs.mkdir(parents=True, exist_ok=True)
    ends = time.monotonic() + seconds
    for number, step in enumerate(steps, start=1):
        left = ends - time.monotonic()
        if left < _LEAST:
            results.append(Result(step.name, LEFT_OUT, tail=["no time was left"]))
        else:
            results.append(run(step, min(step.limit, left), logs / f"{number:02}.log"))
        after(results)
    return results


def run(step: Step, limit: float, log: Path) -> Result:
    """Do one step, and end it and all that it has started when its time is over."""
    started = time.monotonic()
    with log.open("wb") as file:
        try:
            process = subprocess.Popen(
                step.command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                env=os.environ | step.environment,
                start_new_session=os.name == "posix",
            )
        except OSError as error:
            return Result(step.name, FAILED, tail=[f"cannot start {step.command[0]}: {error}"])
        try:
            code = process.wait(limit)
            verdict = FAILED if code else PASSED
            note = [f"ended with {code}"] if code else []
        except subprocess.TimeoutExpired:
            verdict, note = OUT_OF_TIME, [f"ended after {limit:.0f} s"]
        finally:
            _end(process)
    lines = log.read_bytes().decode(errors="replace").split("\n")
    # A bar is one line that is written again and again.
    printed = [line.rstrip().rsplit("\r")[-1] for line in lines if not line.startswith(FIGURE)]
    tail = [line[:300] for line in printed if line.strip()][-_TAIL:]
    return Result(step.name, verdict, time.monotonic() - started, tail + note, _figures(lines))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a step's process, and on POSIX those that it has started and left behind."""
    if os.name != "posix":
        process.kill()
        process.wait()
        return
    for number, patience in ((signal.SIGTERM, 3.0), (signal.SIGKILL, 10.0)):
        try:
            os.killpg(process.pid, number)
            process.wait(patience)
        except ProcessLookupError:
            return
        except subprocess.TimeoutExpired:
            continue


def _figures(lines: Iterable[str]) -> list[dict[str, Any]]:
    found = []
    for line in lines:
        if line.startswith(FIGURE):
            try:
                found.append(dict(json.loads(line.removeprefix(FIGURE))))
            except ValueError:  # the step was ended while it wrote
                continue
    return found
