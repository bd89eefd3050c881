"""Samples a run on the device and on the CPU, which must agree: samples.py RUN DEVICE."""

import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from figures import figure
from PIL import Image

run, device = sys.argv[1:]
found = []
for where in (device, "cpu"):
    out = Path(run).parent / f"samples-{where}.png"
    command = [sys.executable, "-m", "lsgan", "sample", run, "--device", where]
    started = time.monotonic()
    subprocess.run([*command, "--seeds", "0-63", "--out", str(out)], check=True)
    figure(what=f"lsgan sample on {where}", value=f"{time.monotonic() - started:.1f} s")
    with Image.open(out) as image:
        found.append(np.asarray(image, np.float32))
apart = float(np.abs(found[0] - found[1]).mean())
figure(
    what="images of the same seeds, on the device and on a CPU", value=f"{apart:.3f} of 255 apart"
)
assert apart < 0.5, "they are not the same images"
