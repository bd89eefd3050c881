"""A training step and sampling, beside the same in PyTorch."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from modes import TOLERANCES, Mode
from sides import Side, by_turns, compared, endless_loops, spread

from lsgan.system import runtime

# Configurations, and the numbers of channels and batch sizes that each is measured at.
CASES = {
    "kanas.yaml": [(64, 8), (64, 16), (64, 64), (32, 8), (32, 16), (32, 64)],
    "kanas-projected.yaml": [(64, 16), (64, 64)],
}
MODES = {"cpu": ["auto", "float32"], "gpu": ["float32"]}


def steps(options: argparse.Namespace, folder: Path) -> Iterator[dict[str, Any]]:
    """Images a second in a training step, of some configurations, widths and batch sizes."""
    for mode in options.modes or MODES[options.device]:
        for name, cases in CASES.items():
            for width, batch in cases:
                if (options.only or "") in _what(name, width, batch, mode):
                    yield step(options, folder, name, width, batch, mode)


def step(
    options: argparse.Namespace, folder: Path, configuration: str, width: int, batch: int, mode: str
) -> dict[str, Any]:
    """Images a second in a training step of one configuration; `mode` is in the words of Mode."""
    # A GPU does a step in milliseconds.
    count = max(2, (128 if options.device == "cpu" else 12_800) // batch)
    given = configuration, width, batch, count, mode
    ours, theirs, layout = sides(options, folder, *given)
    row = by_turns(
        _what(configuration, width, batch, mode),
        "images/s",
        batch * count,
        ours,
        theirs,
        options.rounds,
    )
    return row | {"note": f"same weights, losses and parameters; PyTorch {layout}"}


def sides(
    options: argparse.Namespace,
    folder: Path,
    configuration: str,
    width: int,
    batch: int,
    count: int,
    mode: str,
) -> tuple[Side, Side, str]:
    """lsgan's and PyTorch's, whose work is `count` steps, and the mode in which PyTorch is faster.

    Both train from the same weights on the same batches, which lsgan writes down.
    """
    shared = folder / f"{configuration}-{width}-{batch}-{mode}.npz"
    given = "train", configuration, shared, width, batch, count, options.device
    ours = Side("lsgan_side", *given, mode)
    theirs, layout = fastest([Side("pytorch_side", *given, each) for each in peers(mode)])
    check(ours.facts, theirs.facts, TOLERANCES[Mode.of(mode).precision])
    return ours, theirs, layout


def busy(options: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """What share of its speed a training step keeps while others compute on all cores."""
    cores, steps = runtime.cores(), 4
    both = sides(options, folder, "kanas.yaml", 64, 8, steps, "auto")[:2]
    kept: tuple[list[float], list[float]] = ([], [])
    for _ in range(options.rounds):
        for side, shares in zip(both, kept, strict=True):
            side.work()  # some take a moment to notice what others do
            quiet = side.work()
            with endless_loops(cores):
                side.work()
                shares.append(100 * quiet / side.work())
    row: dict[str, Any] = {
        "what": f"speed that a step keeps beside {cores} endless loops, kanas, batch 8",
        "unit": "%",
        "other": "PyTorch",
    }
    for name, side, shares in zip(("lsgan", "PyTorch"), both, kept, strict=True):
        row[name] = spread(shares) | {"peak_megabytes": side.end()}
    return [row | compared([one / other for one, other in zip(*kept, strict=True)])]


def _what(configuration: str, width: int, batch: int, mode: str) -> str:
    name = configuration.removesuffix(".yaml")
    how = "" if mode == "auto" else f", in {mode}"
    return f"training step, {name}, {width} channels, batch {batch}{how}"


def peers(mode: str) -> list[str]:
    """In which modes PyTorch is compared, of which the fastest counts.

    With a mode that says nothing about the layout PyTorch has both; what lsgan chooses by itself
    is held to PyTorch's float32.
    """
    precision = mode.replace("auto", "float32")
    return [precision] if "+" in mode else [precision, f"{precision}+channels-last"]


def fastest(sides: list[Side]) -> tuple[Side, str]:
    """The side that takes the least time for its work, and its mode; the others end."""
    times = [min(side.work() for _ in range(2)) for side in sides]
    best = times.index(min(times))
    for side in sides[:best] + sides[best + 1 :]:
        side.end()
    return sides[best], sides[best].given[-1]


def check(ours: dict[str, Any], theirs: dict[str, Any], tolerances: Sequence[float]) -> None:
    """Both sides do the same: as many parameters, and the same losses in the first steps."""
    if ours["parameters"] != theirs["parameters"]:
        raise SystemExit(f"different networks: {ours['parameters']}, {theirs['parameters']}")
    for one, other, tolerance in zip(ours["losses"], theirs["losses"], tolerances, strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance)


def samples(options: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Images a second when 1,000 are sampled."""
    shared = folder / "sample.npz"
    given = "sample", "kanas.yaml", shared, 64
    ours = Side("lsgan_side", *given, 16, 1000, options.device)
    theirs = Side("pytorch_side", *given, 64, 1000, options.device)
    np.testing.assert_allclose(ours.facts["mean"], theirs.facts["mean"], atol=0.01)
    return [by_turns("sampling 1,000 images", "images/s", 1000, ours, theirs, options.rounds)]
