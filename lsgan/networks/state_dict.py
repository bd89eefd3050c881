"""Networks' weights as arrays, under the names that a checkpoint has for them."""

import numpy as np

from lsgan.arrays import Arrays, Layer
from lsgan.errors import RunError
from lsgan.text import printable


def with_prefix(tensors: Arrays, prefix: str) -> Arrays:
    """The tensors whose names begin with `prefix` and a slash, without that beginning."""
    start = f"{prefix}/"
    return {key[len(start) :]: value for key, value in tensors.items() if key.startswith(start)}


def load_state_dict(network: Layer, tensors: Arrays) -> None:
    """Set a network's weights and batch-norm statistics.

    Raises:
        RunError: if a name or a shape is not the network's own.
    """
    own = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    given = {key: value.shape for key, value in tensors.items()}
    if own != given:
        different = sorted(key for key in own.keys() | given if own.get(key) != given.get(key))
        listed = ", ".join(map(printable, different[:3]))
        raise RunError(f"the checkpoint is of another network: {listed} differ")
    for key, tensor in network.state_dict().items():
        # In a checkpoint that was made small they may be in half precision.
        tensor.set_value(tensors[key].astype(np.float32))
