"""The DCGAN's convolution and transposed convolution: kernel 4, stride 2, padding 1.

They are Paddle's layers, with the same parameters, but for how they compute in float32 on a CPU.
"""

from typing import Any, Protocol

import numpy as np
from paddle import nn
from paddle.autograd import PyLayer
from paddle.nn import functional as F

from lsgan.arrays import Floats, Tensor, aligned
from lsgan.ops import patches, winograd
from lsgan.ops.cpu_arrays import as_array, as_tensor, use_kernels
from lsgan.system.threads import each, shares

# With fewer channels the sums before and after cost more than the products they save.
_LEAST_CHANNELS = 16
# So many images of a sum at a time.
_IMAGES = 8


class Method(Protocol):
    """A way to compute a convolution and its derivatives, transposed ones among them.

    `winograd` or `patches`, of kernel 4 and stride 2; `same_kernels`, of kernel 3 and stride 1;
    `upsampling_kernels`, of an enlarged image's kernel 3.
    """

    def convolve(self, fine: Floats, weight: Floats) -> Floats:
        """The convolution."""

    def convolve_transposed(self, coarse: Floats, weight: Floats) -> Floats:
        """The transposed convolution."""

    def correlate(self, fine: Floats, coarse: Floats) -> Floats:
        """The gradient of either by its weight."""

    def transform(self, weight: Floats) -> Floats:
        """A weight as the other functions want it."""


class StridedConvolution(nn.Conv2D):
    """Halves images: float32 (N, inner, 2h, 2w) to (N, outer, h, w)."""

    def __init__(self, inner: int, outer: int, bias: bool = True) -> None:
        super().__init__(inner, outer, 4, 2, 1, bias_attr=None if bias else False)

    def forward(self, images: Tensor) -> Tensor:
        """The convolution of `images`."""
        if not use_kernels(self.weight, images):
            return super().forward(images)
        method = _method(self.weight, images.shape[2] // 2, images.shape[3] // 2)
        return convolution_by(method, images, self.weight, self.bias)


class StridedTransposedConvolution(nn.Conv2DTranspose):
    """Doubles images: float32 (N, inner, h, w) to (N, outer, 2h, 2w)."""

    def __init__(self, inner: int, outer: int, bias: bool = True) -> None:
        super().__init__(inner, outer, 4, 2, 1, bias_attr=None if bias else False)

    def forward(self, images: Tensor) -> Tensor:
        """The transposed convolution of `images`."""
        return transposed_convolution(images, self.weight, self.bias)


def transposed_convolution(images: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """The transposed convolution with kernel 4, stride 2 and padding 1.

    Args:
        images: float32 (N, inner, h, w).
        weight: float32 (inner, outer, 4, 4).
        bias: float32 (outer,), or None.

    Returns:
        float32 (N, outer, 2h, 2w).
    """
    if not use_kernels(weight, images):
        return F.conv2d_transpose(images, weight, bias, stride=2, padding=1)
    return transposed_by(_method(weight, *images.shape[2:]), images, weight, bias)


def convolution_by(method: Method, images: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """The convolution that `method` computes, on a CPU.

    Args:
        method: the kernels.
        images: float32 (N, inner, …, …), of a size that suits the method.
        weight: float32 (outer, inner, k, k), with the kernel size of the method.
        bias: float32 (outer,), or None.

    Returns:
        float32 (N, outer, …, …).
    """
    return _with_bias(_Convolution.apply(images, weight, method), bias)


def transposed_by(method: Method, images: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
    """The transposed convolution that `method` computes, on a CPU.

    Args:
        method: the kernels.
        images: float32 (N, inner, h, w).
        weight: float32 (inner, outer, k, k), with the kernel size of the method.
        bias: float32 (outer,), or None.

    Returns:
        float32 (N, outer, 2h, 2w).
    """
    return _with_bias(_TransposedConvolution.apply(images, weight, method), bias)


def suits_tiles(weight: Tensor, height: int, width: int) -> bool:
    """Whether tiles of 2×2 are the fastest for a layer whose coarse grid is height × width."""
    return height % 2 == width % 2 == 0 and min(weight.shape[:2]) >= _LEAST_CHANNELS


def _method(weight: Tensor, height: int, width: int) -> Method:
    return winograd if suits_tiles(weight, height, width) else patches


def _with_bias(images: Tensor, bias: Tensor | None) -> Tensor:
    return images if bias is None else _Biased.apply(images, bias)


# Each of the three operations is linear in either argument, and its derivatives are the other two,
# so that derivatives can be taken any number of times (by all that varies: Paddle refuses
# `paddle.grad` by some of the inputs of such a layer). A weight that has been transformed goes
# along, since to transform one costs as much as a tenth of the product.


class _Convolution(PyLayer):
    @staticmethod
    def forward(
        ctx: Any, fine: Tensor, weight: Tensor, method: Method, transformed: Floats | None = None
    ) -> Tensor:
        ctx.method, ctx.transformed = method, _transformed(weight, method, transformed)
        _save(ctx, fine, weight)
        return as_tensor(method.convolve(as_array(fine), ctx.transformed))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        fine, weight = ctx.saved_tensor()
        return (
            _TransposedConvolution.apply(gradient, weight, ctx.method, ctx.transformed)
            if ctx.varies[0]
            else None,
            _Correlation.apply(fine, gradient, ctx.method) if ctx.varies[1] else None,
        )


class _TransposedConvolution(PyLayer):
    @staticmethod
    def forward(
        ctx: Any, coarse: Tensor, weight: Tensor, method: Method, transformed: Floats | None = None
    ) -> Tensor:
        ctx.method, ctx.transformed = method, _transformed(weight, method, transformed)
        _save(ctx, coarse, weight)
        return as_tensor(method.convolve_transposed(as_array(coarse), ctx.transformed))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        coarse, weight = ctx.saved_tensor()
        return (
            _Convolution.apply(gradient, weight, ctx.method, ctx.transformed)
            if ctx.varies[0]
            else None,
            _Correlation.apply(gradient, coarse, ctx.method) if ctx.varies[1] else None,
        )


class _Correlation(PyLayer):
    @staticmethod
    def forward(ctx: Any, fine: Tensor, coarse: Tensor, method: Method) -> Tensor:
        ctx.method = method
        _save(ctx, fine, coarse)
        return as_tensor(method.correlate(as_array(fine), as_array(coarse)))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        fine, coarse = ctx.saved_tensor()
        return (
            _TransposedConvolution.apply(coarse, gradient, ctx.method) if ctx.varies[0] else None,
            _Convolution.apply(fine, gradient, ctx.method) if ctx.varies[1] else None,
        )


# Paddle's own sum of two shapes and its gradient take three to ten times as long.


class _Biased(PyLayer):
    @staticmethod
    def forward(ctx: Any, images: Tensor, bias: Tensor) -> Tensor:
        ctx.varies = _varies(images, bias)
        values, biases = as_array(images), as_array(bias)[:, None, None]
        result = aligned(values.shape)
        each(
            lambda part: np.add(values[part], biases, out=result[part]),
            shares(len(values), _IMAGES),
        )
        return as_tensor(result)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        return (
            gradient if ctx.varies[0] else None,
            _ChannelSums.apply(gradient) if ctx.varies[1] else None,
        )


class _ChannelSums(PyLayer):
    @staticmethod
    def forward(ctx: Any, images: Tensor) -> Tensor:
        ctx.shape = images.shape
        values = as_array(images)
        sums = each(lambda part: values[part].sum(axis=(0, 2, 3)), shares(len(values), _IMAGES))
        return as_tensor(np.sum(sums, axis=0))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        return gradient.reshape([1, -1, 1, 1]).expand(ctx.shape)


def _transformed(weight: Tensor, method: Method, transformed: Floats | None) -> Floats:
    return method.transform(as_array(weight)) if transformed is None else transformed


def _save(ctx: Any, *tensors: Tensor) -> None:
    ctx.save_for_backward(*tensors)
    ctx.varies = _varies(*tensors)


def _varies(*tensors: Tensor) -> list[bool]:
    return [not tensor.stop_gradient for tensor in tensors]
