"""`lsgan export`."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from lsgan.cli.options import RunOrCheckpoint, Step
from lsgan.system import runtime

Format = Annotated[str, typer.Option("--format", help="onnx, paddle or safetensors.")]
Out = Annotated[
    Optional[Path],
    typer.Option(help="Folder for the model.", show_default="export/ and the format, in the run"),
]
Data = Annotated[
    Optional[Path],
    typer.Option(
        metavar="DIR",
        help="The data set that it was trained on, for the model card.",
        show_default="the run's",
    ),
]
License = Annotated[
    str,
    typer.Option(
        "--license", metavar="ID", help="The model's licence for its card, such as cc-by-sa-4.0."
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace a model that was exported there before.")
]
Push = Annotated[
    str,
    typer.Option(
        "--push",
        metavar="USER/NAME",
        help="Publish the folder on the Hugging Face hub afterwards.",
        show_default="nowhere",
    ),
]


def export(
    source: RunOrCheckpoint,
    kind: Format = "onnx",
    which: Step = "best",
    out: Out = None,
    data: Data = None,
    license_of_it: License = "unknown",
    overwrite: Overwrite = False,
    push: Push = "",
) -> None:
    """Write a trained generator for other runtimes, with a model card and an example.

    The written model is run and compared with the generator; where they differ nothing is left.
    """
    runtime.start("cpu")
    from lsgan.exporting.export import Request
    from lsgan.exporting.export import export as run

    request = Request(source, which, kind, out, data, license_of_it, overwrite, push)
    found = run(request, lambda line: typer.echo(line, err=True))
    for name in found.files:
        size = (found.folder / name).stat().st_size
        typer.echo(f"{size:>12,}  {found.folder / name}")
    if found.address:
        typer.echo(found.address)
