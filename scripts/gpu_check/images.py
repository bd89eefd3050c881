"""A packed data set of rendered landscapes: images.py FOLDER."""

import json
import multiprocessing
import sys
from pathlib import Path

import numpy as np

from lsgan.data.pack import DESCRIPTION, IMAGES, MANIFEST, describe
from lsgan.demo.landscapes import render
from lsgan.system.runtime import cores

COUNT, SIZE = 800, 64


def one(seed: int) -> np.ndarray:
    return render(seed, SIZE, SIZE).transpose(2, 0, 1)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True)
    with multiprocessing.get_context("spawn").Pool(cores()) as pool:
        images = np.stack(pool.map(one, range(COUNT), chunksize=20))
    np.save(folder / IMAGES, images)
    lines = "".join(f"{json.dumps({'index': index})}\n" for index in range(COUNT))
    (folder / MANIFEST).write_text(lines, encoding="utf-8")
    (folder / DESCRIPTION).write_text(json.dumps(describe(images)), encoding="utf-8")
