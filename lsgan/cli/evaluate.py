"""`lsgan evaluate`."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from lsgan.cli.options import Device, RunOrCheckpoint, Step
from lsgan.system import runtime

Reference = Annotated[
    Optional[Path],
    typer.Option(
        metavar="DIR|PACK",
        help="Photographs to compare with, packed or not.",
        show_default="the run's held-out ones",
    ),
]
Count = Annotated[
    int, typer.Option(min=64, max=100_000, help="How many images to generate at most.")
]
Seed = Annotated[int, typer.Option(min=0, help="Another seed generates other images.")]
Inception = Annotated[
    bool, typer.Option("--inception", help="Use the FID's Inception network as well.")
]
Weights = Annotated[
    Optional[Path],
    typer.Option(
        help="Weights of that network; implies --inception.", show_default="downloaded once"
    ),
]
Out = Annotated[
    Optional[Path],
    typer.Option(help="Folder for metrics.json and copies.png.", show_default="the run"),
]


def evaluate(
    source: RunOrCheckpoint,
    reference: Reference = None,
    which: Step = "best",
    count: Count = 5000,
    seed: Seed = 0,
    inception: Inception = False,
    weights: Weights = None,
    out: Out = None,
    device: Device = "auto",
) -> None:
    """Compute metrics of a generator against photographs, and look for memorized ones."""
    runtime.start(device)
    from lsgan.evaluation.evaluate import Request
    from lsgan.evaluation.evaluate import evaluate as run

    folder = out or (source if source.is_dir() else Path("evaluation"))
    request = Request(source, which, reference, folder, count, seed, inception, weights)
    report = run(request, lambda line: typer.echo(line, err=True))
    typer.echo(report)
