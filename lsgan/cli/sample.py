"""`lsgan sample`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from lsgan.cli.options import Device, RunOrCheckpoint, Step
from lsgan.errors import ConfigError
from lsgan.system import runtime
from lsgan.text import counted

if TYPE_CHECKING:
    from lsgan.inference.generator import Generator

Out = Annotated[
    Optional[Path],
    typer.Option(
        help="Folder for the images; for a grid or GIF, also its own file name.",
        show_default="images/ in the run",
    ),
]
Count = Annotated[int, typer.Option(min=1, max=1_000_000, help="How many images.")]
Seeds = Annotated[
    Optional[str],
    typer.Option(help="Which images, such as 0-63 or 3,8,20-29.", show_default="from 0 on"),
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
        "--interpolate", "--walk", help="Write a looping GIF from seed to seed instead of a grid."
    ),
]
Frames = Annotated[
    int, typer.Option(min=2, max=600, help="Frames of the GIF from one seed to the next.")
]
Truncation = Annotated[
    float,
    typer.Option(help="Scale latents towards their mean, 0 to 1: more typical, less varied."),
]


def sample(
    source: RunOrCheckpoint,
    which: Step = "best",
    out: Out = None,
    count: Count = 64,
    seeds: Seeds = None,
    columns: Columns = 8,
    upscale: Upscale = 1,
    singles: Singles = False,
    given: Inputs = None,
    interpolate: Interpolate = False,
    frames: Frames = 24,
    truncation: Truncation = 1,
    device: Device = "auto",
) -> None:
    """Generate images with a trained generator; a seed always gives the same image."""
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
