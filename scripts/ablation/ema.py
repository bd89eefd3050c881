"""What the EMA and the re-estimated batch-norm statistics are each worth.

    python scripts/ablation/ema.py PACK CHECKPOINT...

Evaluates each checkpoint's generator in four ways, by the reference of metrics.py.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

# metrics.py chooses the device before Paddle is loaded.
import metrics  # isort: skip

import numpy as np
import paddle

from lsgan import random
from lsgan.arrays import Arrays
from lsgan.checkpoints import checkpoint
from lsgan.data.pack import open_pack
from lsgan.inference.generator import Generator
from lsgan.metrics.frechet_distance import FrechetDistance
from lsgan.networks import build_generator
from lsgan.networks.batch_norm import estimate_statistics
from lsgan.networks.latents import Latents
from lsgan.networks.state_dict import load_state_dict, with_prefix

STATISTICS = ("_mean", "_variance")


def ways(path: Path) -> Iterator[Generator]:
    """The generator of each way, called by it."""
    described, tensors = checkpoint.read(path)
    config = checkpoint.config_of(described)
    latents = [
        paddle.to_tensor(Latents(config.model).draw(random.stream(0, "latents", batch), 64))
        for batch in range(64)
    ]
    last, ema = with_prefix(tensors, "generator"), with_prefix(tensors, "ema")
    running: Arrays = {name: array for name, array in last.items() if name.endswith(STATISTICS)}
    for name, weights in (("last generator", last), ("EMA", ema)):
        for how in ("running statistics", "re-estimated statistics"):
            network = build_generator(config.model)
            load_state_dict(network, weights | running)
            if how.startswith("re"):
                estimate_statistics(network, latents)
            yield Generator(network, config, described.data, f"{name}, {how}")


def main(pack: str, *paths: str) -> None:
    """Print a line for each way."""
    features = metrics.efficientnet()
    known = features(np.array(open_pack(Path(pack)).images))
    for path in paths:
        for way in ways(Path(path)):
            seen = features(way.render(way.latents(range(metrics.COUNT))))
            distance = FrechetDistance().measure(known, seen)[0]
            print(f"{path} {way.name:<42}{distance:8.1f}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
