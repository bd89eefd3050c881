"""Quality against time: training programs, each alone for as many minutes on the same photographs.

    python scripts/quality train OUT --data PACK --system kanas.yaml
    python scripts/quality train OUT --data PACK --system kanas-projected.yaml
    python scripts/quality train OUT --data PACK --photographs FOLDER --system lightweight-gan \\
        --python PYTHON
    python scripts/quality measure OUT
    python scripts/quality table OUT

A system is a configuration of lsgan or lightweight-gan. Each trains into a folder of its own in OUT
and leaves checkpoints at even distances; a training that was broken off, or that has had fewer
minutes than are asked for now, goes on where it was. Nothing else should run meanwhile. Then
`measure` makes images from the checkpoints, measures them, and writes quality.json, and `table`
prints and writes the table, quality.md, and the plot, quality.png. README.md beside this file says
what is measured, and how lightweight-gan is installed.
"""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import Any

import clock
import showing
from systems import LIGHTWEIGHT, system_of

from lsgan.io.files import make_folder, write_text
from lsgan.system import runtime

_FOUND = "quality.json"
# What --set of lsgan leaves to the flags, which hold for every system.
_FLAGS = {"data.val_fraction": "--val-fraction", "train.seed": "--seed", "data.path": "--data"}


def train(options: argparse.Namespace) -> None:
    """Train one system."""
    for word in options.set:
        if (key := word.partition("=")[0]) in _FLAGS:
            raise SystemExit(f"give {_FLAGS[key]} in place of --set {key}")
    if options.system == LIGHTWEIGHT and not (options.photographs and options.python):
        raise SystemExit(f"{LIGHTWEIGHT} needs --photographs and --python")
    name = options.name or _name(options.system, options.set)
    folder = make_folder(options.out / name)
    described = _described(options)
    if (folder / clock.DESCRIPTION).is_file():
        before = clock.read(folder)
        for key in ("system", "set", "val_fraction", "seed"):
            if before[key] != described[key]:
                raise SystemExit(f"{folder} was trained with another {key}: give another --name")
        described = before | described
    clock.write(folder, described)
    system = system_of(described, folder)
    timed = clock.Clock(folder, system, options.minutes, options.points, options.threads)
    print(f"{name}: {timed.train()}")


def _described(options: argparse.Namespace) -> dict[str, Any]:
    kept = ("system", "set", "minutes", "val_fraction", "seed", "threads")
    described = {key: getattr(options, key) for key in kept}
    for key in ("data", "photographs"):
        path = getattr(options, key)
        described[key] = str(path.resolve()) if path else None
    # Not resolved: the python of a virtual environment is a link.
    described["python"] = str(options.python.absolute()) if options.python else None
    return described


def _name(system: str, words: list[str]) -> str:
    """A folder's name for a system and its settings."""
    plain = [re.sub(r"[^\w.=+-]+", "-", word) for word in words]
    return ",".join([system.removesuffix(".yaml").replace("/", "-"), *plain])


def measure(options: argparse.Namespace) -> None:
    """Sample and measure what was trained, and show it."""
    runtime.start("cpu")
    # Loads what needs Paddle, for which the settings have just been made.
    import measuring

    found = measuring.measure(options.out, options.images)
    machine = {"processor": runtime.processor(), "cores": runtime.cores()}
    text = json.dumps({"machine": machine, **found}, indent=2, ensure_ascii=False)
    write_text(options.out / _FOUND, text + "\n")
    table(options)


def table(options: argparse.Namespace) -> None:
    """Print the table, write it and the plot."""
    found = json.loads((options.out / _FOUND).read_text(encoding="utf-8"))
    text = showing.table(found)
    write_text(options.out / "quality.md", text)
    showing.plot(found, options.out / "quality.png")
    print(text, end="")


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="scripts/quality",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    training = commands.add_parser("train", help="train one system, or go on with it")
    training.add_argument("out", type=Path, metavar="OUT")
    training.add_argument("--data", type=Path, required=True, help="the packed data set")
    training.add_argument("--system", required=True, help="NAME.yaml or lightweight-gan")
    training.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    training.add_argument("--name", help="of its folder [made of the system and its settings]")
    training.add_argument("--photographs", type=Path, help="what the data set was prepared from")
    training.add_argument("--python", type=Path, help="of the environment with lightweight-gan")
    training.add_argument("--minutes", type=float, default=45, help="of training [45]")
    training.add_argument("--points", type=int, default=6, help="checkpoints to keep [6]")
    training.add_argument("--threads", type=int, default=runtime.cores(), help="[one each core]")
    training.add_argument("--val-fraction", type=float, default=0.1, help="share kept apart [0.1]")
    training.add_argument("--seed", type=int, default=0, help="of the split and the training [0]")
    training.set_defaults(command=train)
    measuring = commands.add_parser("measure", help="make images and measure them")
    measuring.add_argument("out", type=Path, metavar="OUT")
    measuring.add_argument("--images", type=int, default=2048, help="for each point [2048]")
    measuring.set_defaults(command=measure)
    showing_parser = commands.add_parser("table", help="print the table, draw the plot")
    showing_parser.add_argument("out", type=Path, metavar="OUT")
    showing_parser.set_defaults(command=table)
    options = parser.parse_args()
    options.command(options)


if __name__ == "__main__":
    sys.exit(main())
