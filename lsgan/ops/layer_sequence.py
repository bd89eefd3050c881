"""Layers one after another, which keep the channels last between them where kernels want that."""

from collections.abc import Iterator

import paddle
from paddle import nn

from lsgan.arrays import Layer, Tensor
from lsgan.ops.cpu_arrays import use_kernels
from lsgan.ops.gates import GatedLinearUnit
from lsgan.ops.methods import training_precision
from lsgan.ops.normalization import batch_norm
from lsgan.ops.same import SameConvolution
from lsgan.ops.strided import StridedConvolution, StridedTransposedConvolution
from lsgan.ops.upsampling import UpsamplingConvolution

_STRIDED = (StridedConvolution, StridedTransposedConvolution, UpsamplingConvolution)


class LayerSequence(nn.Sequential):
    """Paddle's `Sequential`; in a training on a CPU its maps are (N, h, w, C) between the layers.

    What it is given and gives has the channels before the rows, as everywhere.
    """

    def forward(self, maps: Tensor, parts: int = 1) -> Tensor:
        """What the last layer gives.

        Args:
            maps: float32 (N, ...).
            parts: into how many equal parts they are cut, of which each has statistics of its own
                in batch norms.
        """
        if training_precision() is None or not use_kernels(maps):
            for layer in self:
                maps = apart(layer, maps, parts)
            return maps
        is_last = False
        for layer, slope in _with_activations(list(self)):
            wants_last = _takes_channels_last(layer, is_last)
            if wants_last != is_last:
                maps = maps.transpose([0, 2, 3, 1] if wants_last else [0, 3, 1, 2])
                is_last = wants_last
            maps = _call(layer, slope, maps, parts) if is_last else apart(layer, maps, parts)
        return maps.transpose([0, 3, 1, 2]) if is_last else maps


def _with_activations(layers: list[Layer]) -> Iterator[tuple[Layer, float]]:
    """Each layer, of batch norms with the slope of the leaky ReLU that follows, which is left out.

    The slope is 1 where none follows.
    """
    following = [*layers[1:], None]
    skipped = False
    for layer, after in zip(layers, following, strict=True):
        if skipped:
            skipped = False
            continue
        slope = 1.0
        if isinstance(layer, nn.BatchNorm2D) and layer.training:
            if isinstance(after, nn.ReLU):
                slope, skipped = 0.0, True
            elif isinstance(after, nn.LeakyReLU):
                slope, skipped = after._negative_slope, True
        yield layer, slope


def _takes_channels_last(layer: Layer, is_last: bool) -> bool:
    """Whether a layer is to be given maps with the channels last."""
    if isinstance(layer, SameConvolution):
        return layer.has_kernels
    if isinstance(layer, _STRIDED):
        return True
    if isinstance(layer, nn.BatchNorm2D):
        # Even first: what comes before gives maps of 4×4, which are soon turned.
        return bool(layer.training)
    return is_last and isinstance(layer, nn.ReLU | nn.LeakyReLU | nn.Tanh | GatedLinearUnit)


def apart(layer: Layer, maps: Tensor, parts: int) -> Tensor:
    """What a layer gives for maps in so many parts, of which batch norm sees each by itself."""
    if parts == 1 or not isinstance(layer, nn.BatchNorm2D):
        return layer(maps)
    return paddle.concat([layer(part) for part in maps.split(parts)])


def _call(layer: Layer, slope: float, maps: Tensor, parts: int) -> Tensor:
    if isinstance(layer, nn.BatchNorm2D):
        return batch_norm(layer, maps, slope, parts)
    if isinstance(layer, nn.ReLU | nn.LeakyReLU | nn.Tanh):
        return layer(maps)
    return layer(maps, channels_last=True)
