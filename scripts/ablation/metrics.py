"""Compares the program's own metrics with an independent one, checkpoint by checkpoint.

    pip install -e ".[cpu,quality]"
    python scripts/ablation/metrics.py PACK CHECKPOINT...

The reference is the Fréchet distance on EfficientNet-lite0 (lite0), a network trained on ImageNet
(Tan and Le 2019, arXiv 1905.11946), between 2048 generated images and all photographs of
the pack. Its pixels are scaled by ImageNet's mean and deviation, not as scripts/quality scales
them, since the values in README.md were measured so. Beside the checkpoints stand sets made from
the photographs, so that a noisy, a blurred and a collapsed one are always among those to be ranked.
The last lines give Spearman's rank correlation of each metric with lite0.
"""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from lsgan.system import runtime

runtime.start("cpu")

import numpy as np  # noqa: E402
from scipy.stats import spearmanr  # noqa: E402

from lsgan.data.pack import open_pack  # noqa: E402
from lsgan.data.sampler import split  # noqa: E402
from lsgan.features.extractors import PCA, ScatteringFeatures, StandardScaler  # noqa: E402
from lsgan.inference.sampling import open_generator  # noqa: E402
from lsgan.metrics.frechet_distance import FrechetDistance  # noqa: E402
from lsgan.metrics.kernel_distance import KernelDistance  # noqa: E402
from lsgan.metrics.precision_and_recall import PrecisionRecall  # noqa: E402
from lsgan.metrics.sliced_wasserstein_distance import SlicedWasserstein  # noqa: E402

# The networks are those of scripts/quality.
sys.path.append(str(Path(__file__).resolve().parents[1] / "quality"))

import efficientnet as networks  # noqa: E402
from photographs import blurred  # noqa: E402

COUNT = 2048


def efficientnet() -> Callable[[np.ndarray], np.ndarray]:
    """Images, uint8 (N, 3, H, W), to the network's averaged last maps, float64 (N, 1280)."""
    return networks.efficientnet("lite0", networks.IMAGENET)


def made(photographs: np.ndarray) -> dict[str, np.ndarray]:
    """Sets made from photographs, of every kind of fault."""
    numbers = np.random.default_rng(0)
    noisy = photographs + numbers.normal(0, 30, photographs.shape)
    return {
        "photographs": photographs,
        "noisy": np.clip(noisy, 0, 255).astype(np.uint8),
        "blurred to 16 px": blurred(photographs, 16),
        "collapsed to 50": photographs[:50].repeat(-(-len(photographs) // 50), 0)[
            : len(photographs)
        ],
        "collapsed to 10": photographs[:10].repeat(-(-len(photographs) // 10), 0)[
            : len(photographs)
        ],
        "nothing but noise": numbers.integers(0, 256, photographs.shape, np.uint8),
    }


def main(pack_path: str, *checkpoints: str) -> None:
    """Print the table and the correlations."""
    pack = open_pack(Path(pack_path))
    trained, held_out = split(len(pack), 0.1, 0)
    photographs = np.array(pack.images)
    lite0 = efficientnet()
    known = lite0(photographs)
    reference = photographs[held_out]
    leading = PCA(StandardScaler(ScatteringFeatures(pack.channels, pack.size), reference))
    sliced = SlicedWasserstein(reference)
    order = np.random.default_rng(0).permutation(trained)
    sets: dict[str, Callable[[], Any]] = {
        name: (lambda images=images: images)
        for name, images in made(photographs[order[:COUNT]]).items()
    }
    for path in checkpoints:
        sets[str(Path(path).relative_to(Path(path).parents[2]))] = lambda path=path: drawn(path)
    rows = []
    print(f"{'set':<52}{'lite0':>8}{'recall':>8}{'kid':>9}{'frechet':>9}{'swd':>8}")
    for name, images in sets.items():
        shown = images()
        seen, scattered = lite0(shown), leading(shown)
        row = (
            FrechetDistance().measure(known, seen)[0],
            PrecisionRecall().measure(known, seen)[1],
            KernelDistance().measure(leading.reference, scattered)[0],
            FrechetDistance().measure(leading.reference, scattered)[0],
            sliced.distance(shown[: len(reference)]),
        )
        rows.append(row)
        print(
            f"{name:<52}{row[0]:>8.1f}{row[1]:>8.3f}{row[2]:>9.4f}{row[3]:>9.1f}{row[4]:>8.1f}",
            flush=True,
        )
    table = np.array(rows)
    for place, name in ((2, "kid"), (3, "frechet"), (4, "swd")):
        whole = spearmanr(table[:, 0], table[:, place])[0]
        line = f"{name}: rank correlation with lite0 {whole:.3f} over {len(table)} sets"
        if len(checkpoints) > 2:
            own = table[-len(checkpoints) :]
            line += f", {spearmanr(own[:, 0], own[:, place])[0]:.3f} over the checkpoints alone"
        print(line)


def drawn(path: str) -> np.ndarray:
    """The first images of a checkpoint."""
    generator = open_generator(Path(path))
    return generator.render(generator.latents(range(COUNT)))


if __name__ == "__main__":
    main(*sys.argv[1:])
