"""Spectral norm (Miyato et al. 2018, arXiv 1802.05957).

Paddle's own has no second derivative, which a gradient penalty takes, and in mixed precision turns
what it keeps into short numbers.
"""

import paddle
from paddle.nn import functional as F

from lsgan.arrays import Layer, Tensor


def spectral_norm(layer: Layer) -> None:
    """Divide the weight of `layer` by its largest singular value, whenever it is used.

    Of a convolution it is that of the kernel as a matrix with a row for each output channel. It is
    followed by one power iteration (the paper's algorithm 1) at each use in training; its vectors
    are kept with the layer as `weight_u` and `weight_v`, the weight that is learnt as
    `weight_orig`.
    """
    weight = layer.weight
    del layer._parameters["weight"]
    layer.add_parameter("weight_orig", weight)
    rows = weight.shape[0]
    for name, length in (("weight_u", rows), ("weight_v", weight.size // rows)):
        layer.register_buffer(name, paddle.ones([int(length)]))
    # Each use sets it.
    layer.weight = None
    layer.register_forward_pre_hook(_divide)


def _divide(layer: Layer, _: tuple[Tensor, ...]) -> None:
    weight = layer.weight_orig
    matrix = weight.reshape([weight.shape[0], -1])
    with paddle.amp.auto_cast(enable=False):
        if layer.training:
            with paddle.no_grad():
                # Not with the matrix transposed, which Paddle would write down first.
                right = F.normalize(layer.weight_u @ matrix, axis=0)
                left = F.normalize(matrix @ right, axis=0)
                # Not by `set_value`, which in Paddle 2.6 goes by way of the host.
                paddle.assign(right, output=layer.weight_v)
                paddle.assign(left, output=layer.weight_u)
        # Copies, since the next use changes what this one's derivatives need.
        left, right = layer.weight_u.clone(), layer.weight_v.clone()
        layer.weight = weight / (left * (matrix @ right)).sum()
