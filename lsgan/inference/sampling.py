"""From a run or a checkpoint file to image files."""

from collections.abc import Iterator
from pathlib import Path

from PIL import Image

from lsgan.arrays import Samples
from lsgan.checkpoints import checkpoint
from lsgan.checkpoints.compatibility import check_networks
from lsgan.checkpoints.run import Run, checkpoint_file
from lsgan.errors import RunError
from lsgan.inference.generator import Generator
from lsgan.inference.latent_set import LatentSet
from lsgan.io.animations import FORMATS, check_format, save_animation
from lsgan.io.files import make_folder, output_file
from lsgan.io.images import enlarged, save_png
from lsgan.networks import build_generator
from lsgan.networks.latents import Interpolation
from lsgan.networks.state_dict import load_state_dict, with_prefix

_AT_ONCE = 256
_MILLISECONDS, _MILLISECONDS_A_GRID = 60, 200
# Of a video of a training, whose last grid is to be seen longer.
_LAST_GRIDS = 10


def open_generator(source: Path, which: str = "best") -> Generator:
    """The averaged generator of a run or of one checkpoint file, which needs nothing beside it.

    Args:
        source: a run's folder or a checkpoint file.
        which: of a run: "best", "latest" or a step.

    Raises:
        RunError: if there is no such checkpoint, or it is damaged or not what it says.
    """
    path = checkpoint_file(source, which)
    described, tensors = checkpoint.read(path, "ema/", check_networks)
    config = checkpoint.config_of(described)
    network = build_generator(config.model)
    load_state_dict(network, with_prefix(tensors, "ema"))
    return Generator(network, config, described.data, path.stem)


def write_grid(
    generator: Generator, chosen: LatentSet, out: Path, columns: int, upscale: int
) -> Path:
    """Write one PNG with the images of `chosen` in rows of `columns`; returns its path.

    `out` is a folder, or the path of the PNG itself.
    """
    path = output_file(out, f"{generator.name}-{chosen.label}.png")
    samples = generator.render(chosen.latents)
    save_png(generator.task.sheet(samples, chosen.rows or columns, upscale=upscale), path)
    return path


def write_singles(
    generator: Generator, chosen: LatentSet, folder: Path, upscale: int, variant: str = ""
) -> Path:
    """Write one PNG for each image of `chosen`, named as it says.

    Args:
        generator: renders them.
        chosen: which.
        folder: of the folder that they are written to.
        upscale: how many pixels wide a pixel is.
        variant: what is added to that folder's name, the generator's.

    Returns:
        The folder they are in.
    """
    folder = make_folder(folder / f"{generator.name}{variant}")
    for start in range(0, len(chosen), _AT_ONCE):
        part = slice(start, start + _AT_ONCE)
        samples = generator.render(chosen.latents[part])
        images = _images(generator, samples, upscale)
        for image, name in zip(images, chosen.names[part], strict=True):
            save_png(image, make_folder((folder / name).parent) / f"{Path(name).name}.png")
    return folder


def write_interpolation(
    generator: Generator,
    chosen: LatentSet,
    frames: int,
    out: Path,
    upscale: int,
    method: Interpolation | None = None,
    suffix: str = ".gif",
) -> Path:
    """Write a looping animation from each of `chosen` to the next; returns its path.

    Args:
        generator: renders it.
        chosen: the images that it goes through.
        frames: from one of them to the next.
        out: a folder, or the path of the animation itself.
        upscale: how many pixels wide a pixel is.
        method: as for `Generator.interpolate`.
        suffix: the kind of animation, see `lsgan.io.animations`; `out` may name another.
    """
    latents = generator.interpolation(chosen.latents, frames, method)
    path = _animation(out, f"{generator.name}-{chosen.label}-interpolation", suffix)
    save_animation(_rendered(generator, latents, upscale), path, _MILLISECONDS)
    return path


def write_training(run: Run, out: Path, upscale: int, suffix: str = ".gif") -> Path:
    """Write the grids of a run, one after another, as an animation; returns its path.

    Args:
        run: the run.
        out: a folder, or the path of the animation itself.
        upscale: how many pixels wide a pixel is.
        suffix: as for `write_interpolation`.

    Raises:
        RunError: if it has no grids.
    """
    paths = [path for _, path in run.grids()]
    if not paths:
        raise RunError(f"{run.path} holds no grids", "Name the folder of a run, not a checkpoint.")
    path = _animation(out, "training", suffix)
    frames = (_opened(each, upscale) for each in [*paths, *paths[-1:] * _LAST_GRIDS])
    save_animation(frames, path, _MILLISECONDS_A_GRID)
    return path


def _opened(path: Path, upscale: int) -> Image.Image:
    """A grid of a run.

    Raises:
        RunError: if it cannot be read.
    """
    try:
        with Image.open(path) as image:
            grid: Image.Image = image.convert("RGB")
    except (OSError, ValueError, SyntaxError) as error:
        raise RunError(f"cannot read {path}: {error}", "Move it away.") from error
    return enlarged(grid, upscale)


def _animation(out: Path, name: str, suffix: str) -> Path:
    """The file of an animation, as `output_file`; a suffix of `out` decides its kind."""
    if not out.is_dir() and out.suffix.lower() in FORMATS:
        suffix = out.suffix.lower()
    check_format(suffix)
    return output_file(out, f"{name}{suffix}")


def _rendered(generator: Generator, latents: Samples, upscale: int) -> Iterator[Image.Image]:
    for start in range(0, len(latents), _AT_ONCE):
        samples = generator.render(latents[start : start + _AT_ONCE])
        yield from _images(generator, samples, upscale)


def _images(generator: Generator, samples: Samples, upscale: int) -> Iterator[Image.Image]:
    """Each sample as an image of its own."""
    for place in range(len(samples)):
        yield generator.task.sheet(samples[place : place + 1], 1, upscale=upscale)
