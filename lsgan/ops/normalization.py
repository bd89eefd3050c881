"""Batch norm and the activation that follows it, channels last, on a CPU, by oneDNN.

Their derivatives have no derivatives.
"""

from typing import Any

import numpy as np
from paddle.autograd import PyLayer

from lsgan.arrays import Floats, Layer, Tensor, aligned
from lsgan.ops import onednn
from lsgan.ops.channel_order import dense, view_first
from lsgan.ops.cpu_arrays import as_array, as_tensor
from lsgan.system.threads import shares


def batch_norm(layer: Layer, maps: Tensor, slope: float = 1.0, parts: int = 1) -> Tensor:
    """Batch norm in training, then a leaky ReLU.

    Args:
        layer: the `nn.BatchNorm2D`; its running statistics are updated.
        maps: float32 (N, h, w, C).
        slope: of the activation for negative values: 0 for a ReLU, 1 for none.
        parts: into how many equal parts the maps are cut, each with statistics of its own.

    Returns:
        float32 (N, h, w, C).
    """
    return _Normalized.apply(maps, layer.weight, layer.bias, layer, slope, parts)


class _Normalized(PyLayer):
    @staticmethod
    def forward(
        ctx: Any, maps: Tensor, weight: Tensor, bias: Tensor, layer: Layer, slope: float, parts: int
    ) -> Tensor:
        values, scale, shift = dense(as_array(maps)), as_array(weight), as_array(bias)
        result = aligned(values.shape)
        ctx.means, ctx.variances = np.empty((2, parts, values.shape[-1]), np.float32)
        for part, mean, variance in zip(
            shares(len(values), len(values) // parts), ctx.means, ctx.variances, strict=True
        ):
            onednn.batch_norm(
                view_first(values[part]),
                scale,
                shift,
                layer._epsilon,
                view_first(result[part]),
                mean,
                variance,
            )
            _track(layer, mean, variance)
        if slope != 1:
            onednn.leaky_relu(result, slope, result)
        made = as_tensor(result)
        ctx.epsilon, ctx.slope = layer._epsilon, slope
        ctx.varies = [not tensor.stop_gradient for tensor in (maps, weight, bias)]
        ctx.save_for_backward(maps, weight, made)
        return made

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        maps, weight, made = ctx.saved_tensor()
        values, given, scale = dense(as_array(maps)), dense(as_array(gradient)), as_array(weight)
        by_maps = aligned(given.shape)
        if ctx.slope != 1:
            onednn.leaky_relu_gradient(as_array(made), given, ctx.slope, by_maps)
            given = by_maps
        parts, channels = ctx.means.shape
        by_both = np.empty((2, parts, channels), np.float32)
        for number, part in enumerate(shares(len(values), len(values) // parts)):
            onednn.batch_norm_gradients(
                view_first(values[part]),
                scale,
                ctx.epsilon,
                ctx.means[number],
                ctx.variances[number],
                view_first(given[part]),
                view_first(by_maps[part]),
                *by_both[:, number],
            )
        gradients = by_maps, *np.sum(by_both, 1, out=aligned((2, channels)))
        return tuple(
            as_tensor(each) if varies else None
            for each, varies in zip(gradients, ctx.varies, strict=True)
        )


def _track(layer: Layer, mean: Floats, variance: Floats) -> None:
    """Move the layer's running statistics towards those of this batch, as Paddle does."""
    kept = np.float32(layer._momentum)
    for running, now in ((layer._mean, mean), (layer._variance, variance)):
        running.set_value(kept * as_array(running) + (1 - kept) * now)
