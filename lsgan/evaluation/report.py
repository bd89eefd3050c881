"""A generator measured against photographs, as a table and as a file."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from lsgan import __version__
from lsgan.arrays import Samples
from lsgan.evaluation import by_class, memorization, pixels
from lsgan.evaluation.memorization import Memorization
from lsgan.evaluation.reference import Reference
from lsgan.evaluation.results import MetricResult, compute_all
from lsgan.evaluation.saved import COPIES_FILE, METRICS_FILE
from lsgan.features.extractors import PCA, Features, StandardScaler
from lsgan.inference.generator import Generator
from lsgan.io.files import make_folder, write_text
from lsgan.io.images import captioned, save_png
from lsgan.networks.latents import Latents

# So many seeds lie between the images of one --seed and the next.
_SEEDS_APART = 1_000_000
_SHEET_PAIRS = 32


@dataclass(frozen=True)
class Report:
    """What `lsgan evaluate` finds about one checkpoint.

    Attributes:
        checkpoint: the checkpoint's name.
        results: the metrics, each with its standard error and its baseline.
        memorization: the result of the memorization test; None without the training photographs.
        sheet: the file with images beside their nearest training photographs.
        classes: the metrics of each class by itself, {} without classes.
    """

    checkpoint: str
    results: list[MetricResult]
    memorization: Memorization | None
    sheet: Path | None
    classes: dict[str, list[MetricResult]]

    def __str__(self) -> str:
        """A table for a terminal."""
        return _table(self)


def measure(
    generator: Generator,
    found: Reference,
    network: Features | None,
    out: Path,
    seed: int,
    say: Callable[[str], None],
) -> Report:
    """Compute all metrics; write `metrics.json`, and `copies.png` if memorization can be tested.

    Args:
        generator: to measure.
        found: the photographs it is compared with, and those it was trained on.
        network: a feature network to use as well as wavelet scattering.
        out: the folder to write to.
        seed: decides which images are rendered.
        say: called with each line about the progress.
    """
    first, task, rows = seed * _SEEDS_APART, generator.task, found.photographs
    count = len(rows)
    say(f"generating {count} samples with {generator.name}")
    latents = Latents(generator.config.model).of(range(first, first + count))
    samples = generator.render(task.inputs(latents, rows))
    images, found = task.generated_part(samples), found.of(task.generated_part)
    baseline = found.baseline(found.photographs, found.others)
    described = partial(
        MetricResult,
        reference=found.name,
        seed=seed,
        n=count,
        baseline_n=min(map(len, baseline)),
    )
    results = [
        described(name=name, features="the targets", better="lower", value=error)
        for name, error in task.reconstruction_errors(samples, rows).items()
    ]
    if task.makes_images:
        say("computing the metrics on pixels")
        results += pixels.compute(described, found.photographs, images, baseline, seed)
    features = StandardScaler(task.features(rows), found.photographs)
    for measured in (PCA(features), network):
        if measured is None:
            continue
        say(f"computing the metrics on {measured.name}")
        real, fake = (measured(rows).astype(np.float64) for rows in (found.photographs, images))
        other = None if found.others is None else measured(found.others).astype(np.float64)
        described = partial(described, features=measured.name)
        results += compute_all(described, real, fake, found.baseline(real, other), seed)
    found_copies = None
    if task.makes_images and found.trained is not None:
        say(f"looking for copies among {len(found.trained)} training photographs")
        found_copies = _test_memorization(features, images, found, out)
    sheet = out / COPIES_FILE if found_copies else None
    classes = by_class.measure_classes(generator, found, first, seed, say)
    report = Report(generator.name, results, found_copies, sheet, classes)
    write_text(make_folder(out) / METRICS_FILE, json.dumps(_content(report), indent=2) + "\n")
    return report


def _test_memorization(
    features: StandardScaler, images: Samples, found: Reference, out: Path
) -> Memorization | None:
    """The test, whose images are written too; None where no photograph was held out."""
    assert found.trained is not None
    if found.unseen is None:
        return None
    trained = features(found.trained)
    neighbours = memorization.nearest(features, images, trained)
    unseen = memorization.nearest(features, found.unseen, trained)
    sheet = memorization.pairs(images, neighbours, found.trained, _SHEET_PAIRS)
    captions = [f"{distance:.3g}" for distance in np.sort(neighbours.distances)[:_SHEET_PAIRS]]
    save_png(captioned(sheet, captions), make_folder(out) / COPIES_FILE)
    return memorization.assess(
        neighbours.distances, unseen.distances, len(found.trained), features.name
    )


def _content(report: Report) -> dict[str, Any]:
    return {
        "lsgan": __version__,
        "checkpoint": report.checkpoint,
        "results": [asdict(result) for result in report.results],
        "classes": {
            name: [asdict(result) for result in results] for name, results in report.classes.items()
        },
        "memorization": asdict(report.memorization) if report.memorization else None,
    }


def _table(report: Report) -> str:
    first = report.results[0]
    lines = [
        f"{report.checkpoint} against {first.reference}, seed {first.seed}, n = {first.n} "
        f"(baseline: photographs against photographs, n = {first.baseline_n})",
        "",
    ]
    notes: list[str] = []
    features = ""
    for result in report.results:
        if result.features != features:
            features = result.features
            lines.append(
                f"{features:<36}{'value':>10} {'± error':>10}{'baseline':>12} {'± error':>10}"
            )
        mark = ""
        if result.note:
            if result.note not in notes:
                notes.append(result.note)
            mark = f" [{notes.index(result.note) + 1}]"
        arrow = "↓" if result.better == "lower" else "↑"
        numbers = (result.value, result.std_error, result.baseline, result.baseline_std_error)
        value, std_error, baseline, baseline_std_error = map(_number, numbers)
        lines.append(
            f"  {result.name + ' ' + arrow:<34}{value:>10} {std_error:>10}{baseline:>12} "
            f"{baseline_std_error:>10}{mark}"
        )
    lines += [f"[{place + 1}] {note}" for place, note in enumerate(notes)]
    lines.append("")
    if report.classes:
        lines += [*by_class.table(report.classes), ""]
    if report.memorization:
        lines += [
            f"memorization: {report.memorization}",
            f"the images nearest to a training photograph, beside it: {report.sheet}",
        ]
    else:
        lines.append(
            "memorization: not tested; that needs the photographs trained on, and others held out"
        )
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.4g}"
