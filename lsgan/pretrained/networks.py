"""The feature networks: their convolutions, and what published files of weights call them."""

from collections.abc import Callable
from typing import NamedTuple

from lsgan.pretrained import efficientnet, resnet


class Convolution(NamedTuple):
    """A convolution with the batch norm after it, as published.

    Attributes:
        shape: of the weight: output channels, input channels per group, height and width.
        layer: what its layer is called in a published file.
        norm: what the layer of its batch norm is called there.
    """

    shape: tuple[int, ...]
    layer: str
    norm: str


class Network(NamedTuple):
    """A network trained on ImageNet, without its classifier.

    Attributes:
        name: as configurations have it.
        epsilon: added to the variance by its batch norms.
        convolutions: by the name that the folded arrays have.
    """

    name: str
    epsilon: float
    convolutions: dict[str, Convolution]


def _efficientnet_lite0(name: str) -> tuple[str, str]:
    """What the package efficientnet_lite_pytorch calls a convolution and its batch norm."""
    if name == "stem":
        return "_conv_stem", "_bn0"
    block, _, layer = name.partition(".")
    here = f"_blocks.{block.removeprefix('block')}"
    norm = {"expand": "_bn0", "depthwise": "_bn1", "project": "_bn2"}[layer]
    return f"{here}._{layer}_conv", f"{here}.{norm}"


def _resnet18(name: str) -> tuple[str, str]:
    """What Paddle and PyTorch call them."""
    if name.endswith("downsample.0"):
        return name, name[:-1] + "1"
    return name, name.replace("conv", "bn")


def _convolutions(
    shapes: dict[str, tuple[int, ...]], published: Callable[[str], tuple[str, str]]
) -> dict[str, Convolution]:
    names = {key.removesuffix(".weight"): shape for key, shape in shapes.items() if len(shape) > 1}
    return {name: Convolution(shape, *published(name)) for name, shape in names.items()}


EFFICIENTNET_LITE0 = Network(
    "efficientnet-lite0", 1e-3, _convolutions(efficientnet.shapes(), _efficientnet_lite0)
)
RESNET18 = Network("resnet18", 1e-5, _convolutions(resnet.shapes(), _resnet18))
NETWORKS = {network.name: network for network in (EFFICIENTNET_LITE0, RESNET18)}
