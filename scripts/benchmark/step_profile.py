"""Where a training step spends its time, under Python's profiler, which itself takes some.

step_profile.py CONFIGURATION WIDTH BATCH DEVICE     in a process of its own: prints JSON
"""

import argparse
import cProfile
import json
import pstats
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

from sides import spread

STEPS, UNMEASURED = 15, 20
# The first that one of whose words is in the name or the file of a function.
KINDS = {
    "waiting for threads": ("method 'acquire'",),
    "oneDNN": ("onednn_library.py",),
    "Adam": ("adam",),
    "tensors to arrays and back": ("dlpack", "new_init", "get_tensor", "cpu_arrays.py"),
    "Paddle's operations": ("libpaddle",),
    "NumPy": ("numpy", "ops/", "augmentation.py"),
    "other Python": ("",),
}


def profiles(options: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:  # noqa: ARG001
    """Milliseconds of the main thread in a step of kanas.yaml at batch 8, by kind."""
    given = "kanas.yaml", "64", "8", options.device
    found: dict[str, list[float]] = {}
    for _ in range(options.rounds):
        command = [sys.executable, __file__, *given]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        for kind, milliseconds in json.loads(printed.splitlines()[-1]).items():
            found.setdefault(kind, []).append(milliseconds)
    return [
        {
            "what": f"step under a profiler, kanas, batch 8: {kind}",
            "unit": "ms",
            "lsgan": spread(of),
        }
        for kind, of in found.items()
    ]


def main(configuration: str, width: str, batch: str, device: str) -> None:
    from lsgan.system import runtime

    runtime.start(device)
    import numpy as np

    from lsgan.config import config_files
    from lsgan.training.step import train_step
    from lsgan.training.trainer import Trainer

    settings = [f"model.base_channels={width}", f"train.batch_size={batch}"]
    config = config_files.load(config_files.find(configuration), settings)
    rows = np.random.default_rng(0).integers(0, 256, (1000, 3, 64, 64), np.uint8)
    trainer = Trainer(config, rows, np.arange(len(rows)))
    for _ in range(UNMEASURED):
        train_step(trainer)
    with cProfile.Profile() as profile:
        for _ in range(STEPS):
            train_step(trainer)
    milliseconds: Counter[str] = Counter()
    # Of each function its own time, without that of those that it calls.
    for (file, _, name), (_, _, own, _, _) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        where = f"{file} {name}"
        kind = next(kind for kind, words in KINDS.items() if any(word in where for word in words))
        milliseconds[kind] += 1000 * own / STEPS
    milliseconds["all"] = milliseconds.total()
    print(json.dumps(milliseconds))


if __name__ == "__main__":
    main(*sys.argv[1:])
