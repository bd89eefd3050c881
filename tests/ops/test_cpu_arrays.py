"""NumPy's views of Paddle's tensors."""

import numpy as np
import paddle

from lsgan.ops.cpu_arrays import as_tensor, use_kernels


def test_only_float32_is_computed_by_numpy() -> None:
    one, other = paddle.zeros([2]), paddle.zeros([2], "float64")
    assert use_kernels(one, one)
    assert not use_kernels(one, other)


def test_arrays_in_another_order_in_memory_become_tensors() -> None:
    # Of which some have an address that Paddle would choose.
    for count in range(1, 9):
        array = np.empty((3, count, 64, 64), np.float32).transpose(1, 0, 2, 3)
        array[:] = np.random.default_rng(count).random(array.shape)
        np.testing.assert_array_equal(as_tensor(array).numpy(), array)
