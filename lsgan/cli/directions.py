"""`lsgan directions`."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from lsgan.cli.options import Device, RunOrCheckpoint, Step
from lsgan.system import runtime

Components = Annotated[int, typer.Option(min=0, max=64, help="How many principal directions.")]
Examples = Annotated[
    Optional[list[str]],
    typer.Option(
        "--examples",
        metavar="NAME=WITH,WITHOUT",
        help="A direction from two folders of your photographs; can be given several times.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Another seed takes other latents.")]
Out = Annotated[
    Optional[Path],
    typer.Option(help="Folder for the directions.", show_default="directions/ in the run"),
]


def directions(
    source: RunOrCheckpoint,
    which: Step = "best",
    examples: Examples = None,
    components: Components = 10,
    seed: Seed = 0,
    out: Out = None,
    device: Device = "auto",
) -> None:
    """Find directions that steer a generator: warmth, horizon, texture, your own, and others."""
    runtime.start(device)
    from lsgan.latent_space.direction_report import table
    from lsgan.latent_space.examples import parse_examples
    from lsgan.latent_space.find import Request, find

    request = Request(source, which, parse_examples(examples or []), components, seed, out)
    found = find(request, lambda line: typer.echo(line, err=True))
    typer.echo(table(found))
    typer.echo(f"strips of images: {request.folder}")
    typer.echo(f"use one with: lsgan sample {source} --direction NAME=2")
