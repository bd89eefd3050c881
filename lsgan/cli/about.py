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
            help="Render spring, summer, autumn or winter; repeatable.",
            show_default="autumn with demo.yaml, else all",
        ),
    ] = None,
    random_weights: Annotated[
        bool, typer.Option("--random-weights", help="Start from random weights.")
    ] = False,
    name: Annotated[
        str, typer.Option("--config", help="A packaged configuration's name, or a file.")
    ] = "demo.yaml",
    device: Device = "auto",
    changes: Changes = None,
) -> None:
    """Run the whole job in a few minutes, on landscapes that it renders itself.

    With demo.yaml, training starts from weights that have seen only summer landscapes, and learns
    autumn; with any other configuration it starts from random weights.
    """
    from lsgan.demo.job import Wanted, demonstrate

    wanted = Wanted(count, season or [], random_weights, name, changes or [])
    demonstrate(out, wanted, device, typer.echo)


def config(
    name: Annotated[
        Optional[str],
        typer.Argument(
            help="A packaged configuration's name, or a file; without it, the defaults."
        ),
    ] = None,
) -> None:
    """Print every setting with its value, range and meaning, as a configuration file."""
    from lsgan.config import Config, config_files

    path = config_files.find(name) if name else None
    settings = config_files.load(path) if path else Config()
    typer.echo(config_files.annotated(settings), nl=False)


def doctor() -> None:
    """Print what was found on this machine, and the settings made for it."""
    from lsgan.cli.doctor_report import report

    typer.echo(report())
