"""`lsgan export-data`."""

from pathlib import Path
from typing import Annotated, Optional

import typer

Source = Annotated[
    Path, typer.Argument(metavar="PACK", help="A packed data set, or a scraped one's folder.")
]
Out = Annotated[Path, typer.Option(help="Folder for the images, their metadata and the card.")]
License = Annotated[
    Optional[list[str]],
    typer.Option(
        help="Write only images under this licence, such as cc0, by or by-sa; repeatable. any "
        "writes all, for your own photographs.",
        show_default="those that allow sharing changed copies",
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace the export that is already in --out.")
]


def export_data(
    pack: Source,
    out: Out,
    license: License = None,  # noqa: A002 the field's word for it
    overwrite: Overwrite = False,
) -> None:
    """Write a packed data set as a Hugging Face image folder, with a data set card."""
    from lsgan.api.sharing import export_data as run

    typer.echo(run(pack, out, licenses=license or (), overwrite=overwrite))
