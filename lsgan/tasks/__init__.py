"""What is generated: images, images from images, or curves.

One file a task, found by `data.kind` in the configuration. A task knows where its data set
comes from, what a generator of it is given, what its samples are measured on and how they are
shown. The training loop knows nothing of it.
"""

from typing import Any, Protocol

from PIL import Image

from lsgan.arrays import Floats, Samples
from lsgan.config import Config, ModelSection
from lsgan.data.pack import Pack
from lsgan.features.extractors import Features
from lsgan.tasks.curves import Curves
from lsgan.tasks.image_to_image import ImageToImage
from lsgan.tasks.unconditional import UnconditionalImages


class Task(Protocol):
    """What the rest of the program asks of a task.

    Attributes:
        is_conditional: whether a generator is given a part of a row of the data set, not latents.
        makes_images: whether what is made can be looked at and measured as images.
        is_synthetic: whether the data set is computed, wherever and whenever it is asked for.
    """

    is_conditional: bool
    makes_images: bool
    is_synthetic: bool

    def open(self, config: Config) -> Pack:
        """The data set that `config` names.

        Raises:
            DataError: if it cannot be opened.
            ConfigError: if it is not what the networks take.
        """
        ...

    def shape(self, model: ModelSection) -> tuple[int, ...]:
        """The shape of one sample as the networks have it."""
        ...

    def inputs(self, latents: Floats, rows: Samples) -> Floats:
        """What a generator is given, float32 (N, …): the latents, or a part of each row."""
        ...

    def samples(self, made: Floats) -> Samples:
        """What a generator has made, float32 (N, …), in the form of the data set."""
        ...

    def generated_part(self, samples: Any) -> Any:
        """The part of each sample that a generator makes, of an array or a tensor."""
        ...

    def features(self, rows: Samples) -> Features:
        """The features of samples such as `rows`, which need no weights file."""
        ...

    def reconstruction_errors(self, made: Samples, rows: Samples) -> dict[str, float]:
        """How far samples are from their targets in `rows`; {} if there are none."""
        ...

    def sheet(
        self, samples: Samples, columns: int, rows: Samples | None = None, upscale: int = 1
    ) -> Image.Image:
        """Samples in one image, beside the rows of the data set they belong to, if to any."""
        ...


_TASKS: dict[str, Task] = {
    "images": UnconditionalImages(),
    "pairs": ImageToImage(),
    "curves": Curves(),
}


def task_of(config: Config) -> Task:
    """What `config` generates."""
    return _TASKS[config.data.kind]
