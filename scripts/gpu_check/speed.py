"""One comparison of scripts/benchmark: speed.py gpu|cpu CONFIGURATION MODE."""

import argparse
import sys
import tempfile
from pathlib import Path

from figures import figure

sys.path.append(str(Path(__file__).parents[1] / "benchmark"))
import training

device, configuration, mode = sys.argv[1:]
on_gpu = device != "cpu"
options = argparse.Namespace(device=device, rounds=5 if on_gpu else 1)
with tempfile.TemporaryDirectory(prefix="lsgan-gpu-check-") as folder:
    row = training.step(
        options, Path(folder), f"{configuration}.yaml", 64, 64 if on_gpu else 16, mode
    )
speeds = {side: row[side]["median"] for side in ("lsgan", "PyTorch")}
figure(
    configuration=configuration,
    mode=mode,
    ratio=row["ratio"],
    what=row["what"],
    value=f"lsgan {speeds['lsgan']:.0f}, PyTorch {speeds['PyTorch']:.0f} {row['unit']}: "
    f"{row['ratio']:.2f} times as fast",
)
