"""Measures lsgan, beside others where there are others: medians, least and most, and ratios.

    .venv/bin/python scripts/benchmark                     all of it, twenty minutes
    .venv/bin/python scripts/benchmark train sample        some of it
    .venv/bin/python scripts/benchmark --record            keep the figures, and write the table
    .venv/bin/python scripts/benchmark --table             write the table of the kept figures

Both sides of a comparison are timed in the same run, by turns, each in a process of its own: the
speed of a machine changes from minute to minute, the ratio hardly. Nothing else should run
meanwhile. A ratio is lsgan's speed over the other's: above 1 lsgan is faster. A training step is
measured as lsgan computes it by itself and in float32, both beside PyTorch's float32 in the layout
that is the faster there. With a GPU build of Paddle and of PyTorch, --device gpu measures there.
Needs PyTorch, and the networks of EfficientNet that train has:
.venv/bin/python -m pip install --editable '.[cpu,benchmark,quality]'
"""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

import figures
import startup
import step_profile
import training

import data
from lsgan.system import runtime

PARTS: dict[str, Callable[[argparse.Namespace, Path], Iterable[dict[str, Any]]]] = {
    "train": training.steps,
    "busy": training.busy,
    "profile": step_profile.profiles,
    "sample": training.samples,
    "prepare": data.preparation,
    "pack": data.random_batches,
    "start": startup.starts,
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/benchmark",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)} [all]")
    parser.add_argument("--rounds", type=int, default=5, help="how often each side is timed [5]")
    parser.add_argument("--device", choices=("cpu", "gpu"), default="cpu", help="[cpu]")
    parser.add_argument("--photographs", type=Path, help="a folder for prepare [made here]")
    parser.add_argument(
        "--mode",
        dest="modes",
        action="append",
        metavar="MODE",
        help="of training steps: auto, float32, tf32 or bfloat16, each with +channels-last or "
        "+cuda-graph after it if you like; may be given more than once",
    )
    parser.add_argument(
        "--only", metavar="WORDS", help="of the training steps those whose name has these words"
    )
    parser.add_argument(
        "--record", action="store_true", help=f"append the figures to {figures.FILE.name}"
    )
    parser.add_argument(
        "--table", action="store_true", help="measure nothing; write the table in scripts/README.md"
    )
    options = parser.parse_args()
    if options.table:
        figures.write_table()
        return
    unknown = set(options.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}; there are {', '.join(PARTS)}")
    machine = {
        "processor": runtime.processor(),
        "cores": runtime.cores(),
        "system": platform.platform(),
        "python": platform.python_version(),
        **{name: version(name) for name in ("lsgan", "paddlepaddle", "torch", "numpy", "pillow")},
    }
    print(*(f"{name} {value}" for name, value in machine.items() if value), sep=", ")
    rows = []
    with tempfile.TemporaryDirectory(prefix="lsgan-benchmark-") as folder:
        for name in options.parts or PARTS:
            for row in PARTS[name](options, Path(folder)):
                print(line(row), flush=True)
                rows.append(row)
    if options.record:
        figures.append(machine, rows)
        figures.write_table()


def version(name: str) -> str | None:
    for distribution in (name, f"{name}-gpu"):
        try:
            return metadata.version(distribution)
        except metadata.PackageNotFoundError:
            continue
    return None


def line(row: dict[str, Any]) -> str:
    """One row of the table: what, lsgan's figures, the other's, the ratio."""
    words = [f"{row['what']:<54}"]
    for side in ("lsgan", row.get("other", "")):
        if side in row:
            found = row[side]
            words.append(
                f"{side} {found['median']:.4g} {row['unit']} "
                f"({found['least']:.4g} to {found['most']:.4g})"
            )
            if "peak_megabytes" in found:
                words.append(f"{found['peak_megabytes']:.0f} MB")
    if "ratio" in row:
        least, most = row["ratio_least"], row["ratio_most"]
        words.append(f"ratio {row['ratio']:.2f} ({least:.2f} to {most:.2f})")
    if "note" in row:
        words.append(row["note"])
    return "  ".join(words)


if __name__ == "__main__":
    # A proxy that the environment names is not for this machine.
    os.environ["no_proxy"] = os.environ["NO_PROXY"] = "127.0.0.1"
    sys.exit(main())
