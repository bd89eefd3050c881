"""The DCGAN's convolution and transposed convolution: kernel 4, stride 2, padding 1.

They are Paddle's layers, with the same parameters, but for how they compute in float32 on a CPU.
"""

from typing import Any

import numpy as np
from paddle import nn
from paddle.autograd import PyLayer
from paddle.nn import functional as F

from lsgan.arrays import Tensor, aligned
from lsgan.ops.cpu_arrays import as_array, as_tensor, use_kernels
from lsgan.ops.method import Method
from lsgan.ops.methods import STRIDED, transformed
from lsgan.system.threads import each, shares

# So many images of a sum at a time.
_IMAGES = 8


class StridedConvolution(nn.Conv2D):
    """Halves images: float32 (N, inner, 2h, 2w) to (N, outer, h, w).

    Or, with `channels_last` in a training, (N, 2h, 2w, inner) to (N, h, w, outer).
    """

    def __init__(self, inner: int, outer: int, bias: bool = True) -> None:
        super().__init__(inner, outer, 4, 2, 1, bias_attr=None if bias else False)

    def forward(self, images: Tensor, channels_last: bool = False) -> Tensor:
        """The convolution of `images`."""
        if not use_kernels(self.weight, images):
            return super().forward(images)
        count, height, width = grid(images, channels_last)
        coarse = count, height // 2, width // 2
        method = STRIDED.method(self.weight, coarse, channels_last)
        return convolution_by(method, images, self.weight, self.bias, channels_last)


class StridedTransposedConvolution(nn.Conv2DTranspose):
    """Doubles images: float32 (N, inner, h, w) to (N, outer, 2h, 2w).

    Or, with `channels_last` in a training, (N, h, w, inner) to (N, 2h, 2w, outer).
    """

    def __init__(self, inner: int, outer: int, bias: bool = True) -> None:
        super().__init__(inner, outer, 4, 2, 1, bias_attr=None if bias else False)

    def forward(self, images: Tensor, channels_last: bool = False) -> Tensor:
        """The transposed convolution of `images`."""
        return transposed_convolution(images, self.weight, self.bias, channels_last)


def transposed_convolution(
    images: Tensor, weight: Tensor, bias: Tensor | None, channels_last: bool = False
) -> Tensor:
    """The transposed convolution with kernel 4, stride 2 and padding 1.

    Args:
        images: float32 (N, inner, h, w).
        weight: float32 (inner, outer, 4, 4).
        bias: float32 (outer,), or None.
        channels_last: of both images; in a training alone.

    Returns:
        float32 (N, outer, 2h, 2w).
    """
    if not use_kernels(weight, images):
        return F.conv2d_transpose(images, weight, bias, stride=2, padding=1)
    method = STRIDED.method(weight, grid(images, channels_last), channels_last)
    return transposed_by(method, images, weight, bias, channels_last)


def grid(images: Tensor, channels_last: bool) -> tuple[int, int, int]:
    """How many images there are, and their rows and columns."""
    first, second, third, fourth = images.shape
    return (first, second, third) if channels_last else (first, third, fourth)


def convolution_by(
    method: Method, images: Tensor, weight: Tensor, bias: Tensor | None, channels_last: bool = False
) -> Tensor:
    """The convolution that `method` computes, on a CPU.

    Args:
        method: the kernels.
        images: float32 (N, inner, …, …), of a size that suits the method.
        weight: float32 (outer, inner, k, k), with the kernel size of the method.
        bias: float32 (outer,), or None.
        channels_last: whether the method has the channels of images last.

    Returns:
        float32 (N, outer, …, …).
    """
    return _with_bias(_Convolution.apply(images, weight, method), bias, channels_last)


def transposed_by(
    method: Method, images: Tensor, weight: Tensor, bias: Tensor | None, channels_last: bool = False
) -> Tensor:
    """The transposed convolution that `method` computes, on a CPU.

    Args:
        method: the kernels.
        images: float32 (N, inner, h, w).
        weight: float32 (inner, outer, k, k), with the kernel size of the method.
        bias: float32 (outer,), or None.
        channels_last: whether the method has the channels of images last.

    Returns:
        float32 (N, outer, 2h, 2w).
    """
    return _with_bias(_TransposedConvolution.apply(images, weight, method), bias, channels_last)


def _with_bias(images: Tensor, bias: Tensor | None, channels_last: bool) -> Tensor:
    return images if bias is None else _Biased.apply(images, bias, channels_last)


# Each of the three operations is linear in either argument, and its derivatives are the other two,
# so that derivatives can be taken any number of times (by all that varies: Paddle refuses
# `paddle.grad` by some of the inputs of such a layer). A weight that has been transformed goes
# along, since to transform one costs as much as a tenth of the product, and so does a fine grid
# that has been prepared.


class _Convolution(PyLayer):
    @staticmethod
    def forward(
        ctx: Any,
        fine: Tensor,
        weight: Tensor,
        method: Method,
        ready: Any = None,
        prepared: Any = None,
    ) -> Tensor:
        _save(ctx, fine, weight)
        ctx.method = method
        ctx.transformed = transformed(weight, method) if ready is None else ready
        prepared = _prepared(fine, method, prepared)
        ctx.prepared = prepared if ctx.varies[1] else None
        return as_tensor(method.convolve(prepared, ctx.transformed))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        fine, weight = ctx.saved_tensor()
        return (
            _TransposedConvolution.apply(gradient, weight, ctx.method, ctx.transformed)
            if ctx.varies[0]
            else None,
            _Correlation.apply(fine, gradient, ctx.method, ctx.prepared) if ctx.varies[1] else None,
        )


class _TransposedConvolution(PyLayer):
    @staticmethod
    def forward(
        ctx: Any, coarse: Tensor, weight: Tensor, method: Method, ready: Any = None
    ) -> Tensor:
        _save(ctx, coarse, weight)
        ctx.method = method
        ctx.transformed = transformed(weight, method) if ready is None else ready
        return as_tensor(method.convolve_transposed(as_array(coarse), ctx.transformed))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        coarse, weight = ctx.saved_tensor()
        method, prepared = ctx.method, ctx.method.prepare(as_array(gradient))
        return (
            _Convolution.apply(gradient, weight, method, ctx.transformed, prepared)
            if ctx.varies[0]
            else None,
            _Correlation.apply(gradient, coarse, method, prepared) if ctx.varies[1] else None,
        )


class _Correlation(PyLayer):
    @staticmethod
    def forward(
        ctx: Any, fine: Tensor, coarse: Tensor, method: Method, prepared: Any = None
    ) -> Tensor:
        _save(ctx, fine, coarse)
        ctx.method = method
        return as_tensor(method.correlate(_prepared(fine, method, prepared), as_array(coarse)))

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
    def forward(ctx: Any, images: Tensor, bias: Tensor, channels_last: bool) -> Tensor:
        ctx.varies, ctx.channels_last = _varies(images, bias), channels_last
        values, biases = as_array(images), as_array(bias)
        biases = biases if channels_last else biases[:, None, None]
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
            _ChannelSums.apply(gradient, ctx.channels_last) if ctx.varies[1] else None,
        )


class _ChannelSums(PyLayer):
    @staticmethod
    def forward(ctx: Any, images: Tensor, channels_last: bool) -> Tensor:
        ctx.shape, ctx.channels_last = images.shape, channels_last
        values, axes = as_array(images), (0, 1, 2) if channels_last else (0, 2, 3)
        sums = each(lambda part: values[part].sum(axis=axes), shares(len(values), _IMAGES))
        return as_tensor(np.sum(sums, axis=0))

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        shape = [1, 1, 1, -1] if ctx.channels_last else [1, -1, 1, 1]
        return gradient.reshape(shape).expand(ctx.shape)


def _prepared(fine: Tensor, method: Method, prepared: Any) -> Any:
    return method.prepare(as_array(fine)) if prepared is None else prepared


def _save(ctx: Any, *tensors: Tensor) -> None:
    ctx.save_for_backward(*tensors)
    ctx.varies = _varies(*tensors)


def _varies(*tensors: Tensor) -> list[bool]:
    return [not tensor.stop_gradient for tensor in tensors]
