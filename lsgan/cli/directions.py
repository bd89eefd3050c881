"""`lsgan directions`."""

from pathlib import Path
from typing import Annotated, Optional

import typer

from lsgan.cli.options import Device, RunOrCheckpoint, Step
from lsgan.system import runtime

Components = Annotated[int, typer.Option(min=0, max=64, help="How many principal directions.")]
Examples = Annotated[
    Optional[list[str]],
    typer.Option(
        "--examples",
        metavar="NAME=WITH,WITHOUT",
        help="A direction from two folders of your photographs; can be given several times.",
    ),
]
Seed = Annotated[int, typer.Option(min=0, help="Another seed takes other latents.")]
Out = Annotated[
    Optional[Path],
    typer.Option(help="Folder for the directions.", show_default="directions/ in the run"),
]


def directions(
    source: RunOrCheckpoint,
    which: Step = "best",
    examples: Examples = None,
    components: Components = 10,
    seed: Seed = 0,
    out: Out = None,
    device: Device = "auto",
) -> None:
    """Find directions that steer a generator: warmth, horizon, texture, your own, and others."""
    runtime.start(device)
    from lsgan.inference.sampling import open_generator
    from lsgan.latent_space import direction_report
    from lsgan.latent_space.directions import default_folder, save_directions
    from lsgan.latent_space.examples import from_examples, parse_examples
    from lsgan.latent_space.finding import find_directions

    def say(line: str) -> None:
        typer.echo(line, err=True)

    wanted = parse_examples(examples or [])
    generator = open_generator(source, which)
    generator.check_latents(1)
    own = from_examples(generator, wanted, seed, say)
    found = find_directions(generator, components, seed, say, own)
    folder = out or default_folder(source)
    save_directions(found, folder)
    direction_report.write_json(found, folder)
    direction_report.write_strips(generator, found, folder)
    typer.echo(direction_report.table(found))
    typer.echo(
        f"strips of images: {folder}; use one with: lsgan sample {source} --direction NAME=2"
    )
