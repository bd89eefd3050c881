"""What `lsgan project` does: photographs to latents, a sheet, and an animation of the way there."""

import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from lsgan.arrays import Doubles, Pixels
from lsgan.data.sampler import split
from lsgan.evaluation.evaluate import training_set
from lsgan.inference.generator import Generator
from lsgan.inference.latent_set import in_a_file_name, save
from lsgan.inference.sampling import open_generator
from lsgan.io.animations import check_format, save_animation
from lsgan.io.files import make_folder
from lsgan.io.images import captioned, grid, save_png
from lsgan.latent_space.photographs import read_photographs
from lsgan.latent_space.projection import Projection, Projector
from lsgan.system.progress import progress_bar
from lsgan.text import counted

_MOST = 64
_MILLISECONDS = 80
# So many frames show the end.
_HELD = 12


@dataclass(frozen=True)
class Request:
    """What is to be projected.

    Attributes:
        photographs: files and folders.
        source: a run's folder or a checkpoint file.
        which: of a run: "best", "latest" or a step.
        out: the folder to write to; None for `projections` in the run.
        starts: from how many latents the search begins for each photograph.
        steps: how many steps it takes.
        baseline: how many training and how many held-out photographs are projected to compare with.
        seed: decides where searches begin, and which photographs are compared with.
        suffix: the kind of animation, such as ".gif".
    """

    photographs: Sequence[Path]
    source: Path
    which: str
    out: Path | None
    starts: int
    steps: int
    baseline: int
    seed: int
    suffix: str


@dataclass(frozen=True)
class Projected:
    """What has been found and written.

    Attributes:
        names: of the photographs.
        distances: of the projections to them, float64 (N,).
        compared: what is compared, in words.
        baselines: the distances of other photographs, by what they are; empty where they are not
            known.
        latents: the file of latents.
        sheet: the image of all photographs beside their projections.
        animation: of the way there.
    """

    names: Sequence[str]
    distances: Doubles
    compared: str
    baselines: dict[str, Doubles]
    latents: Path
    sheet: Path
    animation: Path

    def __str__(self) -> str:
        """A few lines for a terminal."""
        width = max(map(len, (*self.names, *self.baselines)))
        lines = [f"distance on {self.compared}, 0 for the same image:"]
        for name, distance in zip(self.names, self.distances, strict=True):
            lines.append(f"  {name:<{width}}  {distance:.3f}")
        for name, distances in self.baselines.items():
            lines.append(
                f"  {name:<{width}}  {distances.mean():.3f}  from {distances.min():.3f} to "
                f"{distances.max():.3f}, n = {len(distances)}"
            )
        lines += [f"latents: {self.latents}", f"photographs and projections: {self.sheet}"]
        return "\n".join([*lines, f"the way there: {self.animation}"])


def project(request: Request, say: Callable[[str], None]) -> Projected:
    """Find the latents of photographs; write them, a sheet and an animation.

    Raises:
        LsganError: if the generator or the photographs cannot be read, or a file not be written.
    """
    check_format(request.suffix)
    generator = open_generator(request.source, request.which)
    projector = Projector(generator, request.starts, request.steps, request.seed)
    images, names = read_photographs(request.photographs, generator, _MOST, say)
    others = _others(request, generator)
    together = np.concatenate([images, *others.values()])
    say(f"projecting {counted(len(together), 'photograph')} with {generator.name}")
    bar: tqdm[None] = progress_bar(
        total=projector.count_steps(len(together)),
        unit="steps",
        progress=True,
        description="project",
    )
    with bar:
        found = projector.project(together, bar.update)
    ends = np.cumsum([len(images), *map(len, others.values())])
    distances = np.split(found.distances, ends[:-1])
    label = in_a_file_name(names[0])
    if len(names) > 1:
        label += f"-and-{len(names) - 1}-more-{zlib.crc32(repr(names).encode()):08x}"
    out = make_folder(request.out or _default_folder(request.source))
    result = Projected(
        names,
        distances[0],
        projector.distance.name,
        dict(zip(others, distances[1:], strict=True)),
        out / f"{label}.npz",
        out / f"{label}.png",
        out / f"{label}{request.suffix}",
    )
    count = len(images)
    save(found.latents[:count], names, result.latents)
    _write_sheet(images, found.images[:count], result)
    _write_animation(generator, images, found, result.animation)
    return result


def _default_folder(source: Path) -> Path:
    return (source if source.is_dir() else Path()) / "projections"


def _others(request: Request, generator: Generator) -> dict[str, Pixels]:
    """Photographs of the run's data set to compare with, by what they are."""
    trained_on = training_set(request.source, generator) if request.baseline else None
    if trained_on is None:
        return {}
    config = generator.config
    sides = split(len(trained_on), config.data.val_fraction, config.train.seed)
    names = ("training photographs", "held-out photographs")
    numbers = np.random.default_rng(request.seed)
    return {
        name: trained_on.images[np.sort(numbers.permutation(side)[: request.baseline])]
        for name, side in zip(names, sides, strict=True)
        if len(side)
    }


def _write_sheet(images: Pixels, projections: Pixels, found: Projected) -> None:
    pairs = np.stack([images, projections], 1).reshape(-1, *images.shape[1:])
    captions = [f"{distance:.3f}" for distance in found.distances]
    save_png(captioned(pairs, captions), found.sheet)


def _write_animation(generator: Generator, images: Pixels, found: Projection, path: Path) -> None:
    """Photographs beside what the generator makes on the way to them."""
    steps = [*range(len(found.path)), *[len(found.path) - 1] * _HELD]
    frames = (
        grid(
            np.stack([images, generator.render(found.path[step][: len(images)])], 1).reshape(
                -1, *images.shape[1:]
            ),
            upscale=2,
        )
        for step in steps
    )
    save_animation(frames, path, _MILLISECONDS)
