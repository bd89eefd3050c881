"""Packing photographs, beside the loop that is usually written, and drawing from a large pack."""

import argparse
import json
import multiprocessing
import time
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps
from sides import compared, run, spread, timed

from lsgan import random
from lsgan.data.decode import decode
from lsgan.data.pack import DESCRIPTION, FORMAT, IMAGES, open_pack
from lsgan.data.sampler import Sampler
from lsgan.system import runtime

PHOTOGRAPHS, SIZE = 2000, 64
# What a phone of some years ago takes, which is also what the web's larger copies have.
WIDTH, HEIGHT = 1600, 1200
COUNT, BATCH = 1_000_000, 64


def preparation(options: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Photographs a second, and how far the pixels are from those of a full decode."""
    photographs = options.photographs or draw(folder / "photographs")
    paths = sorted(path for path in photographs.rglob("*") if path.is_file())
    speeds: dict[str, list[float]] = {"lsgan": [], "loop": []}
    peaks = {"lsgan": 0.0, "loop": 0.0}
    plain: list[np.ndarray] = []

    def loop() -> None:
        with multiprocessing.Pool(runtime.cores()) as pool:
            plain[:] = pool.map(usual, paths, chunksize=8)

    for number in range(max(1, options.rounds // 2)):
        out = str(folder / f"pack-{number}")
        ours = partial(run, "prepare", str(photographs), "--out", out, "--size", str(SIZE))
        for name, work in (("lsgan", ours), ("loop", loop)):
            seconds, peak = timed(work)
            speeds[name].append(len(paths) / seconds)
            peaks[name] = max(peaks[name], peak)
    apart = [
        np.abs(decode(path, SIZE, 3, SIZE).pixels.astype(float) - pixels).mean()
        for path, pixels in zip(paths[:200], plain[:200], strict=True)
    ]
    return [
        {
            "what": f"preparing {len(paths)} photographs",
            "unit": "files/s",
            "other": "loop",
            **{
                name: spread(values) | {"peak_megabytes": peaks[name]}
                for name, values in speeds.items()
            },
            **compared([a / b for a, b in zip(speeds["lsgan"], speeds["loop"], strict=True)]),
            "note": f"pixels {np.mean(apart):.2f} of 255 apart",
        }
    ]


def usual(path: Path) -> np.ndarray:
    """Open, convert, resize, crop: uint8 (3, size, size)."""
    with Image.open(path) as image:
        square = ImageOps.fit(image.convert("RGB"), (SIZE, SIZE), Image.Resampling.LANCZOS)
    return np.asarray(square).transpose(2, 0, 1)


def draw(folder: Path) -> Path:
    """JPEG files of noise of every size, as photographs are."""
    folder.mkdir()
    with multiprocessing.Pool(runtime.cores()) as pool:
        pool.map(partial(draw_one, folder), range(PHOTOGRAPHS), chunksize=8)
    return folder


def draw_one(folder: Path, seed: int) -> None:
    numbers = np.random.default_rng(seed)
    layers = [
        Image.fromarray(numbers.integers(0, 256, (HEIGHT // cell, WIDTH // cell, 3), np.uint8))
        for cell in (200, 20, 4)
    ]
    coarse, middle, fine = (
        layer.resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC) for layer in layers
    )
    image = Image.blend(Image.blend(coarse, middle, 0.3), fine, 0.1)
    image.save(folder / f"{seed:05}.jpg", quality=85)


def random_batches(options: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Images a second drawn at random from a pack of a million, and the memory it takes.

    The pack is a file with holes, so that it needs no disk: what is measured is the program, not
    how fast a disk finds images that are not in memory.
    """
    rows = []
    for count in (COUNT // 100, COUNT):
        pack = folder / f"pack-of-{count}"
        pack.mkdir()
        images = np.lib.format.open_memmap(pack / IMAGES, "w+", np.uint8, (count, 3, SIZE, SIZE))
        images[0] = 1
        del images
        description = {"format": FORMAT, "count": count, "channels": 3, "size": SIZE, "sha256": "0"}
        (pack / DESCRIPTION).write_text(json.dumps(description))
        before = anonymous_megabytes()
        opened = open_pack(pack)
        order = Sampler(np.arange(count), BATCH, 0, True)
        speeds, step = [], 0
        for _ in range(options.rounds):
            started = time.perf_counter()
            for _ in range(200):
                indices, flips = order.batch(step)
                batch = opened.images[indices]
                batch[flips] = batch[flips][..., ::-1]
                random.stream(0, "latents", step).standard_normal((BATCH, 100), np.float32)
                step += 1
            speeds.append(200 * BATCH / (time.perf_counter() - started))
        rows.append(
            {
                "what": f"random batches of {BATCH} from {count:,} images",
                "unit": "images/s",
                "lsgan": spread(speeds),
                "note": f"{anonymous_megabytes() - before:.0f} MB of memory",
            }
        )
    return rows


def anonymous_megabytes() -> float:
    """Memory of this process that is no file's; 0 where the system does not tell."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        return 0.0
    return float(status.split("RssAnon:")[1].split()[0]) / 1e3
