"""What an exported network takes and gives, the same in every format."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import paddle
from paddle import nn

from lsgan import random
from lsgan.arrays import Floats, Layer, Tensor
from lsgan.config import Config, ModelSection
from lsgan.inference.generator import Generator
from lsgan.networks import build_generator
from lsgan.networks.latents import Latents
from lsgan.networks.vae import Generator as Autoencoder
from lsgan.tasks import task_of

# A network of a file: its inputs, in the order of `inputs_of`, to its output.
Runner = Callable[[Sequence[np.ndarray[Any, Any]]], Floats]


@dataclass(frozen=True)
class TensorSpec:
    """An input or the output of an exported network.

    Attributes:
        name: as every format calls it.
        shape: of one row; the batch, whose size is free, comes first.
        dtype: of its numbers, as numpy and Paddle call it.
        meaning: of its numbers, for people.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    meaning: str


def inputs_of(config: Config) -> list[TensorSpec]:
    """The inputs of the exported network, in their order.

    `inputs_from` makes them of what `Generator.render` is given.
    """
    model = config.model
    if task_of(config).is_conditional:
        return [_images("input_images", model)]
    spread = "from N(0, 1)" if model.latent_distribution == "normal" else "evenly from [-1, 1)"
    latents = TensorSpec("latents", (model.latent_dim,), "float32", f"numbers {spread}")
    if not model.classes:
        return [latents]
    named = ", ".join(f"{number} {name}" for number, name in enumerate(model.classes))
    return [latents, TensorSpec("labels", (), "int64", f"the class: {named}")]


def inputs_from(config: Config, rows: Floats) -> list[np.ndarray[Any, Any]]:
    """The inputs for `rows`, which are what `Generator.render` is given, float32 (N, …)."""
    model = config.model
    if not model.classes:
        return [rows]
    return [rows[:, : model.latent_dim], rows[:, model.latent_dim :].argmax(1).astype(np.int64)]


def output_of(config: Config) -> TensorSpec:
    """The output of the exported network."""
    if task_of(config).makes_images:
        return _images("images", config.model)
    return TensorSpec("curves", (config.model.points,), "float32", "values at evenly spaced points")


def exported_network(network: Layer, config: Config) -> Layer:
    """The network to export: a generator without what only its training needs.

    Args:
        network: a generator; of an autoencoder the decoder is taken.
        config: says what it generates.

    Returns:
        A layer in evaluation mode from the inputs of `inputs_of` to the output of `output_of`.
    """
    network.eval()
    if isinstance(network, Autoencoder):
        return network.decoder
    if task_of(config).is_conditional:
        return _Output(network, config.model.channels)
    return _Labelled(network, len(config.model.classes)) if config.model.classes else network


def network_to_trace(generator: Generator) -> Layer:
    """A copy of the network to export.

    Paddle 3.0 replaces methods of a network that it traces, which then no longer runs by itself.
    """
    network = build_generator(generator.config.model)
    network.set_state_dict(generator.network.state_dict())
    return exported_network(network, generator.config)


def trial_rows(generator: Generator, count: int) -> Floats:
    """What a generator is given when it is compared with its export.

    Returns:
        The latents of seeds 0, 1, …, or so many images of random pixels: float32 (count, …).
    """
    model = generator.config.model
    if not generator.task.is_conditional:
        return Latents(model).of(range(count))
    shape = (count, model.channels, model.size, model.size)
    return 2 * random.stream(0, "trial images").random(shape, np.float32) - 1


class _Output(nn.Layer):
    """The output images alone, where a network gives pairs of input and output."""

    def __init__(self, network: Layer, channels: int) -> None:
        super().__init__()
        self.network = network
        self._channels = channels

    def forward(self, input_images: Tensor) -> Tensor:
        """The images made of `input_images`."""
        return self.network(input_images)[:, self._channels :]


class _Labelled(nn.Layer):
    """A generator of classes that is told them by their numbers, not one-hot after the latents."""

    def __init__(self, network: Layer, count: int) -> None:
        super().__init__()
        self.network = network
        self._rows = paddle.eye(count)

    def forward(self, latents: Tensor, labels: Tensor) -> Tensor:
        """The images of `latents`, each of the class in `labels`."""
        return self.network(paddle.concat([latents, paddle.gather(self._rows, labels)], 1))


def _images(name: str, model: ModelSection) -> TensorSpec:
    if model.channels == 3:
        meaning = "red, green and blue, from -1 (none) to 1 (full)"
    else:
        meaning = "grey, from -1 (black) to 1 (white)"
    return TensorSpec(name, (model.channels, model.size, model.size), "float32", meaning)
