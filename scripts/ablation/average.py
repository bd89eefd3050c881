"""What the average and the re-estimated batch-norm statistics are each worth.

    python scripts/ablation/average.py PACK CHECKPOINT...

Judges each checkpoint's generator four ways, by the judge of judge.py.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

# judge.py chooses the device before Paddle is loaded.
import judge  # isort: skip

import numpy as np
import paddle

from lsgan import random
from lsgan.arrays import Arrays, Layer
from lsgan.dataset.pack import open_pack
from lsgan.evaluation.frechet import FrechetDistance
from lsgan.networks import build_generator
from lsgan.networks.batch_norm import estimate_statistics
from lsgan.rendering import latents_of, render
from lsgan.training import checkpoint
from lsgan.training.state import below, load_network

STATISTICS = ("_mean", "_variance")


def ways(path: Path) -> Iterator[tuple[str, Layer, int]]:
    """Each way's name and generator, and the length of a latent."""
    described, tensors = checkpoint.read(path)
    model = checkpoint.config_of(described).model
    latents = [
        paddle.to_tensor(
            random.stream(0, "latents", batch).standard_normal((64, model.latent_size), "float32")
        )
        for batch in range(64)
    ]
    last, average = below(tensors, "generator"), below(tensors, "average")
    running: Arrays = {name: array for name, array in last.items() if name.endswith(STATISTICS)}
    for name, weights in (("last generator", last), ("average", average)):
        for how in ("running statistics", "re-estimated statistics"):
            network = build_generator(model)
            load_network(network, weights | running)
            if how.startswith("re"):
                estimate_statistics(network, latents)
            yield f"{name}, {how}", network, model.latent_size


def main(pack: str, *paths: str) -> None:
    """Print a line for each way."""
    features = judge.efficientnet()
    known = features(np.array(open_pack(Path(pack)).images))
    for path in paths:
        for name, network, length in ways(Path(path)):
            seen = features(render(network, latents_of(range(judge.COUNT), length)))
            print(f"{path} {name:<42}{FrechetDistance().measure(known, seen)[0]:8.1f}", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
