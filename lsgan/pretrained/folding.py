"""Batch norms folded into the convolutions before them.

In evaluation mode a batch norm is one multiplication and one addition a channel, which the
convolution can do as well: a frozen network needs no batch norm of its own.
"""

import numpy as np

from lsgan.arrays import Arrays, Floats
from lsgan.errors import RunError
from lsgan.pretrained.networks import Network

# What PyTorch and Paddle call the statistics of a batch norm.
_MEAN = ("running_mean", "_mean")
_VARIANCE = ("running_var", "_variance")


def fold(
    convolution_weight: Floats,
    gamma: Floats,
    beta: Floats,
    mean: Floats,
    variance: Floats,
    epsilon: float,
) -> tuple[Floats, Floats]:
    """The weight and bias of the one convolution that equals a convolution and its batch norm.

    Args:
        convolution_weight: (out, in / groups, height, width), of a convolution without a bias.
        gamma: the batch norm's scale, (out,).
        beta: its shift, (out,).
        mean: its running mean, (out,).
        variance: its running variance, (out,).
        epsilon: what it adds to the variance.

    Returns:
        The weight, shaped like `convolution_weight`, and the bias, (out,), both float32.
    """
    # In float64, of operations that every processor rounds alike: the digest of the result must
    # not depend on the machine.
    deviation = np.sqrt(variance.astype(np.float64) + epsilon)
    scale = gamma.astype(np.float64) / deviation
    weight = convolution_weight.astype(np.float64) * scale[:, None, None, None]
    bias = beta.astype(np.float64) - mean.astype(np.float64) * scale
    # In the usual order of memory too, which safetensors takes every array to have.
    return weight.astype(np.float32, order="C"), bias.astype(np.float32)


def fold_network(arrays: Arrays, network: Network, place: str) -> Arrays:
    """The folded arrays of a network: "<name>.weight" and "<name>.bias" of every convolution.

    Args:
        arrays: as published, by name; further ones, of the classifier, are left alone.
        network: what they must be the weights of.
        place: where they come from, for errors.

    Raises:
        RunError: if one is missing, has another shape or holds a number that is not finite.
    """
    folded: Arrays = {}
    for name, (shape, layer, norm) in network.convolutions.items():
        channels = shape[:1]

        def pick(keys: list[str], shape: tuple[int, ...]) -> Floats:
            key = next((key for key in keys if key in arrays), keys[0])
            return checked(arrays, key, shape, network, place)

        # An infinite result is looked for below.
        with np.errstate(all="ignore"):
            weight, bias = fold(
                pick([f"{layer}.weight"], shape),
                pick([f"{norm}.weight"], channels),
                pick([f"{norm}.bias"], channels),
                pick([f"{norm}.{last}" for last in _MEAN], channels),
                pick([f"{norm}.{last}" for last in _VARIANCE], channels),
                network.epsilon,
            )
        folded |= {f"{name}.weight": weight, f"{name}.bias": bias}
        if not (np.isfinite(weight).all() and np.isfinite(bias).all()):
            raise RunError(f"the batch norm {norm} in {place} gives numbers that are not finite")
    return folded


def checked(
    arrays: Arrays, key: str, shape: tuple[int, ...], network: Network, place: str
) -> Floats:
    """The array of that name in float32.

    Raises:
        RunError: if it is missing, has another shape or holds a number that is not finite.
    """
    given = arrays.get(key)
    if given is None or given.shape != shape:
        found = "is missing" if given is None else f"has the shape {given.shape}, not {shape}"
        raise RunError(f"{place} does not hold the weights of {network.name}: {key} {found}")
    array = given.astype(np.float32)
    if not np.isfinite(array).all():
        raise RunError(f"{key} in {place} holds numbers that are not finite")
    return array
