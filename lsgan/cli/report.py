"""`lsgan report`."""

from pathlib import Path
from typing import Annotated, Optional

import typer

Run = Annotated[Path, typer.Argument(metavar="RUN", help="A run folder.")]
Out = Annotated[
    Optional[Path],
    typer.Option(metavar="FILE", help="The page.", show_default="report.html in RUN"),
]


def report(run: Run, out: Out = None) -> None:
    """Write a page about a run: settings, curves, samples, metrics, data set and licences."""
    from lsgan.reporting.report import report as write

    typer.echo(f"report: {write(run, out)}")
