"""Convolutions of maps whose channels come last, (N, h, w, C), inside a network.

In bfloat16 and float16 cuDNN's fastest convolutions want that order. Paddle gives it to them only
where it is asked for (github.com/PaddlePaddle/Paddle, phi/kernels/gpudnn/conv_kernel.cu). In
float32 and TF32 it puts channels first again before each convolution, and before transposed ones in
any precision (conv_transpose_kernel.cu), which therefore stay as they are.

Parameters and their order do not change, so a checkpoint is the same with and without.
"""

from collections.abc import Callable, Sequence
from functools import partial

import paddle
from paddle import nn
from paddle.nn import functional as F

from lsgan.arrays import Layer, Tensor
from lsgan.networks.layer_norm import LayerNorm
from lsgan.ops.cpu_arrays import own_kernels
from lsgan.ops.gates import GatedLinearUnit
from lsgan.ops.layer_sequence import apart
from lsgan.ops.same import SameConvolution
from lsgan.ops.whole import WholeConvolution

# To these the order of the channels makes no difference.
_EITHER_WAY = (nn.ReLU, nn.LeakyReLU, nn.Tanh, LayerNorm)


def to_channels_last(maps: Tensor) -> Tensor:
    """Maps (N, C, h, w) as (N, h, w, C)."""
    return maps.transpose([0, 2, 3, 1])


def to_channels_first(maps: Tensor) -> Tensor:
    """Maps (N, h, w, C) as (N, C, h, w)."""
    return maps.transpose([0, 3, 1, 2])


def use_channels_last(network: Layer) -> None:
    """Have `network` convolve maps with their channels last; what it takes and gives stays as is.

    In each sequence of layers, those around a convolution that can do so work on such maps, which
    are put into that order before the first and back after the last. On a CPU nothing is changed,
    where the kernels of `lsgan.ops` choose the order themselves.
    """
    if paddle.get_device() == "cpu" and own_kernels():
        return
    for layer in network.sublayers(include_self=True):
        if isinstance(layer, nn.Sequential):
            _convert(layer)
        elif hasattr(layer, "features_channels_last"):
            layer.features_channels_last = True


def _convert(sequence: Layer) -> None:
    """Make a sequence compute its convolutions with channels last."""
    parts: list[tuple[bool, list[Layer]]] = []
    for layer in sequence:
        suits = _is_convolution(layer) or _follows(layer)
        if not parts or parts[-1][0] != suits:
            parts.append((suits, []))
        parts[-1][1].append(layer)
    # Without a convolution nothing is gained.
    parts = [(suits and any(map(_is_convolution, part)), part) for suits, part in parts]
    for changed, part in parts:
        for layer in part if changed else ():
            _change(layer)
    if any(changed for changed, _ in parts):
        sequence.forward = partial(_forward, parts)


def _forward(stretches: Sequence[tuple[bool, list[Layer]]], maps: Tensor, parts: int = 1) -> Tensor:
    for changed, stretch in stretches:
        maps = to_channels_last(maps) if changed else maps
        for layer in stretch:
            maps = apart(layer, maps, parts)
        maps = to_channels_first(maps) if changed else maps
    return maps


def _is_convolution(layer: Layer) -> bool:
    if isinstance(layer, SameConvolution):
        # Of an even kernel's result it cuts off rows and columns.
        return bool(layer._kernel_size[0] % 2)
    return isinstance(layer, nn.Conv2D) and not isinstance(layer, WholeConvolution)


def _follows(layer: Layer) -> bool:
    """Whether a layer that is no convolution can take channels last."""
    others = (nn.BatchNorm2D, nn.SyncBatchNorm, nn.AvgPool2D, GatedLinearUnit)
    return isinstance(layer, (*_EITHER_WAY, *others))


def _change(layer: Layer) -> None:
    """Make a layer take channels last, which it is given from now on."""
    if isinstance(layer, nn.BatchNorm2D | nn.SyncBatchNorm):
        layer._data_format = "NHWC"
    elif isinstance(layer, nn.AvgPool2D):
        layer.data_format = "NHWC"
    elif not isinstance(layer, _EITHER_WAY):
        forward: Callable[..., Tensor] = _gate if isinstance(layer, GatedLinearUnit) else _convolve
        # In place of the method: what hooks do before, such as spectral norm's, they still do.
        layer.forward = partial(forward, layer)


def _convolve(layer: Layer, maps: Tensor) -> Tensor:
    return F.conv2d(
        maps,
        layer.weight,
        layer.bias,
        stride=layer._stride,
        padding=layer._padding,
        dilation=layer._dilation,
        groups=layer._groups,
        data_format="NHWC",
    )


def _gate(_: Layer, maps: Tensor) -> Tensor:
    values, gates = paddle.split(maps, 2, axis=-1)
    return values * F.sigmoid(gates)
