"""`lsgan project`."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from lsgan.cli.options import AnimationFormat, AnimationKind, Device, RunOrCheckpoint, Step
from lsgan.system import runtime

Photographs = Annotated[
    list[Path], typer.Argument(metavar="PHOTO…", help="Photographs, or folders of them.")
]
Starts = Annotated[
    int, typer.Option(min=1, max=32, help="Latents to begin with, for each photograph.")
]
Steps = Annotated[
    int, typer.Option("--search-steps", min=1, max=10_000, help="Steps of the search.")
]
Baseline = Annotated[
    int,
    typer.Option(
        min=0,
        max=64,
        help="Training and held-out photographs to project as well, to compare distances.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Another seed begins with other latents.")]
Out = Annotated[
    Optional[Path],
    typer.Option(help="Folder for the results.", show_default="projections/ in the run"),
]


def project(
    photographs: Photographs,
    source: RunOrCheckpoint,
    which: Step = "best",
    starts: Starts = 4,
    steps: Steps = 150,
    baseline: Baseline = 4,
    seed: Seed = 0,
    animation: AnimationFormat = AnimationKind.gif,
    out: Out = None,
    device: Device = "auto",
) -> None:
    """Find the latents whose images are nearest to photographs of yours."""
    runtime.start(device)
    from lsgan.latent_space.project import Request
    from lsgan.latent_space.project import project as run

    suffix = f".{animation.value}"
    request = Request(photographs, source, which, out, starts, steps, baseline, seed, suffix)
    found = run(request, lambda line: typer.echo(line, err=True))
    typer.echo(found)
    typer.echo(f"use them with: lsgan sample {source} --latents {found.latents}")
