"""When the kernels for CPUs are used, and tensors as NumPy's arrays, and back, without copies."""

import os

import numpy as np
import paddle
from paddle.utils import dlpack

from lsgan.arrays import ALIGNMENT, Floats, Tensor

_HAS_DLPACK = hasattr(paddle.Tensor, "__dlpack__")


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
    # Paddle 2.6 has no `__dlpack__`.
    return np.asarray(np.from_dlpack(tensor.detach()) if _HAS_DLPACK else tensor.numpy())


def as_tensor(array: Floats) -> Tensor:
    """The array as a tensor, without copying it where its address is one that Paddle would choose.

    At others Paddle's matrix products may round otherwise, and a run that is resumed would not be
    the same. Nor does Paddle 2.6 heed another order in memory than by rows.
    """
    if array.ctypes.data % ALIGNMENT or not array.flags.c_contiguous:
        return paddle.to_tensor(array)
    return dlpack.from_dlpack(array.__dlpack__())
