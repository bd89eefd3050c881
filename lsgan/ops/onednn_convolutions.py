"""Convolutions with padding 1 on a CPU, in float32, by oneDNN.

Images are channels last, (N, h, w, channels), by rows; the library counts the channels second. A
weight is in an order that the library chooses for each operation and each size of the images.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from lsgan.arrays import Floats, aligned
from lsgan.ops.channel_order import view_first
from lsgan.ops.onednn import copy
from lsgan.ops.onednn_library import (
    FORWARD_TRAINING,
    SOURCE,
    SOURCE_GRADIENT,
    TARGET,
    TARGET_GRADIENT,
    WEIGHTS,
    WEIGHTS_GRADIENT,
    Engine,
    Order,
    Ordered,
    Pointer,
    Values,
    cpu_engine,
    dimensions,
    run,
)

# The enumerations of dnnl_types.h that are needed.
_DIRECT = 1
_WANTED_WEIGHT, _WANTED_GRADIENT = 131, 132
# From so many values on, two copies by way of a third order take half as long as one.
_LARGE = 1 << 18

Shape = tuple[int, ...]
# By what they are to an operation.
Arrays = dict[int, Values | Ordered]
Describe = Callable[[Engine, dict[int, Pointer], int], Pointer]


class Weight:
    """A weight, and how to convolve with it.

    Args:
        values: float32 (outer, inner, k, k), in any order in memory.
        stride: rows and columns of the fine grid for one of the coarse grid.
    """

    def __init__(self, values: Floats, stride: int) -> None:
        self._values, self._stride = values, stride
        self._ordered: dict[Order, Ordered] = {}

    def convolve(self, fine: Floats) -> Floats:
        """From (N, stride·h, stride·w, inner) to (N, h, w, outer)."""
        count, rows, columns, _ = fine.shape
        size = rows // self._stride, columns // self._stride
        coarse = aligned((count, *size, self._values.shape[0]))
        weight = self._in_order(_FORWARD, fine.shape, coarse.shape)
        arrays: Arrays = {SOURCE: view_first(fine), WEIGHTS: weight, TARGET: view_first(coarse)}
        run(_FORWARD.describe, (self._stride,), arrays)
        return coarse

    def convolve_transposed(self, coarse: Floats) -> Floats:
        """From (N, h, w, outer) to (N, stride·h, stride·w, inner)."""
        count, rows, columns, _ = coarse.shape
        size = rows * self._stride, columns * self._stride
        fine = aligned((count, *size, self._values.shape[1]))
        weight = self._in_order(_TRANSPOSED, fine.shape, coarse.shape)
        arrays: Arrays = {
            SOURCE_GRADIENT: view_first(fine),
            WEIGHTS: weight,
            TARGET_GRADIENT: view_first(coarse),
        }
        run(_TRANSPOSED.describe, (self._stride,), arrays)
        return fine

    def _in_order(self, operation: "_Operation", fine: Shape, coarse: Shape) -> Ordered:
        """The weight as an operation on images of these shapes wants it."""
        order = _order(operation, fine, coarse, self._values.shape, self._stride)
        if order not in self._ordered:
            values, ordered = self._values, order.empty()
            if values.size >= _LARGE:
                between = aligned(tuple(values.shape[axis] for axis in operation.between))
                values = between.transpose(np.argsort(operation.between))
                copy(self._values, values)
            copy(values, ordered)
            self._ordered[order] = ordered
        return self._ordered[order]


def correlate(fine: Floats, coarse: Floats, gradient: Floats, stride: int) -> None:
    """The gradient of either convolution by the weight.

    Args:
        fine: float32 (N, stride·h, stride·w, inner).
        coarse: float32 (N, h, w, outer).
        gradient: where it is written, float32 (outer, inner, k, k), in any order in memory.
        stride: rows and columns of the fine grid for one of the coarse grid.
    """
    ordered = _order(_CORRELATION, fine.shape, coarse.shape, gradient.shape, stride).empty()
    arrays: Arrays = {
        SOURCE: view_first(fine),
        WEIGHTS_GRADIENT: ordered,
        TARGET_GRADIENT: view_first(coarse),
    }
    run(_CORRELATION.describe, (stride,), arrays)
    copy(ordered, gradient)


class _Operation(NamedTuple):
    """One of the three.

    Attributes:
        describe: makes its primitive descriptor from the engine, the arrays' forms and the stride.
        fine: what the fine grid is to it.
        weight: what the weight is to it.
        coarse: what the coarse grid is to it.
        wanted: the query for the order of the weight.
        between: the axes of a weight (outer, inner, k, k) in an order from which a copy to the
            operation's is quick; nothing where weights are only given.
    """

    describe: Describe
    fine: int
    weight: int
    coarse: int
    wanted: int
    between: tuple[int, ...] = ()


@lru_cache(maxsize=1024)
def _order(operation: _Operation, fine: Shape, coarse: Shape, weight: Shape, stride: int) -> Order:
    """The order in which an operation wants a weight of the shape `weight`."""
    engine = cpu_engine()
    forms = {
        operation.fine: engine.describe(view_first(aligned(fine))),
        operation.weight: engine.describe_any(weight),
        operation.coarse: engine.describe(view_first(aligned(coarse))),
    }
    description = operation.describe(engine, forms, stride)
    order = engine.order(description, operation.wanted)
    engine.destroy("primitive_desc", description)
    for form in forms.values():
        engine.destroy("memory_desc", form)
    return order


def _forward(engine: Engine, forms: dict[int, Pointer], stride: int) -> Pointer:
    return engine.create(
        "dnnl_convolution_forward_primitive_desc_create",
        engine.engine,
        FORWARD_TRAINING,
        _DIRECT,
        forms[SOURCE],
        forms[WEIGHTS],
        None,
        forms[TARGET],
        *_places(stride),
        None,
    )


def _transposed(engine: Engine, forms: dict[int, Pointer], stride: int) -> Pointer:
    fine, weight, coarse = (forms[at] for at in (SOURCE_GRADIENT, WEIGHTS, TARGET_GRADIENT))
    return engine.create(
        "dnnl_convolution_backward_data_primitive_desc_create",
        engine.engine,
        _DIRECT,
        fine,
        weight,
        coarse,
        *_places(stride),
        _forward(engine, {SOURCE: fine, WEIGHTS: weight, TARGET: coarse}, stride),
        None,
    )


def _correlation(engine: Engine, forms: dict[int, Pointer], stride: int) -> Pointer:
    fine, weight, coarse = (forms[at] for at in (SOURCE, WEIGHTS_GRADIENT, TARGET_GRADIENT))
    return engine.create(
        "dnnl_convolution_backward_weights_primitive_desc_create",
        engine.engine,
        _DIRECT,
        fine,
        weight,
        None,
        coarse,
        *_places(stride),
        _forward(engine, {SOURCE: fine, WEIGHTS: weight, TARGET: coarse}, stride),
        None,
    )


def _places(stride: int) -> tuple[object, ...]:
    """Strides, dilations and the zeros before and after an image."""
    return dimensions(stride, stride), dimensions(0, 0), dimensions(1, 1), dimensions(1, 1)


_FORWARD = _Operation(_forward, SOURCE, WEIGHTS, TARGET, _WANTED_WEIGHT, (2, 3, 0, 1))
_TRANSPOSED = _Operation(
    _transposed, SOURCE_GRADIENT, WEIGHTS, TARGET_GRADIENT, _WANTED_WEIGHT, (0, 2, 3, 1)
)
_CORRELATION = _Operation(_correlation, SOURCE, WEIGHTS_GRADIENT, TARGET_GRADIENT, _WANTED_GRADIENT)
