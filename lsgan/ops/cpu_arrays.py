"""When the kernels for CPUs are used, and tensors as NumPy's arrays, and back, without copies."""

import os
from typing import Any

import numpy as np
import paddle
from paddle.base import core

from lsgan.arrays import ALIGNMENT, Floats, Tensor, address

# Paddle 2.6 has none.
_HAS_DLPACK = hasattr(core.DenseTensor, "_to_dlpack_versioned")
# A device of DLPack's: the processor, the first of its kind.
_CPU = 1, 0


def own_kernels() -> bool:
    """Whether the kernels of `lsgan.ops` are on: yes, unless LSGAN_KERNELS is "paddle"."""
    return os.environ.get("LSGAN_KERNELS") != "paddle"


def use_kernels(*tensors: Tensor) -> bool:
    """Whether to compute with the kernels of `lsgan.ops`, and not with Paddle's layers.

    They take float32 on a CPU. A network that is traced for export has Paddle's layers.
    """
    if not (own_kernels() and paddle.in_dynamic_mode()):
        return False
    return all(each.place.is_cpu_place() and each.dtype == paddle.float32 for each in tensors)


def as_array(tensor: Tensor) -> Floats:
    """A view of the tensor's values, where Paddle's own `numpy` copies."""
    return np.asarray(np.from_dlpack(_Exported(tensor)) if _HAS_DLPACK else tensor.numpy())


class _Exported:
    """A tensor on a CPU, for NumPy, without what Paddle's own `__dlpack__` looks at before."""

    def __init__(self, tensor: Tensor) -> None:
        self._values = tensor.get_tensor()

    def __dlpack__(self, **_: Any) -> Any:
        return self._values._to_dlpack_versioned(dl_device=None, copy=None)

    def __dlpack_device__(self) -> tuple[int, int]:
        return _CPU


def as_tensor(array: Floats) -> Tensor:
    """The array as a tensor, without copying it where its address is one that Paddle would choose.

    At others Paddle's matrix products may round otherwise, and a run that is resumed would not be
    the same. Nor does Paddle 2.6 heed another order in memory than by rows.
    """
    if address(array) % ALIGNMENT or not array.flags.c_contiguous:
        return paddle.to_tensor(array)
    # Paddle's own `from_dlpack` takes twice as long.
    return paddle.Tensor(core.from_dlpack(array.__dlpack__()), place=paddle.CPUPlace())
