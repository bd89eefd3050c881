"""Options that several commands have."""

from enum import Enum
from pathlib import Path
from typing import Annotated, Optional

import typer

Device = Annotated[str, typer.Option(help="auto, cpu, gpu or gpu:N.")]
Changes = Annotated[
    Optional[list[str]],
    typer.Option("--set", metavar="KEY=VALUE", help="Change a setting, such as train.steps=500."),
]
ConfigName = Annotated[
    Optional[str],
    typer.Option(
        "--config", help="A packaged configuration's name, or a file.", show_default="kanas.yaml"
    ),
]
RunOrCheckpoint = Annotated[
    Path, typer.Argument(metavar="RUN|CHECKPOINT", help="A run folder or a checkpoint file.")
]
Step = Annotated[
    str, typer.Option("--step", help="In a run: best, latest, or a step whose checkpoint is kept.")
]


class AnimationKind(str, Enum):
    """The kinds of animations, by their files' endings."""

    gif = "gif"
    webp = "webp"
    apng = "apng"
    mp4 = "mp4"


AnimationFormat = Annotated[
    AnimationKind,
    typer.Option("--format", help="Of animations; mp4 needs the extra video."),
]
