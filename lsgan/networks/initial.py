"""Initial weights, the same on every device and whatever was built before."""

import numpy as np
from paddle import nn

from lsgan import random
from lsgan.arrays import Layer

_POWER_ITERATIONS = 5


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
        own = getattr(layer, "init_std", deviation)
        weight.set_value(numbers.normal(mean, own, weight.shape).astype("float32"))
        if layer.bias is not None:
            layer.bias.set_value(layer.bias * 0)
        if hasattr(layer, "weight_u"):
            _find_singular_vectors(layer, numbers)


def _find_singular_vectors(layer: Layer, numbers: np.random.Generator) -> None:
    """Set the vectors of spectral norm as if the layer had been used a few times.

    At random ones the singular value would be taken for far too small, and the first scores would
    be in the thousands.
    """
    matrix = layer.weight_orig.numpy().reshape(layer.weight_orig.shape[0], -1)
    left = numbers.standard_normal(len(matrix))
    for _ in range(_POWER_ITERATIONS):
        right = left @ matrix
        right /= np.linalg.norm(right)
        left = matrix @ right
        left /= np.linalg.norm(left)
    for side, vector in (("weight_u", left), ("weight_v", right)):
        getattr(layer, side).stop_gradient = True
        getattr(layer, side).set_value(vector.astype("float32"))
