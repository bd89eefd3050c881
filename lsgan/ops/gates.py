"""Channels that are let through by others.

In float32 on a CPU they are computed by NumPy on all threads and in one pass over the maps, where
Paddle has four, on one thread. Their derivatives have no derivatives there.
"""

from typing import Any

import numpy as np
import paddle
from paddle import nn
from paddle.autograd import PyLayer
from paddle.nn import functional as F

from lsgan.arrays import Floats, Tensor, aligned
from lsgan.ops.cpu_arrays import as_array, as_tensor, use_kernels
from lsgan.system.threads import each, shares

# So many values at a time stay in the processor's cache.
_VALUES = 1 << 17


class GatedLinearUnit(nn.Layer):
    """Half of the channels, each let through by one of the other half (Dauphin et al. 2016)."""

    def forward(self, maps: Tensor, channels_last: bool = False) -> Tensor:
        """From float32 (N, 2C, h, w) to (N, C, h, w); channels last, on a CPU, of both."""
        if use_kernels(maps):
            return _Gated.apply(maps, 3 if channels_last else 1)
        values, gates = paddle.split(maps, 2, axis=1)
        return values * F.sigmoid(gates)


def scale_channels(maps: Tensor, factors: Tensor) -> Tensor:
    """Each channel of each map times a factor.

    Args:
        maps: float32 (N, C, h, w).
        factors: float32 (N, C, 1, 1).
    """
    if use_kernels(maps, factors):
        return _Scaled.apply(maps, factors)
    return maps * factors


class _Gated(PyLayer):
    @staticmethod
    def forward(ctx: Any, maps: Tensor, axis: int) -> Tensor:
        ctx.save_for_backward(maps)
        ctx.axis = axis
        both = as_array(maps)
        values, through = np.split(both, 2, axis)
        ctx.gates = np.empty(values.shape, np.float32)
        result = aligned(values.shape)

        def part(some: slice) -> None:
            gates = ctx.gates[some]
            # The logistic function by one that does not overflow.
            np.multiply(through[some], 0.5, out=gates)
            np.tanh(gates, out=gates)
            gates *= 0.5
            gates += 0.5
            np.multiply(values[some], gates, out=result[some])

        each(part, _parts(both))
        return as_tensor(result)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        both, given = as_array(ctx.saved_tensor()[0]), as_array(gradient)
        result = aligned(both.shape)
        values, (values_gradient, gates_gradient) = (
            np.split(both, 2, ctx.axis)[0],
            np.split(result, 2, ctx.axis),
        )

        def part(some: slice) -> None:
            by_value, by_gate = values_gradient[some], gates_gradient[some]
            np.multiply(given[some], ctx.gates[some], out=by_value)
            np.subtract(1, ctx.gates[some], out=by_gate)
            by_gate *= by_value
            by_gate *= values[some]

        each(part, _parts(both))
        return as_tensor(result)


class _Scaled(PyLayer):
    @staticmethod
    def forward(ctx: Any, maps: Tensor, factors: Tensor) -> Tensor:
        ctx.save_for_backward(maps, factors)
        return as_tensor(_product(as_array(maps), as_array(factors)))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        maps, factors = map(as_array, ctx.saved_tensor())
        given = as_array(gradient)
        sums = aligned(factors.shape)

        def part(some: slice) -> None:
            np.einsum("nchw,nchw->nc", given[some], maps[some], out=sums[some, :, 0, 0])

        each(part, _parts(maps))
        return as_tensor(_product(given, factors)), as_tensor(sums)


def _product(maps: Floats, factors: Floats) -> Floats:
    result = aligned(maps.shape)
    each(lambda some: np.multiply(maps[some], factors[some], out=result[some]), _parts(maps))
    return result


def _parts(maps: Floats) -> list[slice]:
    return shares(len(maps), max(1, _VALUES // maps[0].size))
