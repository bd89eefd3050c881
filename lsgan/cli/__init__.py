"""The command line: its commands, and how its errors end.

Each command calls one function of the program, nothing more. What a command needs is imported
inside it, so that `--help` answers at once: the modules that load Paddle after `runtime.start`.
"""

import io
import sys
from typing import Annotated

import typer

from lsgan import __version__
from lsgan.cli.about import config, demo, doctor
from lsgan.cli.compare import compare
from lsgan.cli.directions import directions
from lsgan.cli.evaluate import evaluate
from lsgan.cli.explore import explore
from lsgan.cli.export import export
from lsgan.cli.export_data import export_data
from lsgan.cli.prepare import prepare
from lsgan.cli.project import project
from lsgan.cli.report import report
from lsgan.cli.sample import sample
from lsgan.cli.scrape import scrape
from lsgan.cli.train import train
from lsgan.errors import LsganError
from lsgan.text import printable

_LONGEST = 2000  # characters of a message

app = typer.Typer(
    name="lsgan",
    help="From a place's name to a trained generator of its landscapes.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def main() -> None:
    """Run the command line: 0 if all went well, 2 and one line if the user can mend it."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character of a path must not end a training.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except LsganError as error:
        # A path can hold line breaks.
        typer.echo(f"lsgan: {printable(str(error), _LONGEST)}", err=True)
        sys.exit(2)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"lsgan {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """From a place's name to a trained generator of its landscapes."""


# In the order of use, which is the order in `lsgan --help`.
for _command in (
    scrape,
    prepare,
    train,
    sample,
    directions,
    project,
    explore,
    evaluate,
    report,
    compare,
    export,
    export_data,
    demo,
    config,
    doctor,
):
    app.command()(_command)
