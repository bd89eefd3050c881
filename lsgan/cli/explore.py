"""`lsgan explore`."""

from typing import Annotated, Optional

import typer

from lsgan.cli.options import Device, RunOrCheckpoint, Step
from lsgan.system import runtime

Host = Annotated[
    str, typer.Option(help="Address to listen on; 0.0.0.0 lets other machines in your network in.")
]
Port = Annotated[
    Optional[int],
    typer.Option(min=1, max=65535, help="Port.", show_default="the first free one from 7860"),
]
Share = Annotated[
    bool, typer.Option("--share", help="Also make a public address, through Gradio's servers.")
]


def explore(
    source: RunOrCheckpoint,
    which: Step = "best",
    host: Host = "127.0.0.1",
    port: Port = None,
    share: Share = False,
    device: Device = "auto",
) -> None:
    """Open a page in the browser: move sliders and see the image; curves and grids of a run."""
    from lsgan.explorer import serving

    serving.prepare()
    runtime.start(device)
    from lsgan.explorer.explore import open_page

    serving.serve(open_page(source, which), host, port, share, typer.echo)
