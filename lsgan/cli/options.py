"""Options that several commands have."""

from typing import Annotated, Optional

import typer

Device = Annotated[str, typer.Option(help="auto, cpu, gpu or gpu:N.")]
Changes = Annotated[
    Optional[list[str]],
    typer.Option("--set", metavar="KEY=VALUE", help="Change a setting, such as train.steps=500."),
]
