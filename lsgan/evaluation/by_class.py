"""The metrics of each class by itself, for generators that were trained on classes."""

from collections.abc import Callable
from functools import partial

import numpy as np

from lsgan.evaluation.reference import Reference
from lsgan.evaluation.results import MetricResult, compute_all
from lsgan.features.extractors import PCA, StandardScaler
from lsgan.inference.generator import Generator

# With fewer photographs of a class, no metric says anything about it.
_LEAST = 64


def measure_classes(
    generator: Generator, found: Reference, first: int, seed: int, say: Callable[[str], None]
) -> dict[str, list[MetricResult]]:
    """The metrics of as many generated images of each class as there are photographs of it.

    Args:
        generator: to measure.
        found: the photographs, each with its class; without classes nothing is measured.
        first: the first of the seeds to render.
        seed: decides the resamples.
        say: called with each line about the progress.

    Returns:
        Metrics on wavelet scattering by class; classes of fewer than 64 photographs are left out.
        The baseline is of one half of the photographs against the other.
    """
    if found.classes is None:
        return {}
    names, results = np.array(found.classes), {}
    for name in generator.classes:
        photographs = found.photographs[names == name]
        if len(photographs) < _LEAST:
            continue
        say(f"computing the metrics of class {name}")
        seeds = range(first, first + len(photographs))
        images = generator.render(generator.latents(seeds, class_name=name))
        features = PCA(StandardScaler(generator.task.features(photographs), photographs))
        real, fake = (features(rows).astype(np.float64) for rows in (photographs, images))
        baseline = found.baseline(real, None)
        described = partial(
            MetricResult,
            features=features.name,
            reference=f"{len(photographs)} photographs of class {name}",
            seed=seed,
            n=len(photographs),
            baseline_n=len(baseline[0]),
        )
        results[name] = compute_all(described, real, fake, baseline, seed)
    return results


def table(results: dict[str, list[MetricResult]]) -> list[str]:
    """Lines for a terminal: the value of each metric, and in brackets its baseline."""
    if not results:
        return []
    names = [result.name for result in next(iter(results.values()))]
    rows = [["class", "n", *names]]
    for name, measured in results.items():
        cells = [f"{_number(one.value)} ({_number(one.baseline)})" for one in measured]
        rows.append([name, str(measured[0].n), *cells])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.3g}"
