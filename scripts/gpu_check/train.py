"""Trains for a while, or goes on with it: train.py begin|resume|graph DATA RUN DEVICE."""

import math
import sys
import time
from pathlib import Path
from typing import Any

from figures import figure

import lsgan
from lsgan.errors import LsganError
from lsgan.io.files import read_lines

kind, data, out, device = sys.argv[1:]
on_gpu = device != "cpu"
SECONDS = {"begin": 25, "resume": 5, "graph": 15}[kind]
BATCH = 64 if on_gpu else 8
SETTINGS: dict[str, Any] = {
    "train.batch_size": BATCH,
    "train.cuda_graph": kind == "graph",
    "log.every": 20 if on_gpu else 5,
    "evaluate.every": 2000,
    "evaluate.count": 256,
    "sample.every": 500,
}
seen: list[tuple[float, dict[str, Any]]] = []


def watch(row: dict[str, Any]) -> bool:
    """Stop when steps have been done for long enough."""
    if "generator_loss" not in row:
        return False
    seen.append((time.time(), row))
    return seen[-1][0] - seen[0][0] > SECONDS


metrics = Path(out) / "metrics.jsonl"
# Written when a training has ended of itself; one that was killed goes on from its last checkpoint.
ended = Path(f"{out}-ended")
before = int(ended.read_text()) if kind == "resume" and ended.is_file() else 0
try:
    lsgan.train(
        "kanas",
        data=data,
        out=out,
        settings=SETTINGS,
        device=device,
        resume=kind == "resume",
        progress=False,
        callback=watch,
    )
except LsganError as error:
    sys.exit(str(error))

steps = [row["step"] for row in read_lines(metrics)]
assert steps == sorted(steps), "the steps are out of order"
assert seen[0][1]["step"] > before, "it did not go on where it was"
for _, row in seen:
    losses = row["generator_loss"], row["discriminator_loss"]
    assert all(map(math.isfinite, losses)), row
(start, first), (end, last) = seen[0], seen[-1]
speed = BATCH * (last["step"] - first["step"]) / (end - start)
names = {
    "begin": "training of kanas with all that belongs to it",
    "resume": "training that was resumed",
    "graph": "training of kanas as a CUDA graph",
}
figure(what=f"{names[kind]}, batch {BATCH}", value=f"{speed:.0f} images/s")
figure(what=f"{names[kind]}: steps", value=f"{before} to {last['step']}")
ended.write_text(str(last["step"]))
if kind != "resume":
    figure(stretch=[start, end])
