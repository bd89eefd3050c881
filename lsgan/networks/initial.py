"""Initial weights, the same on every device and whatever was built before."""

import numpy as np
from paddle import nn

from lsgan import random
from lsgan.arrays import Layer


def initialise(network: Layer, seed: int, name: str, deviation: float) -> None:
    """Set a network's weights as DCGAN does (Radford et al. 2016, section 4).

    Weights of convolutions and dense layers are N(0, deviation), scales of batch norm
    N(1, deviation), of instance norm 1, every bias 0.

    Args:
        network: is changed in place.
        seed: the run's.
        name: the network's, so that two networks of one run start apart.
        deviation: standard deviation of the weights, but for layers that have their own.
    """
    numbers = random.stream(seed, f"initial weights of the {name}")
    for layer in network.sublayers():
        if isinstance(layer, nn.Conv2D | nn.Conv2DTranspose | nn.Linear):
            mean = 0.0
        elif isinstance(layer, nn.BatchNorm2D):
            mean = 1.0
        else:
            if hasattr(layer, "draw_weights"):
                layer.draw_weights(seed)
            continue
        # Under spectral norm the weight is the quotient of this one.
        weight = getattr(layer, "weight_orig", layer.weight)
        own = getattr(layer, "weight_deviation", deviation)
        weight.set_value(numbers.normal(mean, own, weight.shape).astype("float32"))
        if layer.bias is not None:
            layer.bias.set_value(layer.bias * 0)
        for side in ("weight_u", "weight_v"):
            if hasattr(layer, side):
                vector = getattr(layer, side)
                vector.stop_gradient = True
                drawn = numbers.standard_normal(vector.shape)
                vector.set_value((drawn / np.linalg.norm(drawn)).astype("float32"))
