"""From a trained generator and what it is given to samples."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import paddle

from lsgan.arrays import Floats, Layer, Samples
from lsgan.config import Config
from lsgan.errors import ConfigError
from lsgan.networks.latents import Interpolation, Latents
from lsgan.tasks import Task, task_of

# Samples are always rendered so many at a time, the last batch filled up: a GPU may compute a
# batch of another size in another way, and so round otherwise.
_BATCH = 64
# A network that is given whole images keeps many maps of their size.
_BATCH_OF_IMAGES = 8


@dataclass(frozen=True)
class Generator:
    """A trained generator, ready to be rendered from.

    Attributes:
        network: the averaged generator.
        config: the configuration it was trained with.
        data: the digest of the data set it was trained on.
        name: the checkpoint's name, without its ending.
    """

    network: Layer
    config: Config
    data: str
    name: str

    @property
    def task(self) -> Task:
        """What it generates."""
        return task_of(self.config)

    @property
    def classes(self) -> list[str]:
        """The names of the classes that it was trained on, none if on none."""
        return list(self.config.model.classes)

    def latents(
        self, seeds: Sequence[int], truncation: float = 1, class_name: str | None = None
    ) -> Floats:
        """The latents of `seeds`, float32 (len(seeds), latent_dim).

        Of a generator that was trained on classes the class stands one-hot after each latent,
        float32 (len(seeds), latent_dim + classes).

        Args:
            seeds: numbers from 0 to 2⁶³ − 1; each has a latent of its own.
            truncation: above 0 and at most 1; below 1 latents are nearer to their mean, and images
                plainer and more alike.
            class_name: the class of all; by default each seed has a class of its own, drawn as
                often as it is in the data set.

        Raises:
            ConfigError: if the generator is given images instead, has no such class, or if
                `truncation` is not possible.
        """
        self.check_latents(truncation)
        numbers = Latents(self.config.model)
        latents = numbers.of(seeds, truncation)
        if class_name is None:
            return latents
        if not self.classes:
            raise ConfigError(f"{self.name} was not trained on classes", "Leave the class out.")
        return numbers.of_class(latents, class_name)

    def sample(
        self, seeds: Sequence[int], truncation: float = 1, class_name: str | None = None
    ) -> np.ndarray:
        """The images of `seeds`; a seed's image is always the same.

        Args:
            seeds: as for `latents`.
            truncation: as for `latents`.
            class_name: as for `latents`.

        Returns:
            uint8 (N, H, W, C), C 1 or 3; of curves float32 (N, points).
        """
        return channels_last(self.render(self.latents(seeds, truncation, class_name)))

    def interpolate(
        self,
        seeds: Sequence[int],
        frames: int = 24,
        truncation: float = 1,
        method: Interpolation | None = None,
        class_name: str | None = None,
    ) -> np.ndarray:
        """Images on a closed way from the first of `seeds` to the last and back to the first.

        Args:
            seeds: two or more.
            frames: from one of them to the next.
            truncation: as for `latents`.
            method: "spherical", along great circles, or "linear"; by default spherical for normal
                latents, linear for uniform ones.
            class_name: as for `latents`.

        Returns:
            uint8 (len(seeds)·frames, H, W, C); of curves float32 (…, points).
        """
        latents = self.latents(seeds, truncation, class_name)
        return channels_last(self.render(self.interpolation(latents, frames, method)))

    def interpolation(
        self, latents: Floats, frames: int, method: Interpolation | None = None
    ) -> Floats:
        """Latents on a closed way through `latents`, (N, …), as float32 (N·frames, …).

        Raises:
            ConfigError: if there are fewer than two.
        """
        if len(latents) < 2:
            raise ConfigError("an interpolation needs two seeds or more", "Give more seeds.")
        return Latents(self.config.model).closed_interpolation(latents, frames, method)

    def check_latents(self, truncation: float) -> None:
        """Refuse a generator that has no latents, or none that can be truncated.

        Raises:
            ConfigError: in either case.
        """
        if not 0 < truncation <= 1:
            raise ConfigError(
                f"the truncation is {truncation:g}, but must be above 0 and at most 1",
                "Try 0.7; 1 leaves the images as they are.",
            )
        if self.task.is_conditional:
            raise ConfigError(
                f"{self.name} makes images of images, and has no latents",
                "Name the images with --input DIR.",
            )
        if truncation < 1 and self.config.model.latent_distribution != "normal":
            raise ConfigError(
                f"the latents of {self.name} are spread evenly, so that those near their mean are "
                "no likelier than others, and a truncation would gain nothing",
                "Leave the truncation out.",
            )

    def render(self, given: Floats, fill: bool = True) -> Samples:
        """The samples of what it is given, in the form of the data set; see `render`."""
        return render(self.network, self.task, given, fill)


def render(network: Layer, task: Task, given: Floats, fill: bool = True) -> Samples:
    """What a generator makes of each row of `given`, float32 (N, …), in the form of the data set.

    The generator is in evaluation mode, so that a sample does not depend on the others.

    Args:
        network: the generator.
        task: what it generates.
        given: latents or images.
        fill: whether a batch is filled up, so that a sample is the same bit for bit however many
            are rendered with it. Without, a single one takes a small part of the time.
    """
    network.eval()
    size = _BATCH if given.ndim == 2 else _BATCH_OF_IMAGES
    batches = []
    with paddle.no_grad():
        for start in range(0, len(given), size):
            part = given[start : start + size]
            missing = size - len(part) if fill else 0
            filled = np.pad(part, [(0, missing), *[(0, 0)] * (given.ndim - 1)])
            made = network(paddle.to_tensor(filled))[: len(part)]
            batches.append(task.samples(made.astype("float32").numpy()))
    return np.concatenate(batches)


def channels_last(samples: Samples) -> np.ndarray:
    """Images (N, H, W, C) of images (N, C, H, W); curves as they are."""
    return samples if samples.ndim == 2 else np.ascontiguousarray(samples.transpose(0, 2, 3, 1))
