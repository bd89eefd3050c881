"""`lsgan train`."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from lsgan.cli.options import Changes, ConfigName, Device
from lsgan.errors import ConfigError
from lsgan.system import runtime

if TYPE_CHECKING:
    from lsgan.config import Config

Data = Annotated[
    Optional[Path],
    typer.Option(help="Folder of the packed data set.", show_default="the configuration's"),
]
Out = Annotated[
    Optional[Path],
    typer.Option(help="Run folder.", show_default="runs/ and the configuration's name"),
]
Parent = Annotated[
    Optional[Path],
    typer.Option(
        "--from",
        metavar="RUN|CHECKPOINT",
        help="Start from the weights of another run, and without --config from its settings too.",
    ),
]
Devices = Annotated[
    Optional[str],
    typer.Option(metavar="N,N…", help="Train on several GPUs, such as 0,1."),
]
Workers = Annotated[
    Optional[int],
    typer.Option(min=1, help="Train on the CPU in this many processes."),
]
Resume = Annotated[
    bool, typer.Option("--resume", help="Continue the run from its newest checkpoint.")
]
AutoResume = Annotated[
    bool,
    typer.Option(
        "--auto-resume",
        help="Continue the run if there is one, else begin it: for what starts this again itself.",
    ),
]
DryRun = Annotated[
    bool,
    typer.Option("--dry-run", help="Print what would be done and how long it would take."),
]


def train(
    config: ConfigName = None,
    data: Data = None,
    out: Out = None,
    parent: Parent = None,
    device: Device = "auto",
    devices: Devices = None,
    workers: Workers = None,
    resume: Resume = False,
    auto_resume: AutoResume = False,
    dry_run: DryRun = False,
    changes: Changes = None,
) -> None:
    """Train a generator on a packed data set."""
    from lsgan.checkpoints.run import Run
    from lsgan.training.launch import devices_of, run_together, train_here

    if parent and resume:
        raise ConfigError(
            "--from begins a run, and --resume goes on with one",
            "Leave --from out: a run that is resumed knows what it began with.",
        )
    folder = out or Path("runs") / _name(config, parent)
    if auto_resume and Run(folder).exists():
        resume, parent = True, None
    settings = _settings(config, changes or [], data, parent, folder if resume else None)
    together = devices_of(workers, devices)
    if dry_run:
        chosen = runtime.start(together[0] if together else device, settings.train.tf32)
        from lsgan.training.plan import plan

        typer.echo(plan(settings, chosen, resume))
        return
    work = partial(train_here, settings, folder, resume)
    signal = run_together(work, together) if together else work(device)
    if signal:
        # The shell's convention for a program that a signal has ended.
        sys.exit(128 + signal)


def _name(config: str | None, parent: Path | None) -> str:
    """What a run is called that has been given no folder."""
    if config is None and parent:
        path = parent.resolve()
        of_run = path.parent.parent if path.parent.name == "checkpoints" else path
        return f"{of_run.name.removesuffix('.safetensors')}-fine-tuned"
    return Path(config or "kanas.yaml").stem


def _settings(
    config: str | None,
    changes: list[str],
    data: Path | None,
    parent: Path | None,
    resumed: Path | None,
) -> "Config":
    """The configuration of a training, with whole paths: it can be resumed from any folder.

    Args:
        config: what --config names. Without it a run goes on with its own, and one that begins
            with the weights of another has that one's.
        changes: what --set does.
        data: what --data names.
        parent: what --from names.
        resumed: the folder of the run that is to go on, None if one begins.

    Raises:
        LsganError: if something of it is not there or not possible.
    """
    from lsgan.checkpoints.run import checkpoint_file
    from lsgan.config import config_files

    parent = checkpoint_file(parent) if parent else None
    own = resumed / "config.yaml" if resumed and config is None else None
    if config is None and parent:
        settings = _settings_of(parent, changes, data)
    else:
        path = own if own and own.is_file() else config_files.find(config or "kanas.yaml")
        settings = config_files.load(path, changes)
    settings = config_files.with_data(settings, (data or Path(settings.data.path)).resolve())
    if features := settings.model.feature_weights:
        features = str(Path(features).expanduser().resolve())
        settings = config_files.with_feature_weights(settings, features)
    if parent is None and settings.train.initial_weights:
        parent = Path(settings.train.initial_weights)
        # A run that goes on has its own weights, whether these are still there or not.
        parent = parent if resumed else checkpoint_file(parent)
    return config_files.with_initial_weights(settings, str(parent.resolve()) if parent else "")


def _settings_of(parent: Path, changes: list[str], data: Path | None) -> "Config":
    """The configuration of the checkpoint `parent`, with other data.

    Nor does a checkpoint know where the weights of its frozen network were: they are looked for
    where such weights usually are unless --set names a file.

    Raises:
        ConfigError: if no other data are named: a checkpoint does not know where its own were.
        RunError: if it cannot be read.
    """
    from lsgan.checkpoints import checkpoint
    from lsgan.config import config_files
    from lsgan.tasks import task_of

    settings = checkpoint.config_of(checkpoint.describe(parent))
    named = data or any(change.partition("=")[0].strip() == "data.path" for change in changes)
    if not named and not task_of(settings).is_synthetic:
        raise ConfigError(
            f"--from takes the settings of {parent}, but not its data set",
            "Name the one to train on with --data.",
        )
    return config_files.change(config_files.with_feature_weights(settings, ""), changes)
