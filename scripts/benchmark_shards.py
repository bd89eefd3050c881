"""Measures training on a data set of very many images, in one file or in shards.

    python scripts/benchmark_shards.py [--count 1000000] [--shards 10] [--folder FOLDER]

Writes a data set of noise, 3×64×64 (12.3 GB for a million), trains on it for a few steps and prints
the most memory of its own that `lsgan train` held (RssAnon, which is without the mapped files). The
data set is deleted in the end. Linux only. How fast images are drawn is measured by
`python scripts/benchmark pack`.
"""

import argparse
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from lsgan.data.pack import DESCRIPTION, MANIFEST, describe
from lsgan.data.shards import image_files, open_images

SHAPE = 3, 64, 64
WRITTEN = 10_000  # images that are made at a time
# A training that is mostly data: a narrow network, measured on few images.
TRAINING = (
    *("train.steps=20", "train.batch_size=64", "model.base_channels=8"),
    *("evaluate.count=64", "evaluate.every=20", "sample.every=20"),
)


def write(folder: Path, count: int, shards: int) -> None:
    """A data set of noise in the folder, in so many files."""
    shard_size = -(-count // shards) if shards > 1 else None
    rng = np.random.default_rng(0)
    for number, name in enumerate(image_files(count, shard_size)):
        length = min(shard_size or count, count - number * (shard_size or count))
        images = np.lib.format.open_memmap(folder / name, "w+", np.uint8, (length, *SHAPE))
        for start in range(0, length, WRITTEN):
            part = images[start : start + WRITTEN]
            part[:] = rng.integers(0, 256, part.shape, np.uint8)
        images.flush()
    with (folder / MANIFEST).open("w", encoding="utf-8") as file:
        file.writelines(f'{{"file": "{number}.png"}}\n' for number in range(count))
    images = open_images(folder, (count, *SHAPE), shard_size)
    description = describe(images, shard_size=shard_size)
    (folder / DESCRIPTION).write_text(json.dumps(description), encoding="utf-8")


def peak_of_training(pack: Path, out: Path) -> int:
    """The most bytes of its own that a training on the data set held."""
    words = [word for change in TRAINING for word in ("--set", change)]
    command = [sys.executable, "-m", "lsgan", "train", "--data", pack, "--out", out, *words]
    peak = 0
    with subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL) as process:
        while process.poll() is None:
            status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
            if found := re.search(r"RssAnon:\s+(\d+) kB", status):
                peak = max(peak, 1024 * int(found[1]))
            time.sleep(0.02)
    if process.returncode:
        sys.exit(f"lsgan train ended with {process.returncode}")
    return peak


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1_000_000, help="images [1000000]")
    parser.add_argument("--shards", type=int, default=10, help="files [10]")
    parser.add_argument("--folder", type=Path, help="where the data set is written [temporary]")
    options = parser.parse_args()
    with TemporaryDirectory(dir=options.folder) as folder:
        pack = Path(folder, "packed")
        pack.mkdir()
        write(pack, options.count, options.shards)
        peak = peak_of_training(pack, Path(folder, "run"))
        print(f"{options.count} images in {options.shards} files")
        print(f"most memory of lsgan train, its own: {peak / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
