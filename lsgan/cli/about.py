"""The commands that show the program itself: the demonstration, the settings, the machine."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from lsgan.cli.options import Changes, Device


def demo(
    out: Annotated[Path, typer.Option(help="Folder for everything.")] = Path("demo"),
    count: Annotated[int, typer.Option(min=100, help="How many landscapes to render.")] = 800,
    season: Annotated[
        Optional[list[str]],
        typer.Option(
            help="Render this season's: spring, summer, autumn or winter; repeatable.",
            show_default="autumn with demo.yaml, else all",
        ),
    ] = None,
    random_weights: Annotated[
        bool, typer.Option("--random-weights", help="Begin with random weights in any case.")
    ] = False,
    name: Annotated[
        str, typer.Option("--config", help="A packaged configuration's name or a file.")
    ] = "demo.yaml",
    device: Device = "auto",
    changes: Changes = None,
) -> None:
    """Do the whole job in a few minutes, on landscapes that are rendered here.

    With demo.yaml the training begins with weights that have seen summer landscapes and learns
    autumn from the new ones; with any other configuration it begins with random weights.
    """
    from lsgan.demo.job import Wanted, demonstrate

    wanted = Wanted(count, season or [], random_weights, name, changes or [])
    demonstrate(out, wanted, device, typer.echo)


def config(
    name: Annotated[
        Optional[str],
        typer.Argument(help="A packaged configuration's name or a file; else the defaults."),
    ] = None,
) -> None:
    """Print every setting with its value, its range and its meaning, as a configuration file."""
    from lsgan.config import Config, config_files

    path = config_files.find(name) if name else None
    settings = config_files.load(path) if path else Config()
    typer.echo(config_files.annotated(settings), nl=False)


def doctor() -> None:
    """Print what was found of the machine and what was set for it."""
    from lsgan.cli.doctor_report import report

    typer.echo(report())
