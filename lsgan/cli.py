"""The commands and their options; each calls one function of the program, nothing more.

Modules that load Paddle are imported inside the commands that compute, after `runtime.start`.
"""

import io
import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from lsgan import __version__, config_files, runtime
from lsgan.config import Config
from lsgan.errors import ConfigError, LsganError

app = typer.Typer(
    name="lsgan",
    help="From a folder of photographs to a trained generator of new ones.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Device = Annotated[str, typer.Option(help="auto, cpu, gpu or gpu:N.")]
Changes = Annotated[
    Optional[list[str]],  # noqa: UP045
    typer.Option("--set", metavar="KEY=VALUE", help="Change a setting, such as train.steps=500."),
]


def main() -> None:
    """Run the command line: 0 if all went well, 2 and one line if the user can mend it."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that cannot show a character of a path must not end a training.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    try:
        app()
    except LsganError as error:
        typer.echo(f"lsgan: {error}", err=True)
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
    """From a folder of photographs to a trained generator of new ones."""


@app.command()
def prepare(
    sources: Annotated[list[Path], typer.Argument(metavar="SRC...", help="Folders or images.")],
    out: Annotated[Path, typer.Option(help="Folder for the packed data set.")],
    size: Annotated[int, typer.Option(help="Height and width: 32, 64, 128 or 256.")] = 64,
    channels: Annotated[int, typer.Option(help="3 for colour, 1 for grey.")] = 3,
    min_size: Annotated[
        Optional[int],  # noqa: UP045 typer on Python 3.10 reads this form only
        typer.Option(min=1, help="Least width and height of an image.  [default: --size]"),
    ] = None,
    keep_duplicates: Annotated[
        bool, typer.Option("--keep-duplicates", help="Keep identical and near-identical images.")
    ] = False,
    workers: Annotated[
        Optional[int],  # noqa: UP045
        typer.Option(help="Processes that decode.  [default: one for each core]"),
    ] = None,
) -> None:
    """Pack a folder of images into one file that train can read."""
    from lsgan.dataset.prepare import PrepareSettings
    from lsgan.dataset.prepare import prepare as run

    settings = PrepareSettings(size, channels, min_size, keep_duplicates, workers)
    typer.echo(run(sources, out, settings))


@app.command()
def train(
    config: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="A packaged configuration's name or a file.  [default: kanas.yaml]"),
    ] = None,
    data: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Folder of the packed data set.  [default: the configuration's]"),
    ] = None,
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Folder of the run.  [default: runs/ and the configuration's name]"),
    ] = None,
    device: Device = "auto",
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run from its newest checkpoint.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be done and how long it would take.")
    ] = False,
    changes: Changes = None,
) -> None:
    """Train a generator on a packed data set."""
    name = config or "kanas.yaml"
    folder = out or Path("runs") / Path(name).stem
    # A run that is resumed without naming a configuration goes on with its own.
    own = folder / "config.yaml"
    path = own if resume and config is None and own.is_file() else config_files.find(name)
    settings = config_files.load(path, changes or [])
    # Whole, so that the run can be resumed from any folder.
    settings = config_files.with_data(settings, (data or Path(settings.data.path)).resolve())
    chosen = runtime.start(device)
    if dry_run:
        from lsgan.training.plan import plan

        typer.echo(plan(settings, chosen))
        return
    from lsgan.training.loop import train as run

    outcome = run(settings, folder, chosen, resume)
    if outcome.signal:
        # The shell's convention for a program that a signal has ended.
        sys.exit(128 + outcome.signal)


@app.command()
def sample(
    source: Annotated[Path, typer.Argument(metavar="RUN|CHECKPOINT", help="A run or one file.")],
    which: Annotated[
        str, typer.Option("--step", help="Of a run: best, latest or a step that it kept.")
    ] = "best",
    out: Annotated[
        Optional[Path],  # noqa: UP045
        typer.Option(help="Folder for the pictures.  [default: pictures/ in the run]"),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many pictures.")] = 64,
    seeds: Annotated[
        Optional[str],  # noqa: UP045
        typer.Option(help="Which pictures, such as 0-63 or 3,8,20-29.  [default: from 0 on]"),
    ] = None,
    columns: Annotated[int, typer.Option(min=1, help="Pictures in a row of the grid.")] = 8,
    upscale: Annotated[int, typer.Option(min=1, max=32, help="Enlarge by a whole number.")] = 1,
    singles: Annotated[
        bool, typer.Option("--singles", help="One numbered PNG a picture, no grid.")
    ] = False,
    walk: Annotated[
        bool, typer.Option("--walk", help="A looping GIF through the seeds, no grid.")
    ] = False,
    frames: Annotated[
        int, typer.Option(min=2, max=600, help="Of a walk: pictures from one seed to the next.")
    ] = 24,
    device: Device = "auto",
) -> None:
    """Render pictures from a trained generator; a seed's picture is always the same."""
    if singles and walk:
        raise ConfigError("--singles and --walk are two different things", "Give one of them.")
    chosen = runtime.start(device)
    from lsgan import sampling

    numbers = sampling.parse_seeds(seeds) if seeds else range(count)
    generator = sampling.open_generator(source, which)
    folder = out or (source / "pictures" if source.is_dir() else Path("pictures"))
    if walk:
        path = sampling.write_walk(generator, numbers, frames, folder, upscale)
    elif singles:
        path = sampling.write_singles(generator, numbers, folder, upscale)
    else:
        path = sampling.write_grid(generator, numbers, folder, columns, upscale)
    typer.echo(f"{len(numbers)} seeds of {generator.name} on {chosen}: {path}")


@app.command()
def demo(
    out: Annotated[Path, typer.Option(help="Folder for everything.")] = Path("demo"),
    count: Annotated[int, typer.Option(min=100, help="How many landscapes to render.")] = 1500,
    device: Device = "auto",
    changes: Changes = None,
) -> None:
    """Do the whole job in a few minutes, on landscapes that are rendered here."""
    from lsgan.demo.job import demonstrate

    demonstrate(out, count, changes or [], device, typer.echo)


@app.command()
def config(
    name: Annotated[
        Optional[str],  # noqa: UP045
        typer.Argument(help="A packaged configuration's name or a file; else the defaults."),
    ] = None,
) -> None:
    """Print every setting with its value, its range and its meaning, as a configuration file."""
    path = config_files.find(name) if name else None
    settings = config_files.load(path) if path else Config()
    typer.echo(config_files.annotated(settings), nl=False)


@app.command()
def doctor() -> None:
    """Print what was found of the machine and what was set for it."""
    from lsgan.doctor import report

    typer.echo(report())
