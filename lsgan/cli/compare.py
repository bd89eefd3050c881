"""`lsgan compare`."""

from pathlib import Path
from typing import Annotated, Optional

import typer

Runs = Annotated[list[Path], typer.Argument(metavar="RUN RUN…", help="Two run folders or more.")]
Out = Annotated[
    Optional[Path],
    typer.Option(metavar="FILE", help="The page.", show_default="comparison.html, here"),
]


def compare(runs: Runs, out: Out = None) -> None:
    """Print a table of several runs beside each other, and write a page with their curves."""
    from lsgan.reporting.compare import compare as write

    comparison = write(runs, out)
    typer.echo(comparison)
    typer.echo(f"\npage: {comparison.path}")
