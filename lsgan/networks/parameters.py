"""What a network learns, apart from what it merely tracks."""

from collections.abc import Iterator
from contextlib import contextmanager

from lsgan.arrays import Layer, Tensor


def trainable(network: Layer) -> dict[str, Tensor]:
    """The parameters that gradients change, by their names within the network.

    Paddle lists batch norm's running statistics among the parameters too, with `stop_gradient`
    set; they are left out.
    """
    return {name: p for name, p in network.named_parameters() if not p.stop_gradient}


def count(network: Layer) -> int:
    """How many numbers a network learns."""
    return sum(int(parameter.size) for parameter in trainable(network).values())


@contextmanager
def frozen(network: Layer) -> Iterator[None]:
    """Within this, gradients pass through `network` but none is computed for its parameters."""
    parameters = trainable(network).values()
    for parameter in parameters:
        parameter.stop_gradient = True
    try:
        yield
    finally:
        for parameter in parameters:
            parameter.stop_gradient = False
