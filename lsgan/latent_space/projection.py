"""From photographs to the latents whose images are nearest to them.

Of many random latents those with the nearest images are taken, several for each photograph, and
moved down the gradient of the distance: GAN inversion by optimization (Zhu et al. 2016, arXiv
1609.03552; Karras et al. 2020, arXiv 1912.04958, appendix D). A latent is kept as likely as those
that the generator was trained on.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import paddle

from lsgan import random
from lsgan.arrays import Doubles, Floats, Pixels, Tensor
from lsgan.errors import ConfigError
from lsgan.inference.generator import Generator
from lsgan.io.images import to_unit
from lsgan.latent_space.image_distance import ImageDistance, rows
from lsgan.networks.latents import Latents
from lsgan.networks.parameters import frozen

_CANDIDATES, _BATCH = 512, 64
_AT_ONCE = 32
_LEARNING_RATE = 0.1
# A normal latent is kept within this many times its expected length.
_LONGEST = 1.1
_FRAMES = 48


@dataclass(frozen=True)
class Projection:
    """Photographs in a generator's latent space.

    Attributes:
        latents: the best for each photograph, float32 (N, …).
        images: what the generator makes of them, uint8 (N, channels, size, size).
        distances: of these to the photographs, float64 (N,).
        path: the latents on the way there, float32 (frames, N, …); the last are `latents`.
    """

    latents: Floats
    images: Pixels
    distances: Doubles
    path: Floats


class Projector:
    """Projects photographs into one generator's latent space.

    Args:
        generator: one that makes images of latents.
        starts: from how many latents the search begins for each photograph.
        steps: how many steps it takes.
        seed: decides the latents that it begins with.

    Attributes:
        distance: what is minimised.

    Raises:
        ConfigError: if the generator is given no latents, or makes no images.
    """

    def __init__(self, generator: Generator, starts: int, steps: int, seed: int) -> None:
        generator.check_latents(1)
        if not generator.task.makes_images:
            raise ConfigError(
                f"{generator.name} makes no images", "Name a generator of images, not of curves."
            )
        self._generator = generator
        self._starts, self._steps = starts, steps
        self.distance = ImageDistance(generator.config.model)
        numbers = Latents(generator.config.model)
        self._candidates = numbers.draw(random.stream(seed, "projection"), _CANDIDATES)
        self._dim = generator.config.model.latent_dim
        self._is_normal = generator.config.model.latent_distribution == "normal"

    def project(
        self, photographs: Pixels, on_step: Callable[[], object] = lambda: None
    ) -> Projection:
        """Find the latents of photographs.

        Args:
            photographs: uint8 (N, channels, size, size).
            on_step: called after each of `count_steps(N)` steps.
        """
        self._generator.network.eval()
        with paddle.no_grad():
            targets = self.distance.features(paddle.to_tensor(to_unit(photographs)))
            starts = self._nearest_candidates(targets)
        parts = [
            self._search(
                rows(targets, np.repeat(np.arange(first, last), self._starts)),
                starts[first:last].reshape(-1, starts.shape[-1]),
                on_step,
            )
            for first, last in self._parts(len(photographs))
        ]
        path = np.concatenate([path for path, _ in parts], 1)
        distances = np.concatenate([distances for _, distances in parts])
        return Projection(path[-1], self._generator.render(path[-1]), distances, path)

    def count_steps(self, photographs: int) -> int:
        """How often `project` calls `on_step` for so many photographs."""
        return self._steps * len(self._parts(photographs))

    def _parts(self, count: int) -> list[tuple[int, int]]:
        """The photographs that are projected together."""
        each = max(1, _AT_ONCE // self._starts)
        return [(first, min(first + each, count)) for first in range(0, count, each)]

    def _nearest_candidates(self, targets: list[Tensor]) -> Floats:
        """The latents to begin with, float32 (N, starts, …)."""
        distances = []
        for first in range(0, _CANDIDATES, _BATCH):
            batch = paddle.to_tensor(self._candidates[first : first + _BATCH])
            features = self.distance.features(self._generator.network(batch))
            distances.append(
                [
                    self.distance.between(features, [each[place : place + 1] for each in targets])
                    for place in range(len(targets[0]))
                ]
            )
        table = np.concatenate([np.stack([one.numpy() for one in part]) for part in distances], 1)
        return self._candidates[np.argsort(table, 1)[:, : self._starts]]

    def _search(
        self, targets: list[Tensor], starts: Floats, on_step: Callable[[], object]
    ) -> tuple[Floats, Doubles]:
        """Move latents towards their photographs.

        Args:
            targets: the features of each latent's photograph.
            starts: float32 (N·starts, …), those of one photograph beside each other.
            on_step: called after each step.

        Returns:
            The best latents of each photograph on the way, (frames, N, …), and their distances.
        """
        network, dim = self._generator.network, self._dim
        numbers = paddle.to_tensor(starts[:, :dim], stop_gradient=False)
        classes = paddle.to_tensor(starts[:, dim:])
        schedule = paddle.optimizer.lr.CosineAnnealingDecay(_LEARNING_RATE, self._steps)
        adam = paddle.optimizer.Adam(schedule, parameters=[numbers])
        best = np.full(len(starts), np.inf)
        found, path = starts.copy(), []
        frames = np.unique(np.linspace(0, self._steps, _FRAMES).astype(int))
        with frozen(network):
            for step in range(self._steps + 1):
                whole = paddle.concat([numbers, classes], 1) if classes.shape[1] else numbers
                features = self.distance.features(network(whole))
                distances = self.distance.between(features, targets)
                nearer = distances.numpy() < best
                best[nearer] = distances.numpy()[nearer]
                found[nearer] = whole.numpy()[nearer]
                if step in frames:
                    path.append(found.copy())
                if step == self._steps:
                    break
                distances.sum().backward()
                adam.step()
                adam.clear_grad()
                schedule.step()
                self._keep_likely(numbers)
                on_step()
        order = best.reshape(-1, self._starts)
        chosen = order.argmin(1) + np.arange(len(order)) * self._starts
        return np.stack(path)[:, chosen], order.min(1)

    def _keep_likely(self, numbers: Tensor) -> None:
        """Bring latents back to where the generator was trained."""
        with paddle.no_grad():
            if not self._is_normal:
                numbers.clip_(-1, 1)
                return
            lengths = numbers.norm(axis=1, keepdim=True)
            longest = _LONGEST * math.sqrt(self._dim)
            numbers.set_value(numbers * (longest / lengths).clip(max=1.0))
