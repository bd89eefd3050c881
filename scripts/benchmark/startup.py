"""How long a command takes until it does what was asked."""

import argparse
import json
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sides import run, spread, timed

from lsgan.data.pack import DESCRIPTION, IMAGES, describe
from lsgan.io.files import write_text


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
    seconds, peaks = zip(*(timed(partial(run, *given)) for given in commands), strict=True)
    figures = spread(list(seconds)) | {"peak_megabytes": max(peaks)}
    return {"what": what, "unit": "s", "lsgan": figures}
