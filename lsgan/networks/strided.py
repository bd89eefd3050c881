"""The DCGAN's convolution and transposed convolution: kernel 4, stride 2, padding 1.

They are Paddle's layers, with the same parameters, but for how they compute in float32 on a CPU.
"""

from typing import Any

import paddle
from paddle import nn
from paddle.autograd import PyLayer
from paddle.nn import functional

from lsgan.arrays import Floats, Tensor
from lsgan.networks import winograd

# With fewer channels the sums before and after cost more than the products they save.
_LEAST_CHANNELS = 16


class StridedConvolution(nn.Conv2D):
    """Halves pictures: float32 (N, inner, 2h, 2w) to (N, outer, h, w)."""

    def __init__(self, inner: int, outer: int, bias: bool = True) -> None:
        super().__init__(inner, outer, 4, 2, 1, bias_attr=None if bias else False)

    def forward(self, pictures: Tensor) -> Tensor:
        """The convolution of `pictures`."""
        if not _ours(self, pictures):
            return super().forward(pictures)
        if _pays(self, pictures.shape[2] // 2, pictures.shape[3] // 2):
            result = _Convolution.apply(pictures, self.weight)
        else:
            result = functional.conv2d(pictures, self.weight, stride=2, padding=1)
        return _with_bias(result, self.bias)


class StridedTransposedConvolution(nn.Conv2DTranspose):
    """Doubles pictures: float32 (N, inner, h, w) to (N, outer, 2h, 2w)."""

    def __init__(self, inner: int, outer: int, bias: bool = True) -> None:
        super().__init__(inner, outer, 4, 2, 1, bias_attr=None if bias else False)

    def forward(self, pictures: Tensor) -> Tensor:
        """The transposed convolution of `pictures`."""
        if not _ours(self, pictures):
            return super().forward(pictures)
        if _pays(self, *pictures.shape[2:]):
            result = _TransposedConvolution.apply(pictures, self.weight)
        else:
            result = functional.conv2d_transpose(pictures, self.weight, stride=2, padding=1)
        return _with_bias(result, self.bias)


def _ours(layer: nn.Layer, pictures: Tensor) -> bool:
    """Whether a layer is computed otherwise than Paddle does: on a CPU in float32."""
    on_cpu = pictures.place.is_cpu_place()
    return bool(on_cpu and pictures.dtype == layer.weight.dtype == paddle.float32)


def _pays(layer: nn.Layer, height: int, width: int) -> bool:
    """Whether `winograd` can compute a layer whose coarse grid is height × width, and faster."""
    return bool(height % 2 == width % 2 == 0 and min(layer.weight.shape[:2]) >= _LEAST_CHANNELS)


def _with_bias(pictures: Tensor, bias: Tensor | None) -> Tensor:
    if bias is None:
        return pictures
    # Where shapes differ Paddle's own sum and its gradient take ten times as long.
    return pictures + bias.reshape([1, -1, 1, 1]).expand_as(pictures)


# Each of the three operations is linear in either argument, and its derivatives are the other two,
# so that derivatives can be taken any number of times (by all that varies: Paddle refuses
# `paddle.grad` by some of the inputs of such a layer). A weight that has been transformed goes
# along, since to transform one costs as much as a tenth of the product.


class _Convolution(PyLayer):
    @staticmethod
    def forward(
        ctx: Any, fine: Tensor, weight: Tensor, transformed: Floats | None = None
    ) -> Tensor:
        ctx.transformed = _transformed(weight, transformed)
        _save(ctx, fine, weight)
        return paddle.to_tensor(winograd.convolve(fine.numpy(), ctx.transformed))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        fine, weight = ctx.saved_tensor()
        return (
            _TransposedConvolution.apply(gradient, weight, ctx.transformed)
            if ctx.varies[0]
            else None,
            _Correlation.apply(fine, gradient) if ctx.varies[1] else None,
        )


class _TransposedConvolution(PyLayer):
    @staticmethod
    def forward(
        ctx: Any, coarse: Tensor, weight: Tensor, transformed: Floats | None = None
    ) -> Tensor:
        ctx.transformed = _transformed(weight, transformed)
        _save(ctx, coarse, weight)
        return paddle.to_tensor(winograd.convolve_transposed(coarse.numpy(), ctx.transformed))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        coarse, weight = ctx.saved_tensor()
        return (
            _Convolution.apply(gradient, weight, ctx.transformed) if ctx.varies[0] else None,
            _Correlation.apply(gradient, coarse) if ctx.varies[1] else None,
        )


class _Correlation(PyLayer):
    @staticmethod
    def forward(ctx: Any, fine: Tensor, coarse: Tensor) -> Tensor:
        _save(ctx, fine, coarse)
        return paddle.to_tensor(winograd.correlate(fine.numpy(), coarse.numpy()))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        fine, coarse = ctx.saved_tensor()
        return (
            _TransposedConvolution.apply(coarse, gradient) if ctx.varies[0] else None,
            _Convolution.apply(fine, gradient) if ctx.varies[1] else None,
        )


def _transformed(weight: Tensor, transformed: Floats | None) -> Floats:
    return winograd.transform(weight.numpy()) if transformed is None else transformed


def _save(ctx: Any, *tensors: Tensor) -> None:
    ctx.save_for_backward(*tensors)
    ctx.varies = [not tensor.stop_gradient for tensor in tensors]
