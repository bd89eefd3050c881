"""Changes of images by which training augments them: of their colours, and of their place.

In float32 on a CPU NumPy does each in one pass, where Paddle needs several.
"""

from typing import Any

import numpy as np
import paddle
from paddle.autograd import PyLayer

from lsgan.arrays import Floats, Tensor, aligned
from lsgan.ops.cpu_arrays import as_array, as_tensor, use_kernels

# A tensor; or an array, where the images are in float32 on a CPU.
Values = Tensor | Floats


def recolor(images: Tensor, matrices: Values, means: Values, constants: Values) -> Tensor:
    """A linear change of the colours of each image.

    Args:
        images: float32 (N, channels, h, w).
        matrices: float32 (N, channels, channels), symmetric: from an image's colours to those of
            the changed one.
        means: float32 (N, 1, 1), how much of the image's mean over all of its values is added.
        constants: float32 (N, 1, 1), what is added to every value.

    Returns:
        float32 (N, channels, h, w).
    """
    if use_kernels(images):
        return _Recolored.apply(images, *map(_array, (matrices, means, constants)))
    count, channels, height, width = images.shape
    flat = images.reshape([count, channels, height * width])
    constant = means * flat.mean([1, 2], keepdim=True) + constants
    return (paddle.bmm(matrices, flat) + constant.expand_as(flat)).reshape(images.shape)


def shift(images: Tensor, down: Values, right: Values) -> Tensor:
    """Each image moved by whole pixels, 0 where nothing was.

    Args:
        images: float32 (N, channels, size, size).
        down: float32 (N,), whole numbers; below 0 for up.
        right: float32 (N,), whole numbers; below 0 for left.
    """
    if use_kernels(images):
        rows, columns = (_array(by).astype(int).tolist() for by in (down, right))
        return _Shifted.apply(images, rows, columns)
    # A product with a shifted identity matrix on either side: exact, and fast on a GPU.
    size = images.shape[-1]
    row = paddle.arange(size, dtype="float32").reshape([1, -1, 1])
    column = row.reshape([1, 1, -1])
    vertical = (row - down.reshape([-1, 1, 1]) == column).astype("float32").unsqueeze(1)
    horizontal = (column - right.reshape([-1, 1, 1]) == row).astype("float32").unsqueeze(1)
    return paddle.matmul(paddle.matmul(vertical, images), horizontal)


def _array(values: Values) -> Floats:
    return values if isinstance(values, np.ndarray) else as_array(values)


class _Recolored(PyLayer):
    @staticmethod
    def forward(
        ctx: Any, images: Tensor, matrices: Floats, means: Floats, constants: Floats | float
    ) -> Tensor:
        ctx.matrices, ctx.means = matrices, means
        values = as_array(images)
        flat = values.reshape(*values.shape[:2], -1)
        mixed = aligned(values.shape)
        result = mixed.reshape(flat.shape)
        np.matmul(matrices, flat, out=result)
        result += means * flat.mean((1, 2), keepdims=True) + constants
        return as_tensor(mixed)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        # The matrix is symmetric, and so is the mean.
        return _Recolored.apply(gradient, ctx.matrices, ctx.means, 0.0)


class _Shifted(PyLayer):
    @staticmethod
    def forward(ctx: Any, images: Tensor, down: list[int], right: list[int]) -> Tensor:
        ctx.down, ctx.right = down, right
        values = as_array(images)
        result = aligned(values.shape)
        result[...] = 0
        height, width = values.shape[2:]
        for image, moved, rows, columns in zip(values, result, down, right, strict=True):
            (from_row, to_row), (from_column, to_column) = _part(rows), _part(columns)
            part = image[:, from_row : height - to_row, from_column : width - to_column]
            moved[:, to_row : height - from_row, to_column : width - from_column] = part
        return as_tensor(result)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        back = ([-by for by in moved] for moved in (ctx.down, ctx.right))
        return _Shifted.apply(gradient, *back)


def _part(by: int) -> tuple[int, int]:
    """Where the part that is left of a row begins, in the image and in the moved one."""
    return max(-by, 0), max(by, 0)
