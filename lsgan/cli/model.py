"""The commands that train a model and use it."""

import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from lsgan.cli.options import Changes, Device
from lsgan.errors import ConfigError
from lsgan.system import runtime
from lsgan.text import counted

if TYPE_CHECKING:
    from lsgan.config import Config
    from lsgan.inference.generator import Generator


def train(
    config: Annotated[
        Optional[str],
        typer.Option(help="A packaged configuration's name or a file.", show_default="kanas.yaml"),
    ] = None,
    data: Annotated[
        Optional[Path],
        typer.Option(help="Folder of the packed data set.", show_default="the configuration's"),
    ] = None,
    out: Annotated[
        Optional[Path],
        typer.Option(help="Folder of the run.", show_default="runs/ and the configuration's name"),
    ] = None,
    parent: Annotated[
        Optional[Path],
        typer.Option(
            "--from",
            metavar="RUN|CHECKPOINT",
            help="Begin with the weights of another run, and without --config its settings.",
        ),
    ] = None,
    device: Device = "auto",
    devices: Annotated[
        Optional[str],
        typer.Option(metavar="N,N…", help="Train on these GPUs together, such as 0,1."),
    ] = None,
    workers: Annotated[
        Optional[int],
        typer.Option(min=1, help="Train on the CPU in so many processes together."),
    ] = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run from its newest checkpoint.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be done and how long it would take.")
    ] = False,
    changes: Changes = None,
) -> None:
    """Train a generator on a packed data set."""
    from lsgan.training.launch import devices_of, run_together, train_here

    if parent and resume:
        raise ConfigError(
            "--from begins a run, and --resume goes on with one",
            "Leave --from out: a run that is resumed knows what it began with.",
        )
    folder = out or Path("runs") / _name(config, parent)
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


def sample(
    source: Annotated[Path, typer.Argument(metavar="RUN|CHECKPOINT", help="A run or one file.")],
    which: Annotated[
        str, typer.Option("--step", help="Of a run: best, latest or a step that it kept.")
    ] = "best",
    out: Annotated[
        Optional[Path],
        typer.Option(
            help="Folder for the images, or a grid's or GIF's own file.",
            show_default="images/ in the run",
        ),
    ] = None,
    count: Annotated[int, typer.Option(min=1, max=1_000_000, help="How many images.")] = 64,
    seeds: Annotated[
        Optional[str],
        typer.Option(help="Which images, such as 0-63 or 3,8,20-29.", show_default="from 0 on"),
    ] = None,
    columns: Annotated[int, typer.Option(min=1, help="Images in a row of the grid.")] = 8,
    upscale: Annotated[int, typer.Option(min=1, max=32, help="Enlarge by a whole number.")] = 1,
    singles: Annotated[
        bool, typer.Option("--singles", help="One numbered PNG an image, no grid.")
    ] = False,
    given: Annotated[
        Optional[Path],
        typer.Option(
            "--input",
            metavar="DIR",
            help="Images to make images of, with a generator that was trained on pairs.",
        ),
    ] = None,
    interpolate: Annotated[
        bool,
        typer.Option("--interpolate", "--walk", help="A looping GIF from seed to seed, no grid."),
    ] = False,
    frames: Annotated[
        int, typer.Option(min=2, max=600, help="Of the GIF: images from one seed to the next.")
    ] = 24,
    truncation: Annotated[
        float, typer.Option(help="Move latents towards their mean, 0 to 1: plainer images.")
    ] = 1,
    device: Device = "auto",
) -> None:
    """Render images from a trained generator; a seed's image is always the same."""
    if singles and interpolate:
        raise ConfigError(
            "--singles and --interpolate are two different things", "Give one of them."
        )
    if given and (seeds or interpolate):
        raise ConfigError(
            "--input takes the place of seeds", "Leave --seeds and --interpolate out."
        )
    chosen = runtime.start(device)
    from lsgan.inference import sampling

    numbers = sampling.parse_seeds(seeds) if seeds else range(count)
    generator = sampling.open_generator(source, which)
    if not given or truncation != 1:
        generator.check_latents(truncation)
    folder = out or (source / "images" if source.is_dir() else Path("images"))
    if singles and folder.suffix.lower() == ".png":
        raise ConfigError("--singles writes many files, not one", "Give a folder with --out.")
    made = counted(len(numbers), "seed")
    if given:
        made, path = _image_to_image(
            generator, given, folder, None if singles else columns, upscale
        )
    elif interpolate:
        path = sampling.write_interpolation(generator, numbers, frames, folder, upscale, truncation)
    elif singles:
        path = sampling.write_singles(generator, numbers, folder, upscale, truncation)
    else:
        path = sampling.write_grid(generator, numbers, folder, columns, upscale, truncation)
    typer.echo(f"{made} of {generator.name} on {chosen}: {path}")


def _image_to_image(
    generator: "Generator", given: Path, folder: Path, columns: int | None, upscale: int
) -> tuple[str, Path]:
    """Write what is made of the images `given`, one by one if `columns` is None.

    Returns:
        How many there were, in words, and the path of what has been written.
    """
    from lsgan.inference import image_to_image

    source = image_to_image.Source(generator, given, typer.echo)
    if columns is None:
        path = image_to_image.write_singles(source, folder, upscale)
    else:
        path = image_to_image.write_grid(source, folder, columns, upscale)
    return counted(source.taken, "image"), path


def evaluate(
    source: Annotated[Path, typer.Argument(metavar="RUN|CHECKPOINT", help="A run or one file.")],
    reference: Annotated[
        Optional[Path],
        typer.Option(
            metavar="DIR|PACK",
            help="Photographs to measure against, packed or not.",
            show_default="the run's held-out ones",
        ),
    ] = None,
    which: Annotated[
        str, typer.Option("--step", help="Of a run: best, latest or a step that it kept.")
    ] = "best",
    count: Annotated[
        int, typer.Option(min=64, max=100_000, help="Images to generate, at most.")
    ] = 5000,
    seed: Annotated[int, typer.Option(min=0, help="Another one: other images.")] = 0,
    inception: Annotated[
        bool, typer.Option("--inception", help="Measure on the FID's Inception network too.")
    ] = False,
    weights: Annotated[
        Optional[Path],
        typer.Option(help="Its weights; implies --inception.", show_default="fetched once"),
    ] = None,
    out: Annotated[
        Optional[Path],
        typer.Option(help="Folder for metrics.json and copies.png.", show_default="the run"),
    ] = None,
    device: Device = "auto",
) -> None:
    """Measure a generator against photographs, and look for copies of those it was trained on."""
    runtime.start(device)
    from lsgan.evaluation.evaluate import Request
    from lsgan.evaluation.evaluate import evaluate as run

    folder = out or (source if source.is_dir() else Path("evaluation"))
    request = Request(source, which, reference, folder, count, seed, inception, weights)
    report = run(request, lambda line: typer.echo(line, err=True))
    typer.echo(report)
