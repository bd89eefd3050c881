"""How long a command takes until it does what was asked."""

import argparse
import fcntl
import json
import os
import pty
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sides import run, spread, timed

from lsgan.data.pack import DESCRIPTION, IMAGES, describe
from lsgan.io.files import write_text

# Columns and rows of a terminal.
WIDTH, HEIGHT = 120, 40


def starts(options: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Seconds until the help is there, and until the first training step is done and shown."""
    pack = folder / "small-pack"
    pack.mkdir()
    images = np.random.default_rng(0).integers(0, 256, (500, 3, 64, 64), np.uint8)
    np.save(pack / IMAGES, images)
    write_text(pack / DESCRIPTION, json.dumps(describe(images)))
    train = ["train", "--data", str(pack), "--device", options.device]
    help_times, help_peaks = _repeated(options.rounds, lambda _: timed(partial(run, "--help")))
    firsts, whole, peaks = [], [], []
    for number in range(options.rounds):
        given = [*train, "--set", "train.steps=2", "--out", str(folder / f"run-{number}")]
        (first, seconds), peak = _watched(given)
        firsts.append(first)
        whole.append(seconds)
        peaks.append(peak)
    return [
        _row("lsgan --help", help_times, max(help_peaks)),
        _row("lsgan train, until the first step is shown", firsts, max(peaks)),
        _row(
            "lsgan train, two steps, two measurements, two grids and a checkpoint",
            whole,
            max(peaks),
        ),
    ]


def _repeated(
    rounds: int, work: Callable[[int], tuple[float, float]]
) -> tuple[list[float], list[float]]:
    results = [work(number) for number in range(rounds)]
    return [seconds for seconds, _ in results], [peak for _, peak in results]


def _watched(given: list[str]) -> tuple[tuple[float, float], float]:
    """Seconds until the bar shows the first of two steps, and until the end; peak megabytes."""
    found = []
    _, peak = timed(lambda: found.append(_in_a_terminal(given, b"| 1/2")))
    return found[0], peak


def _in_a_terminal(given: list[str], awaited: bytes) -> tuple[float, float]:
    """Run lsgan in a terminal; seconds until it shows `awaited`, and until it ends."""
    terminal, other_end = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", HEIGHT, WIDTH, 0, 0))
    started, first, shown = time.perf_counter(), None, b""
    command = [sys.executable, "-m", "lsgan", *given]
    process = subprocess.Popen(command, stdout=other_end, stderr=other_end, stdin=other_end)
    os.close(other_end)
    try:
        while part := os.read(terminal, 4096):
            shown += part
            if first is None and awaited in shown:
                first = time.perf_counter() - started
    except OSError:  # Linux's way to say that the other end is closed
        pass
    os.close(terminal)
    if process.wait() or first is None:
        raise SystemExit(shown.decode(errors="replace"))
    return first, time.perf_counter() - started


def _row(what: str, seconds: list[float], peak: float) -> dict[str, Any]:
    return {"what": what, "unit": "s", "lsgan": spread(seconds) | {"peak_megabytes": peak}}
