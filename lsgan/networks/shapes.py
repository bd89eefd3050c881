"""The names and shapes of all that networks keep, without the memory for it.

They are found by building the networks while Paddle puts off making their parameters, which takes
a hundredth of a second and no memory however large a network would be.
"""

from typing import NamedTuple

import paddle
from paddle import nn

from lsgan.arrays import Layer
from lsgan.config import ModelSection
from lsgan.networks import build_discriminator, build_generator
from lsgan.networks.parameters import trainable
from lsgan.networks.projected import FROZEN_NETWORKS, stored_parts

Shapes = dict[str, tuple[int, ...]]


class Layout(NamedTuple):
    """What a network keeps.

    Attributes:
        shapes: of everything in its state dictionary, by name.
        trained: the names of what gradients change.
    """

    shapes: Shapes
    trained: frozenset[str]


def generator_layout(model: ModelSection) -> Layout:
    """What the generator that `model` names keeps.

    Raises:
        ConfigError: if there is no such generator.
    """
    with paddle.LazyGuard():
        return _layout(build_generator(model))


def discriminator_layout(model: ModelSection) -> Layout:
    """What the discriminator that `model` names keeps; no frozen network's weights are needed.

    Raises:
        ConfigError: if there is no such discriminator.
    """
    with paddle.LazyGuard():
        is_projected = model.discriminator == "projected"
        return _layout(_Stored(model) if is_projected else build_discriminator(model))


class _Stored(nn.Layer):
    """A projected discriminator without its frozen network, whose weights no checkpoint holds."""

    def __init__(self, model: ModelSection) -> None:
        super().__init__()
        self.mixing, self.heads = stored_parts(model, FROZEN_NETWORKS[model.feature_network])


def _layout(network: Layer) -> Layout:
    shapes = {key: tuple(map(int, tensor.shape)) for key, tensor in network.state_dict().items()}
    return Layout(shapes, frozenset(trainable(network)))
