"""`lsgan prepare`."""

from pathlib import Path
from typing import Annotated, Optional

import typer

Sources = Annotated[
    list[Path],
    typer.Argument(
        metavar="SRC...", help="Folders, archives, shards or images; for MNIST, its folder."
    ),
]
Out = Annotated[Path, typer.Option(help="Folder for the packed data set.")]
Size = Annotated[
    Optional[int],
    typer.Option(
        help="Height and width: 32, 64, 128 or 256.",
        show_default="64; for pairs 128, for MNIST 32",
    ),
]
Channels = Annotated[
    Optional[int],
    typer.Option(help="3 for colour, 1 for grey.", show_default="3; for MNIST 1"),
]
Origin = Annotated[
    str,
    typer.Option(
        "--from",
        help="photographs; pairs, two images side by side in each file; or mnist, idx files.",
    ),
]
Direction = Annotated[
    str,
    typer.Option(help="For pairs, from input to target: left-to-right or right-to-left."),
]
MinSize = Annotated[
    Optional[int],
    typer.Option(min=1, help="Least width and height of an image.", show_default="--size"),
]
KeepDuplicates = Annotated[
    bool, typer.Option("--keep-duplicates", help="Keep identical and near-identical images.")
]
Workers = Annotated[
    Optional[int],
    typer.Option(help="How many processes decode.", show_default="one for each core"),
]
ClusterAddress = Annotated[
    Optional[str],
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Decode on a Dask cluster: its scheduler's address or file (extra cluster).",
    ),
]
ShardSize = Annotated[
    Optional[int],
    typer.Option(
        min=1, help="Most images in a file of the data set.", show_default="all in one file"
    ),
]
Overwrite = Annotated[
    bool, typer.Option("--overwrite", help="Replace the data set that is already in --out.")
]


def prepare(
    sources: Sources,
    out: Out,
    size: Size = None,
    channels: Channels = None,
    origin: Origin = "photographs",
    direction: Direction = "left-to-right",
    min_size: MinSize = None,
    keep_duplicates: KeepDuplicates = False,
    workers: Workers = None,
    cluster: ClusterAddress = None,
    shard_size: ShardSize = None,
    overwrite: Overwrite = False,
) -> None:
    """Pack images into one file for training."""
    from lsgan.api.training import prepare as run

    summary = run(
        sources,
        out,
        origin=origin,
        size=size,
        channels=channels,
        min_size=min_size,
        direction=direction,
        keep_duplicates=keep_duplicates,
        workers=workers,
        cluster=cluster,
        shard_size=shard_size,
        overwrite=overwrite,
    )
    typer.echo(summary)
