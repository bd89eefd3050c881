"""Sums over all the values of a network."""

from collections.abc import Sequence

import numpy as np
import paddle

from lsgan.arrays import Tensor
from lsgan.ops.cpu_arrays import as_array, use_kernels


def euclidean_norm(tensors: Sequence[Tensor]) -> Tensor:
    """The Euclidean norm of all values together, float32 ()."""
    if use_kernels(*tensors):
        # In one pass, where Paddle writes the squares first.
        flat = (as_array(tensor).ravel() for tensor in tensors)
        return paddle.to_tensor(np.sqrt(np.float32(sum(np.dot(one, one) for one in flat))))
    return paddle.stack([tensor.square().sum() for tensor in tensors]).sum().sqrt()
