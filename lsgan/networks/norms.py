"""The normalisations that a network can have between its layers, by their names in the settings."""

from paddle import nn

from lsgan.arrays import Layer
from lsgan.networks.layer_norm import LayerNorm


def needs_bias(name: str) -> bool:
    """Whether a layer before the one called `name` has a bias that is not taken away again."""
    return name in ("none", "layer")


def norm(name: str, channels: int, momentum: float) -> list[Layer]:
    """The layer called `name` for so many channels, in a list; none for "none"."""
    if name == "batch":
        return [nn.BatchNorm2D(channels, momentum=momentum)]
    if name == "layer":
        return [LayerNorm()]
    if name == "instance":
        return [nn.InstanceNorm2D(channels)]
    return []
