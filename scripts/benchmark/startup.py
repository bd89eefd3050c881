"""How long a command takes until it does what was asked."""

import argparse
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from sides import spread

from lsgan.dataset.pack import DESCRIPTION, IMAGES, describe
from lsgan.files import write_text


def starts(options: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Seconds until the help is there, and until the first training step is done."""
    pack = folder / "small-pack"
    pack.mkdir()
    images = np.random.default_rng(0).integers(0, 256, (500, 3, 64, 64), np.uint8)
    np.save(pack / IMAGES, images)
    write_text(pack / DESCRIPTION, json.dumps(describe(images)))
    train = ["train", "--data", str(pack), "--device", options.device, "--set", "train.steps=1"]
    rows = [row("lsgan --help", [["--help"]] * options.rounds)]
    runs = [[*train, "--out", str(folder / f"run-{number}")] for number in range(options.rounds)]
    return [*rows, row("lsgan train, one step, measured and saved", runs)]


def row(what: str, commands: list[list[str]]) -> dict[str, Any]:
    seconds = []
    for given in commands:
        started = time.perf_counter()
        subprocess.run([sys.executable, "-m", "lsgan", *given], check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    return {"what": what, "unit": "s", "lsgan": spread(seconds)}
