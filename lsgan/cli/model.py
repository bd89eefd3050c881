"""The commands that train a model and use it."""

import sys
from functools import partial
from pathlib import Path
from typing import Annotated, Optional

import typer

from lsgan import runtime
from lsgan.cli.options import Changes, Device
from lsgan.errors import ConfigError


def train(
    config: Annotated[
        Optional[str],
        typer.Option(help="A packaged configuration's name or a file.", show_default="kanas.yaml"),
    ] = None,
    data: Annotated[
        Optional[Path],
        typer.Option(help="Folder of the packed data set.", show_default="the configuration's"),
    ] = None,
    out: Annotated[
        Optional[Path],
        typer.Option(help="Folder of the run.", show_default="runs/ and the configuration's name"),
    ] = None,
    device: Device = "auto",
    devices: Annotated[
        Optional[str],
        typer.Option(metavar="N,N…", help="Train on these GPUs together, such as 0,1."),
    ] = None,
    workers: Annotated[
        Optional[int],
        typer.Option(min=1, help="Train on the CPU in so many processes together."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run from its newest checkpoint.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be done and how long it would take.")
    ] = False,
    changes: Changes = None,
) -> None:
    """Train a generator on a packed data set."""
    from lsgan import config_files
    from lsgan.workers import devices_of, run_together, train_here

    name = config or "kanas.yaml"
    folder = out or Path("runs") / Path(name).stem
    # A run that is resumed without naming a configuration goes on with its own.
    own = folder / "config.yaml"
    path = own if resume and config is None and own.is_file() else config_files.find(name)
    settings = config_files.load(path, changes or [])
    # Whole, so that the run can be resumed from any folder.
    settings = config_files.with_data(settings, (data or Path(settings.data.path)).resolve())
    together = devices_of(workers, devices)
    if dry_run:
        chosen = runtime.start(together[0] if together else device, settings.train.tf32)
        from lsgan.training.plan import plan

        typer.echo(plan(settings, chosen))
        return
    work = partial(train_here, settings, folder, resume)
    signal = run_together(work, together) if together else work(device)
    if signal:
        # The shell's convention for a program that a signal has ended.
        sys.exit(128 + signal)


def sample(
    source: Annotated[Path, typer.Argument(metavar="RUN|CHECKPOINT", help="A run or one file.")],
    which: Annotated[
        str, typer.Option("--step", help="Of a run: best, latest or a step that it kept.")
    ] = "best",
    out: Annotated[
        Optional[Path],
        typer.Option(help="Folder for the pictures.", show_default="pictures/ in the run"),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many pictures.")] = 64,
    seeds: Annotated[
        Optional[str],
        typer.Option(help="Which pictures, such as 0-63 or 3,8,20-29.", show_default="from 0 on"),
    ] = None,
    columns: Annotated[int, typer.Option(min=1, help="Pictures in a row of the grid.")] = 8,
    upscale: Annotated[int, typer.Option(min=1, max=32, help="Enlarge by a whole number.")] = 1,
    singles: Annotated[
        bool, typer.Option("--singles", help="One numbered PNG a picture, no grid.")
    ] = False,
    given: Annotated[
        Optional[Path],
        typer.Option(
            "--input",
            metavar="DIR",
            help="Pictures to make pictures of, with a generator that was trained on pairs.",
        ),
    ] = None,
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
    if given and (seeds or walk):
        raise ConfigError("--input takes the place of seeds", "Leave --seeds and --walk out.")
    chosen = runtime.start(device)
    from lsgan import sampling, translating

    numbers = sampling.parse_seeds(seeds) if seeds else range(count)
    generator = sampling.open_generator(source, which)
    folder = out or (source / "pictures" if source.is_dir() else Path("pictures"))
    if given:
        source_of = translating.Source(generator, given, typer.echo)
        if singles:
            path = translating.write_singles(source_of, folder, upscale)
        else:
            path = translating.write_grid(source_of, folder, columns, upscale)
        typer.echo(f"{source_of.taken} pictures of {generator.name} on {chosen}: {path}")
        return
    if walk:
        path = sampling.write_walk(generator, numbers, frames, folder, upscale)
    elif singles:
        path = sampling.write_singles(generator, numbers, folder, upscale)
    else:
        path = sampling.write_grid(generator, numbers, folder, columns, upscale)
    typer.echo(f"{len(numbers)} seeds of {generator.name} on {chosen}: {path}")


def evaluate(
    source: Annotated[Path, typer.Argument(metavar="RUN|CHECKPOINT", help="A run or one file.")],
    reference: Annotated[
        Optional[Path],
        typer.Option(
            metavar="DIR|PACK",
            help="Photographs to measure against, packed or not.",
            show_default="the run's held-out ones",
        ),
    ] = None,
    which: Annotated[
        str, typer.Option("--step", help="Of a run: best, latest or a step that it kept.")
    ] = "best",
    count: Annotated[
        int, typer.Option(min=64, max=100_000, help="Pictures to generate, at most.")
    ] = 5000,
    seed: Annotated[int, typer.Option(min=0, help="Another one: other pictures.")] = 0,
    inception: Annotated[
        bool, typer.Option("--inception", help="Measure on the FID's Inception network too.")
    ] = False,
    weights: Annotated[
        Optional[Path],
        typer.Option(help="Its weights; implies --inception.", show_default="fetched once"),
    ] = None,
    out: Annotated[
        Optional[Path],
        typer.Option(help="Folder for metrics.json and copies.png.", show_default="the run"),
    ] = None,
    device: Device = "auto",
) -> None:
    """Measure a generator against photographs, and look for copies of those it was trained on."""
    runtime.start(device)
    from lsgan.evaluating import Request
    from lsgan.evaluating import evaluate as run
    from lsgan.evaluation.report import table

    folder = out or (source if source.is_dir() else Path("evaluation"))
    request = Request(source, which, reference, folder, count, seed, inception, weights)
    report = run(request, lambda line: typer.echo(line, err=True))
    typer.echo(table(report))
