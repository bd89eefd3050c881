"""Batch norm's running statistics, estimated anew.

At momentum 0.5 the running statistics that training leaves behind follow the last few batches,
and an averaged network has none of its own: images rendered with them flicker from one
checkpoint to the next. So they are re-estimated before a network is sampled from.
"""

from collections.abc import Iterable

import paddle
from paddle import nn

from lsgan.arrays import Layer, Tensor


def estimate_statistics(network: Layer, batches: Iterable[Tensor]) -> None:
    """Set the running mean and variance of every batch norm to their averages over `batches`.

    The network is changed in place and left in evaluation mode. Each batch counts the same, so
    that the statistics are those that a batch of this size has when the network trains.
    """
    norms = [layer for layer in network.sublayers() if isinstance(layer, nn.BatchNorm2D)]
    momenta = [norm._momentum for norm in norms]
    if not norms:
        network.eval()
        return
    network.train()
    with paddle.no_grad():
        for index, batch in enumerate(batches):
            for norm in norms:
                # running ← m·running + (1 − m)·batch is the mean so far with m = index/(index+1).
                norm._momentum = index / (index + 1)
            network(batch)
    for norm, momentum in zip(norms, momenta, strict=True):
        norm._momentum = momentum
    network.eval()
