"""From a run or a checkpoint file to image files."""

import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image

from lsgan.arrays import Samples
from lsgan.checkpoints import checkpoint
from lsgan.checkpoints.compatibility import check_networks
from lsgan.checkpoints.run import checkpoint_file
from lsgan.errors import ConfigError
from lsgan.inference.generator import Generator
from lsgan.io.files import make_folder, output_file
from lsgan.io.images import save_gif, save_png
from lsgan.networks import build_generator
from lsgan.networks.state_dict import load_state_dict, with_prefix

_AT_ONCE = 256
_MILLISECONDS = 60
_MOST_SEEDS = 1_000_000


def parse_seeds(text: str) -> list[int]:
    """The seeds that "0-63" or "3,8,20-29" means, in that order.

    Raises:
        ConfigError: if it means none.
    """
    seeds: list[int] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(\d+)(?:\s*-\s*(\d+))?\s*", part)
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (1, 0)
        if first > last or last >= 2**63 or last - first + len(seeds) >= _MOST_SEEDS:
            raise ConfigError(
                f"--seeds {text} cannot be read",
                "Give numbers and ranges, such as 0-63 or 3,8,20-29.",
            )
        seeds.extend(range(first, last + 1))
    return seeds


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


# In each of these the latents of `seeds` are truncated as in `Generator.latents`.


def write_grid(
    generator: Generator,
    seeds: Sequence[int],
    out: Path,
    columns: int,
    upscale: int,
    truncation: float = 1,
) -> Path:
    """Write one PNG with the images of `seeds` in rows of `columns`; returns its path.

    `out` is a folder, or the path of the PNG itself.
    """
    name = f"{generator.name}-{_words(seeds)}{_truncated(truncation)}.png"
    path = output_file(out, name)
    samples = generator.render(generator.latents(seeds, truncation))
    save_png(generator.task.sheet(samples, columns, upscale=upscale), path)
    return path


def write_singles(
    generator: Generator,
    seeds: Sequence[int],
    folder: Path,
    upscale: int,
    truncation: float = 1,
) -> Path:
    """Write one PNG for each seed, named by it; returns the folder they are in."""
    folder = make_folder(folder / f"{generator.name}{_truncated(truncation)}")
    for start in range(0, len(seeds), _AT_ONCE):
        part = seeds[start : start + _AT_ONCE]
        samples = generator.render(generator.latents(part, truncation))
        for image, seed in zip(_images(generator, samples, upscale), part, strict=True):
            save_png(image, folder / f"seed-{seed:06d}.png")
    return folder


def write_interpolation(
    generator: Generator,
    seeds: Sequence[int],
    frames: int,
    out: Path,
    upscale: int,
    truncation: float = 1,
) -> Path:
    """Write a looping GIF from each of `seeds` to the next; returns its path.

    `out` is a folder, or the path of the GIF itself.
    """
    name = f"{generator.name}-{_words(seeds)}{_truncated(truncation)}-interpolation.gif"
    latents = generator.interpolation(seeds, frames, truncation)
    path = output_file(out, name)
    samples = generator.render(latents)
    save_gif(_images(generator, samples, upscale), path, _MILLISECONDS)
    return path


def _images(generator: Generator, samples: Samples, upscale: int) -> Iterator[Image.Image]:
    """Each sample as an image of its own."""
    for place in range(len(samples)):
        yield generator.task.sheet(samples[place : place + 1], 1, upscale=upscale)


def _truncated(truncation: float) -> str:
    """The truncation in a file name, so that other images of the same seeds are kept."""
    return f"-truncation-{truncation}" if truncation != 1 else ""


def _words(seeds: Sequence[int]) -> str:
    """The seeds in a file name, another one for other seeds."""
    words = f"seeds-{seeds[0]}-{seeds[-1]}"
    if list(seeds) != list(range(seeds[0], seeds[-1] + 1)):
        words += f"-{zlib.crc32(repr(list(seeds)).encode()):08x}"
    return words
