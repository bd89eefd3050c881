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
from lsgan.evaluation import copies, pixels
from lsgan.evaluation.features import Features, Leading, Standard
from lsgan.evaluation.figures import Figure, measure_all
from lsgan.evaluation.reference import Reference
from lsgan.files import make_folder, write_text
from lsgan.images import captioned, save_png
from lsgan.latents import Latents
from lsgan.rendering import Generator

METRICS_FILE, COPIES_FILE = "metrics.json", "copies.png"
# So many seeds lie between the images of one --seed and the next.
_SEEDS_APART = 1_000_000
_SHEET_PAIRS = 32


@dataclass(frozen=True)
class Report:
    """All that was found of one checkpoint.

    Attributes:
        checkpoint: the checkpoint's name.
        figures: the metrics, each with its spread and its floor.
        copies: what was found of copies; None if the training photographs are not known.
        sheet: where the images beside their nearest training photographs are.
    """

    checkpoint: str
    figures: list[Figure]
    copies: copies.Copies | None
    sheet: Path | None


def measure(
    generator: Generator,
    found: Reference,
    network: Features | None,
    out: Path,
    seed: int,
    say: Callable[[str], None],
) -> Report:
    """Measure a generator and write `metrics.json` and, if it can be told, `copies.png`.

    Args:
        generator: to measure.
        found: the photographs it is held to, and those it was trained on.
        network: a feature network to measure on beside the one that needs no weights.
        out: the folder to write to.
        seed: decides which images are rendered.
        say: is told what is going on.
    """
    count = len(found.photographs)
    say(f"rendering {count} samples of {generator.name}")
    first, domain, rows = seed * _SEEDS_APART, generator.domain, found.photographs
    latents = Latents(generator.config.model).of(range(first, first + count))
    samples = generator.render(domain.given(latents, rows))
    images, found = domain.generated(samples), found.of(domain.generated)
    floor = found.floor(found.photographs, found.others)
    figure = partial(Figure, reference=found.name, seed=seed, n=count, floor_n=min(map(len, floor)))
    figures = [
        figure(name=name, features="what they were made of", better="lower", value=error)
        for name, error in domain.errors(samples, rows).items()
    ]
    if domain.are_images:
        say("measuring on pixels")
        figures += pixels.measure(figure, found.photographs, images, floor, seed)
    features = Standard(domain.features(rows), found.photographs)
    for measured in (Leading(features), network):
        if measured is None:
            continue
        say(f"measuring on {measured.name}")
        real, fake, other = (
            None if rows is None else measured(rows).astype(np.float64)
            for rows in (found.photographs, images, found.others)
        )
        assert real is not None
        assert fake is not None
        described = partial(figure, features=measured.name)
        figures += measure_all(described, real, fake, found.floor(real, other), seed)
    judged = None
    if domain.are_images and found.trained is not None:
        say(f"looking for copies among {len(found.trained)} training photographs")
        judged = _look_for_copies(features, images, found, out)
    sheet = out / COPIES_FILE if judged else None
    report = Report(generator.name, figures, judged, sheet)
    write_text(make_folder(out) / METRICS_FILE, json.dumps(_content(report), indent=2) + "\n")
    return report


def _look_for_copies(
    features: Standard, images: Samples, found: Reference, out: Path
) -> copies.Copies | None:
    """Judge and write the sheet; None where no photograph was kept from training."""
    assert found.trained is not None
    if found.unseen is None:
        return None
    trained = features(found.trained)
    neighbours = copies.nearest(features, images, trained)
    unseen = copies.nearest(features, found.unseen, trained)
    sheet = copies.pairs(images, neighbours, found.trained, _SHEET_PAIRS)
    captions = [f"{distance:.3g}" for distance in np.sort(neighbours.distances)[:_SHEET_PAIRS]]
    save_png(captioned(sheet, captions), make_folder(out) / COPIES_FILE)
    return copies.judge(neighbours.distances, unseen.distances, len(found.trained), features.name)


def _content(report: Report) -> dict[str, Any]:
    return {
        "lsgan": __version__,
        "checkpoint": report.checkpoint,
        "figures": [asdict(figure) for figure in report.figures],
        "copies": asdict(report.copies) if report.copies else None,
    }


def table(report: Report) -> str:
    """The report as lines for a terminal."""
    first = report.figures[0]
    lines = [
        f"{report.checkpoint} against {first.reference}, seed {first.seed}, n = {first.n} "
        f"(floor: photographs against photographs, n = {first.floor_n})",
        "",
    ]
    notes: list[str] = []
    features = ""
    for figure in report.figures:
        if figure.features != features:
            features = figure.features
            lines.append(
                f"{features:<36}{'value':>10} {'± error':>10}{'floor':>12} {'± error':>10}"
            )
        mark = ""
        if figure.note:
            if figure.note not in notes:
                notes.append(figure.note)
            mark = f" [{notes.index(figure.note) + 1}]"
        arrow = "↓" if figure.better == "lower" else "↑"
        numbers = (figure.value, figure.spread, figure.floor, figure.floor_spread)
        value, spread, floor, floor_spread = map(_number, numbers)
        lines.append(
            f"  {figure.name + ' ' + arrow:<34}{value:>10} {spread:>10}{floor:>12} "
            f"{floor_spread:>10}{mark}"
        )
    lines += [f"[{place + 1}] {note}" for place, note in enumerate(notes)]
    lines.append("")
    if report.copies:
        lines += [
            f"copies: {report.copies.said()}",
            f"beside their nearest, with distances: {report.sheet}",
        ]
    else:
        lines.append(
            "copies: not looked for, since the photographs trained on, or new ones beside them, "
            "are not at hand"
        )
    return "\n".join(lines)


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:.4g}"
