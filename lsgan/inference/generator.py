"""From a trained generator and what it is given to samples."""

from dataclasses import dataclass

import numpy as np
import paddle

from lsgan.arrays import Floats, Layer, Samples
from lsgan.config import Config
from lsgan.errors import ConfigError
from lsgan.latents import Latents
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
    def latents(self) -> Latents:
        """The latents that it is given.

        Raises:
            ConfigError: if it is given images.
        """
        if self.task.is_conditional:
            raise ConfigError(f"{self.name} makes images of images", "Name some with --input DIR.")
        return Latents(self.config.model)

    def render(self, given: Floats) -> Samples:
        """The samples of what it is given, in the form of the data set."""
        return render(self.network, self.task, given)


def render(network: Layer, task: Task, given: Floats) -> Samples:
    """What a generator makes of each row of `given`, float32 (N, …), in the form of the data set.

    The generator is in evaluation mode, so that a sample does not depend on the others.
    """
    network.eval()
    size = _BATCH if given.ndim == 2 else _BATCH_OF_IMAGES
    batches = []
    with paddle.no_grad():
        for start in range(0, len(given), size):
            part = given[start : start + size]
            filled = np.pad(part, [(0, size - len(part)), *[(0, 0)] * (given.ndim - 1)])
            made = network(paddle.to_tensor(filled))[: len(part)]
            batches.append(task.samples(made.astype("float32").numpy()))
    return np.concatenate(batches)
