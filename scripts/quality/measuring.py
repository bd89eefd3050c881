"""From checkpoints to metrics: every system, and photographs beside them, by the same code."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import clock
import numpy as np
from efficientnet import efficientnet
from photographs import blurred
from systems import System, system_of

from lsgan import random
from lsgan.data.pack import open_pack
from lsgan.data.sampler import split
from lsgan.evaluation import memorization
from lsgan.features.extractors import PCA, ScatteringFeatures, StandardScaler
from lsgan.io.files import write_text
from lsgan.io.images import grid, save_png
from lsgan.metrics.density_and_coverage import DensityCoverage
from lsgan.metrics.frechet_distance import FrechetDistance
from lsgan.metrics.precision_and_recall import PrecisionRecall

SCATTERING, NETWORKS = "scattering", ("lite2", "lite0")
BASELINE, BLURRED = "photographs", "photographs blurred to 16 px"
_BLUR = 16
_GRID = 64
# The least number of held-out photographs: FrechetDistance.least.
_LEAST = 64

Metrics = dict[str, dict[str, float]]


@cache
def _features_of(name: str) -> Callable[[np.ndarray], np.ndarray]:
    return efficientnet(name)


class Photographs:
    """What the images are compared with.

    The metrics on wavelet scattering are those of `lsgan evaluate`, against the photographs held
    out. EfficientNet has over a thousand features, whose covariance needs more photographs: all
    but the baseline's. The baseline is `count` photographs trained on, half of all at most, so that
    no photograph is on both sides of a comparison.

    Args:
        pack: the packed data set.
        val_fraction: share of it that was not trained on.
        seed: decides which.
        count: photographs in the baseline, at most.
    """

    def __init__(self, pack: Path, val_fraction: float, seed: int, count: int) -> None:
        rows = open_pack(pack).images
        trained, held_out = split(len(rows), val_fraction, seed)
        if len(held_out) < _LEAST:
            raise SystemExit(f"{len(held_out)} photographs are held out, of {_LEAST} at least")
        order = random.stream(seed, "reference photographs").permutation(trained)
        chosen = order[: min(count, len(rows) // 2)]
        others = np.setdiff1d(np.arange(len(rows)), chosen)
        self.counts = {"trained": len(trained), "held out": len(held_out), BASELINE: len(chosen)}
        self.baseline = rows[chosen]
        held, self._trained = rows[held_out], rows[trained]
        self._scaler = StandardScaler(ScatteringFeatures(*rows.shape[1:3]), held)
        self._pca = PCA(self._scaler)
        self._neighbours = self._scaler(self._trained)
        self._held = memorization.nearest(self._scaler, held, self._neighbours).distances
        self._references = {name: _features_of(name)(rows[others]) for name in NETWORKS}

    def metrics(self, images: np.ndarray) -> Metrics:
        """All metrics of a set of images."""
        found = {SCATTERING: _compared(self._pca.reference, self._pca(images))}
        for name in NETWORKS:
            found[name] = _compared(self._references[name], _features_of(name)(images))
        return found

    def copies(self, images: np.ndarray) -> dict[str, float]:
        """The share of memorized images, and that expected of new photographs."""
        nearest = memorization.nearest(self._scaler, images, self._neighbours).distances
        found = memorization.assess(nearest, self._held, len(self._trained), SCATTERING)
        return {"share": found.share, "expected": found.expected}

    def baselines(self) -> dict[str, Metrics]:
        """The metrics of photographs, and of blurred ones."""
        sets = {BASELINE: self.baseline, BLURRED: blurred(self.baseline, _BLUR)}
        return {name: self.metrics(images) for name, images in sets.items()}


def _compared(reference: np.ndarray, measured: np.ndarray) -> dict[str, float]:
    """The metrics by their names.

    Those that count neighbours depend on how many there are, so they have as many of both.
    """
    least = min(len(reference), len(measured))
    # The reference is in the order of the files, the measured set in one of chance.
    some = np.linspace(0, len(reference) - 1, least).astype(int)
    found = {"frechet": FrechetDistance().measure(reference, measured)[0]}
    for metric in (PrecisionRecall(), DensityCoverage()):
        values = metric.measure(reference[some], measured[:least])
        found |= dict(zip(metric.names, values, strict=True))
    return found


def measure(out: Path, count: int) -> dict[str, Any]:
    """Sample and measure every kept checkpoint of every system; what was found.

    What was measured before, with as many images, is not measured again.
    """
    found = []
    known = cache(lambda pack, val_fraction, seed: Photographs(pack, val_fraction, seed, count))
    for folder in sorted(path.parent for path in out.glob(f"*/{clock.DESCRIPTION}")):
        described = clock.read(folder)
        if not (folder / clock.POINTS).is_dir():
            continue
        photographs = known(Path(described["data"]), described["val_fraction"], described["seed"])
        points = list(_points(folder, system_of(described, folder), photographs, count))
        kept = ("system", "set", "val_fraction", "seed", "minutes", "threads", "seconds", "ended")
        entry = {"name": folder.name, **{key: described.get(key) for key in kept}}
        found.append(entry | {"photographs": photographs.counts, "points": points})
        found[-1]["baselines"] = _baselines(photographs)
    return {"images": count, "systems": found}


@cache
def _baselines(photographs: Photographs) -> dict[str, Metrics]:
    print("photographs", flush=True)
    return photographs.baselines()


def _points(
    folder: Path, system: System, photographs: Photographs, count: int
) -> Iterator[dict[str, Any]]:
    for checkpoint in sorted((folder / clock.POINTS).glob("*s.*")):
        if not clock.is_checkpoint(checkpoint):
            continue
        written = checkpoint.with_suffix(".json")
        point = json.loads(written.read_text(encoding="utf-8")) if written.is_file() else {}
        if point.get("images") != count:
            print(folder.name, checkpoint.stem, flush=True)
            point = _measured(checkpoint, system, photographs, count)
            write_text(written, json.dumps(point, indent=2) + "\n")
        yield point


def _measured(
    checkpoint: Path, system: System, photographs: Photographs, count: int
) -> dict[str, Any]:
    """Sample one checkpoint, write its images and a grid of them, measure."""
    out = checkpoint.with_suffix(".npy")
    described = system.sample(checkpoint, out, count)
    images = np.load(out)
    save_png(grid(images[:_GRID]), checkpoint.with_suffix(".png"))
    return {
        "seconds": clock.seconds_of(checkpoint),
        **described,
        "images": count,
        "metrics": photographs.metrics(images),
        "copies": photographs.copies(images),
    }
