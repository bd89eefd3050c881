"""Copies and matrix products on a CPU by oneDNN, which Paddle's builds bring with them.

oneDNN is Intel's library of a network's operations (Apache-2.0). Paddle calls it where a network is
only run; here NumPy's arrays are handed to it through its C interface, version 3 (its header
dnnl.h and the documentation at uxlfoundation.github.io/oneDNN), for what NumPy does on one thread,
in several passes or not at all: to copy an array into another order in memory, rounded to bfloat16
if need be; to multiply matrices of bfloat16, which a processor with AMX does three to six times as
fast as in float32; and batch norm and leaky ReLUs.

NumPy has no bfloat16: an array of uint16 stands for its bits. Where Paddle brings no such library,
as on macOS, `onednn_library.is_available` says no and nothing here may be called.
"""

import ctypes

from lsgan.arrays import Floats
from lsgan.ops.onednn_library import (
    FORWARD_TRAINING,
    SOURCE,
    SOURCE_GRADIENT,
    TARGET,
    TARGET_GRADIENT,
    WEIGHTS,
    Engine,
    Ordered,
    Pointer,
    Values,
    run,
)

# The enumerations of dnnl_types.h that are needed.
_BACKWARD = 128
_SCALED_AND_SHIFTED = 2 | 4
# A leaky ReLU whose gradient is computed from its results.
_LEAKY_RELU = 256
# What else an array is to an operation.
_MEAN, _VARIANCE, _SCALE, _SHIFT = 49, 50, 51, 52
_SCALE_GRADIENT, _SHIFT_GRADIENT = 255, 256


def copy(source: Values | Ordered, target: Values | Ordered) -> None:
    """Copy an array into another of the same shape, either in any order in memory.

    Args:
        source: float32 or bfloat16; a view with strides is fine, and so is an order of oneDNN's.
        target: float32 or bfloat16, to which the values are rounded.
    """
    run(_copying, (), {SOURCE: source, TARGET: target})


def multiply(left: Values, right: Values, product: Values) -> None:
    """Write the matrix product of two into a third.

    Args:
        left: bfloat16 or float32 (m, k), by rows or by columns.
        right: of the same type, (k, n), by rows or by columns.
        product: float32 (m, n) by rows.
    """
    run(_multiplying, (), {SOURCE: left, WEIGHTS: right, TARGET: product})


def batch_norm(
    values: Floats,
    scale: Floats,
    shift: Floats,
    epsilon: float,
    result: Floats,
    mean: Floats,
    variance: Floats,
) -> None:
    """Batch norm in training.

    Args:
        values: float32 (N, C, h, w), in any order in memory.
        scale: float32 (C,).
        shift: float32 (C,).
        epsilon: added to the variance.
        result: where the normalized values are written, like `values`.
        mean: where their mean is written, float32 (C,).
        variance: where their variance is written, float32 (C,).
    """
    arrays = {SOURCE: values, TARGET: result, _MEAN: mean, _VARIANCE: variance}
    run(_normalizing, (epsilon,), {**arrays, _SCALE: scale, _SHIFT: shift})


def batch_norm_gradients(
    values: Floats,
    scale: Floats,
    epsilon: float,
    mean: Floats,
    variance: Floats,
    gradient: Floats,
    by_values: Floats,
    by_scale: Floats,
    by_shift: Floats,
) -> None:
    """The gradients of `batch_norm`.

    Args:
        values: what was normalized, float32 (N, C, h, w).
        scale: float32 (C,).
        epsilon: added to the variance.
        mean: that `batch_norm` has found, float32 (C,).
        variance: that `batch_norm` has found, float32 (C,).
        gradient: by the result, like `values`.
        by_values: where the gradient by the values is written, like these.
        by_scale: where that by the scale is written, float32 (C,).
        by_shift: where that by the shift is written, float32 (C,).
    """
    arrays = {SOURCE: values, SOURCE_GRADIENT: by_values, TARGET_GRADIENT: gradient}
    arrays |= {_MEAN: mean, _VARIANCE: variance, _SCALE: scale}
    gradients = {_SCALE_GRADIENT: by_scale, _SHIFT_GRADIENT: by_shift}
    run(_normalizing_gradients, (epsilon,), arrays | gradients)


def leaky_relu(values: Floats, slope: float, result: Floats) -> None:
    """Values below 0 times `slope`, 0 ≤ slope < 1, into `result`, which may be `values`."""
    run(_rectifying, (slope,), {SOURCE: values, TARGET: result})


def leaky_relu_gradient(result: Floats, gradient: Floats, slope: float, by_values: Floats) -> None:
    """The gradient by the values of `leaky_relu`, from what it gave and the gradient by that."""
    arrays = {TARGET: result, TARGET_GRADIENT: gradient, SOURCE_GRADIENT: by_values}
    run(_rectifying_gradient, (slope,), arrays)


def _copying(engine: Engine, forms: dict[int, Pointer]) -> Pointer:
    return engine.create(
        "dnnl_reorder_primitive_desc_create",
        forms[SOURCE],
        engine.engine,
        forms[TARGET],
        engine.engine,
        None,
    )


def _multiplying(engine: Engine, forms: dict[int, Pointer]) -> Pointer:
    return engine.create(
        "dnnl_matmul_primitive_desc_create",
        engine.engine,
        forms[SOURCE],
        forms[WEIGHTS],
        None,
        forms[TARGET],
        None,
    )


def _normalizing(engine: Engine, forms: dict[int, Pointer], epsilon: float) -> Pointer:
    return engine.create(
        "dnnl_batch_normalization_forward_primitive_desc_create",
        engine.engine,
        FORWARD_TRAINING,
        forms[SOURCE],
        forms[SOURCE],
        ctypes.c_float(epsilon),
        _SCALED_AND_SHIFTED,
        None,
    )


def _normalizing_gradients(engine: Engine, forms: dict[int, Pointer], epsilon: float) -> Pointer:
    return engine.create(
        "dnnl_batch_normalization_backward_primitive_desc_create",
        engine.engine,
        _BACKWARD,
        forms[SOURCE_GRADIENT],
        forms[TARGET_GRADIENT],
        forms[SOURCE],
        ctypes.c_float(epsilon),
        _SCALED_AND_SHIFTED,
        _normalizing(engine, forms, epsilon),
        None,
    )


def _rectifying(engine: Engine, forms: dict[int, Pointer], slope: float) -> Pointer:
    return engine.create(
        "dnnl_eltwise_forward_primitive_desc_create",
        engine.engine,
        FORWARD_TRAINING,
        _LEAKY_RELU,
        forms[TARGET],
        forms[TARGET],
        ctypes.c_float(slope),
        ctypes.c_float(0),
        None,
    )


def _rectifying_gradient(engine: Engine, forms: dict[int, Pointer], slope: float) -> Pointer:
    return engine.create(
        "dnnl_eltwise_backward_primitive_desc_create",
        engine.engine,
        _LEAKY_RELU,
        forms[SOURCE_GRADIENT],
        forms[TARGET_GRADIENT],
        forms[TARGET],
        ctypes.c_float(slope),
        ctypes.c_float(0),
        _rectifying(engine, forms, slope),
        None,
    )
