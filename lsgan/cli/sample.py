"""`lsgan sample`."""

from collections.abc import Mapping
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from lsgan.cli.options import AnimationFormat, AnimationKind, Device, RunOrCheckpoint, Step
from lsgan.errors import ConfigError
from lsgan.system import runtime
from lsgan.text import counted

if TYPE_CHECKING:
    from lsgan.arrays import Floats
    from lsgan.inference.generator import Generator
    from lsgan.inference.latent_set import LatentSet
    from lsgan.networks.latents import Interpolation


class _Method(str, Enum):
    spherical = "spherical"
    linear = "linear"


Out = Annotated[
    Optional[Path],
    typer.Option(
        help="Folder for the images; for a grid or animation, also its own file name.",
        show_default="images/ in the run",
    ),
]
Count = Annotated[
    Optional[int],
    typer.Option(
        min=1,
        max=1_000_000,
        help="How many images.",
        show_default="64, or a row for each class",
    ),
]
Seeds = Annotated[
    Optional[str],
    typer.Option(help="Which images, such as 0-63 or 3,8,20-29.", show_default="from 0 on"),
]
LatentFile = Annotated[
    Optional[Path],
    typer.Option("--latents", metavar="FILE", help="Latents of lsgan project instead of seeds."),
]
Classes = Annotated[
    Optional[list[str]],
    typer.Option(
        "--class",
        metavar="NAME",
        help="Images of this class; can be given several times.",
        show_default="a row for each",
    ),
]
Directions = Annotated[
    Optional[list[str]],
    typer.Option(
        "--direction",
        metavar="NAME=AMOUNT",
        help="Move along a direction of lsgan directions, such as warmth=2.",
    ),
]
DirectionFile = Annotated[
    Optional[Path],
    typer.Option("--directions", metavar="FILE", help="Their file.", show_default="the run's"),
]
Columns = Annotated[int, typer.Option(min=1, help="Images per row of the grid.")]
Upscale = Annotated[int, typer.Option(min=1, max=32, help="Enlarge by this whole number.")]
Singles = Annotated[
    bool, typer.Option("--singles", help="Write one numbered PNG per image instead of a grid.")
]
Inputs = Annotated[
    Optional[Path],
    typer.Option("--input", metavar="DIR", help="Input images, for an image-to-image generator."),
]
Interpolate = Annotated[
    bool,
    typer.Option(
        "--interpolate",
        "--walk",
        help="Write a looping animation from seed to seed instead of a grid.",
    ),
]
Method = Annotated[
    Optional[_Method],
    typer.Option(
        help="Interpolate along great circles or straight lines.",
        show_default="as the latents are distributed",
    ),
]
Frames = Annotated[
    int, typer.Option(min=2, max=600, help="Frames of the animation from one seed to the next.")
]
Training = Annotated[
    bool,
    typer.Option("--training", help="Write an animation of the run's grids, step after step."),
]
Truncation = Annotated[
    float,
    typer.Option(help="Scale latents towards their mean, 0 to 1: more typical, less varied."),
]

_DEFAULT_COUNT = 64
_EXCLUSIVE = (
    (("--singles", "--interpolate", "--training"), "are different things"),
    (("--input", "--latents", "--seeds", "--count", "--training"), "both say which images"),
    (("--input", "--interpolate"), "exclude each other"),
    (("--latents", "--class"), "both say which images"),
    (("--latents", "--truncation"), "exclude each other"),
)


def sample(
    source: RunOrCheckpoint,
    which: Step = "best",
    out: Out = None,
    count: Count = None,
    seeds: Seeds = None,
    latents: LatentFile = None,
    classes: Classes = None,
    directions: Directions = None,
    direction_file: DirectionFile = None,
    truncation: Truncation = 1,
    columns: Columns = 8,
    upscale: Upscale = 1,
    singles: Singles = False,
    given: Inputs = None,
    interpolate: Interpolate = False,
    interpolation: Method = None,
    frames: Frames = 24,
    animation: AnimationFormat = AnimationKind.gif,
    training: Training = False,
    device: Device = "auto",
) -> None:
    """Generate images with a trained generator; a seed always gives the same image."""
    options = {"--seeds": seeds, "--count": count, "--latents": latents, "--class": classes}
    options |= {"--input": given, "--truncation": truncation != 1, "--training": training}
    _check_together(options | {"--singles": singles, "--interpolate": interpolate})
    chosen = runtime.start(device)
    from lsgan.checkpoints.run import Run
    from lsgan.inference import latent_set, sampling

    folder = out or (Run(source).images if source.is_dir() else Path("images"))
    suffix = f".{animation.value}"
    if training:
        typer.echo(sampling.write_training(Run(source), folder, upscale, suffix))
        return
    generator = sampling.open_generator(source, which)
    if not given or truncation != 1:
        generator.check_latents(truncation)
    if singles and folder.suffix.lower() == ".png":
        raise ConfigError("--singles writes many files, not one", "Give a folder with --out.")
    if given:
        made, path = _image_to_image(generator, given, folder, singles, columns, upscale)
    else:
        if latents:
            images = latent_set.of_file(generator, latents)
        else:
            images = _of_seeds(generator, seeds, count, truncation, classes or [], columns)
        made = counted(len(images), "latent" if latents else "seed")
        shifts = _shifts(generator, directions or [], direction_file, source)
        images = latent_set.moved(images, shifts)
        if interpolate:
            way: Interpolation | None = interpolation.value if interpolation else None
            film = frames, folder, upscale, way, suffix
            path = sampling.write_interpolation(generator, images, *film)
        elif singles:
            variant = latent_set.variant(truncation, shifts)
            path = sampling.write_singles(generator, images, folder, upscale, variant)
        else:
            path = sampling.write_grid(generator, images, folder, columns, upscale)
    typer.echo(f"{made} of {generator.name} on {chosen}: {path}")


def _check_together(options: Mapping[str, object]) -> None:
    """Refuse options that contradict each other.

    Args:
        options: the options by name, each with what it was given.

    Raises:
        ConfigError: naming them.
    """
    for names, why in _EXCLUSIVE:
        found = [name for name in names if options[name]]
        if len(found) > 1:
            raise ConfigError(f"{' and '.join(found)} {why}", "Give one of them.")


def _of_seeds(
    generator: "Generator",
    seeds: str | None,
    count: int | None,
    truncation: float,
    classes: list[str],
    columns: int,
) -> "LatentSet":
    """The images of the seeds, with classes as many of each, by default a row of each class."""
    from lsgan.inference import latent_set

    if not (seeds or count or classes):
        return latent_set.of_grid(generator, _DEFAULT_COUNT, columns, truncation)
    default = columns if len(classes) > 1 else _DEFAULT_COUNT
    numbers = latent_set.parse_seeds(seeds) if seeds else range(count or default)
    return latent_set.of_seeds(generator, numbers, truncation, classes)


def _shifts(
    generator: "Generator", wanted: list[str], file: Path | None, source: Path
) -> "dict[str, Floats]":
    """What is added to each latent for the directions that are wanted, by words for file names."""
    if not wanted:
        return {}
    from lsgan.latent_space import directions

    found = directions.open_directions(file or directions.default_file(source), generator)
    return directions.shifts(found, wanted)


def _image_to_image(
    generator: "Generator", given: Path, folder: Path, singles: bool, columns: int, upscale: int
) -> tuple[str, Path]:
    """Write what is made of the images `given`, one by one or as a grid.

    Returns:
        How many there were, in words, and the path of what has been written.
    """
    from lsgan.inference import image_to_image

    source = image_to_image.Source(generator, given, typer.echo)
    if singles:
        path = image_to_image.write_singles(source, folder, upscale)
    else:
        path = image_to_image.write_grid(source, folder, columns, upscale)
    return counted(source.taken, "image"), path
