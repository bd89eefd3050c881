"""Pictures of a generator: of numbered seeds, and along a walk between them."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import paddle

from lsgan import random
from lsgan.arrays import Floats, Layer, Pixels
from lsgan.config import Config

# Pictures are always rendered so many at a time, the last batch filled up: a GPU may compute a
# batch of another size in another way, and so round otherwise.
_BATCH = 64


@dataclass(frozen=True)
class Generator:
    """A trained generator, ready to be rendered from.

    Attributes:
        network: the averaged generator.
        config: the configuration it was trained with.
        data: the digest of the packed data set it was trained on.
        name: the checkpoint's name, without its ending.
    """

    network: Layer
    config: Config
    data: str
    name: str

    @property
    def latent_size(self) -> int:
        """Length of its latents."""
        return self.config.model.latent_size


def latents_of(seeds: Sequence[int], latent_size: int) -> Floats:
    """The latent of each picture seed, float32 (len(seeds), latent_size), from N(0, 1)."""
    rows = [
        random.stream(seed, "picture").standard_normal(latent_size, np.float32) for seed in seeds
    ]
    return np.stack(rows)


def render(generator: Layer, latents: Floats) -> Pixels:
    """The pictures of `latents`, uint8 (N, channels, size, size).

    The generator is in evaluation mode, so that a picture does not depend on the others.
    """
    generator.eval()
    batches = []
    with paddle.no_grad():
        for start in range(0, len(latents), _BATCH):
            part = latents[start : start + _BATCH]
            filled = np.pad(part, ((0, _BATCH - len(part)), (0, 0)))
            pictures = generator(paddle.to_tensor(filled))[: len(part)]
            pixels = ((pictures.astype("float32") + 1.0) * 127.5).round().clip(0, 255)
            batches.append(pixels.astype("uint8").numpy())
    return np.concatenate(batches)


def closed_walk(seeds: Sequence[int], latent_size: int, frames: int) -> Floats:
    """Latents along a closed way through the latents of `seeds`, `frames` from one to the next.

    Each stretch follows the great circle between its ends (White 2016, arXiv 1609.04468), their
    lengths interpolated, so that the latents between are as likely as the ends. The stretch from
    the last seed leads back to the first, whose latent is not repeated: a film of it has no seam.
    """
    ends = latents_of(seeds, latent_size)
    even = np.arange(frames)[:, None] / frames
    # Slower near each seed, so that its picture can be seen.
    shares = (even * even * (3 - 2 * even)).astype(np.float32)
    stretches = [_arc(ends[i], ends[(i + 1) % len(ends)], shares) for i in range(len(ends))]
    return np.concatenate(stretches)


def _arc(start: Floats, end: Floats, shares: Floats) -> Floats:
    """Latents (frames, L) at `shares` (frames, 1) of the way from `start` to `end`, each (L,)."""
    first, last = float(np.linalg.norm(start)), float(np.linalg.norm(end))
    angle = float(np.arccos(np.clip(np.dot(start / first, end / last), -1, 1)))
    if math.sin(angle) < 1e-6:
        # The same direction, or opposite ones with no shortest way between: go straight.
        return (1 - shares) * start + shares * end
    lengths = (1 - shares) * first + shares * last
    directions = np.sin((1 - shares) * angle) * start / first + np.sin(shares * angle) * end / last
    return np.asarray(lengths * directions / math.sin(angle), np.float32)
