"""A training step and sampling, beside the same in PyTorch."""

import argparse
from pathlib import Path
from typing import Any

import numpy as np
from sides import Side, by_turns

# By what share the losses of the first step, and of two more, may differ. The first step of Adam
# moves every weight by the sign of its gradient, however small, so that rounding grows: from the
# same weights PyTorch itself comes to 2.036 in float32 and to 2.020 in float64 at the third step.
TOLERANCES = [5e-3, 5e-2, 1e-1]
# Configurations, and the numbers of channels and batch sizes that each is measured at.
CASES = {
    "kanas.yaml": [(64, 8), (64, 16), (64, 64), (64, 128), (32, 8), (32, 64)],
    "kanas-projected.yaml": [(64, 16), (64, 32)],
}


def steps(options: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Images a second in a training step, of some configurations, widths and batch sizes."""
    rows = []
    cases = [(name, *case) for name, cases in CASES.items() for case in cases]
    for configuration, width, batch in cases:
        # Both train from the same weights on the same batches, which lsgan writes down.
        shared = folder / f"{configuration}-{width}-{batch}.npz"
        count = max(2, 256 // batch)
        given = "train", configuration, shared, width, batch, count, options.device
        ours, theirs = Side("lsgan_side", *given), Side("pytorch_side", *given)
        check(ours.facts, theirs.facts)
        name = configuration.removesuffix(".yaml")
        row = by_turns(
            f"training step, {name}, {width} channels, batch {batch}",
            "images/s",
            batch * count,
            ours,
            theirs,
            options.rounds,
        )
        rows.append(row | {"note": "same weights, losses and parameters"})
    return rows


def check(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    """Both sides do the same: as many parameters, and the same losses in the first steps."""
    if ours["parameters"] != theirs["parameters"]:
        raise SystemExit(f"different networks: {ours['parameters']}, {theirs['parameters']}")
    for one, other, tolerance in zip(ours["losses"], theirs["losses"], TOLERANCES, strict=True):
        np.testing.assert_allclose(one, other, rtol=tolerance)


def samples(options: argparse.Namespace, folder: Path) -> list[dict[str, Any]]:
    """Images a second when 1,000 are sampled."""
    shared = folder / "sample.npz"
    given = "sample", "kanas.yaml", shared, 64
    ours = Side("lsgan_side", *given, 16, 1000, options.device)
    theirs = Side("pytorch_side", *given, 64, 1000, options.device)
    np.testing.assert_allclose(ours.facts["mean"], theirs.facts["mean"], atol=0.01)
    return [by_turns("sampling 1,000 images", "images/s", 1000, ours, theirs, options.rounds)]
