"""oneDNN's operations, called through its C interface, held to NumPy's and Paddle's."""

import threading

import numpy as np
import paddle
import pytest
from paddle.nn import functional as F

from lsgan.arrays import Floats
from lsgan.ops import onednn, onednn_library

pytestmark = pytest.mark.skipif(not onednn_library.is_available(), reason="no oneDNN or AVX2")

needs_bfloat16 = pytest.mark.skipif(not onednn_library.has_bfloat16(), reason="no AVX-512")


def noise(*shape: int) -> Floats:
    return np.random.default_rng(sum(shape)).standard_normal(shape, np.float32)


def short(values: Floats) -> Floats:
    """The values rounded to bfloat16, as float32: the nearest, and of two the even one."""
    bits = np.ascontiguousarray(values).view(np.uint32)
    rounded = (bits + 0x7FFF + (bits >> 16 & 1)) & np.uint32(0xFFFF0000)
    return rounded.astype(np.uint32).view(np.float32)


def widened(values: onednn_library.Values) -> Floats:
    return (values.astype(np.uint32) << 16).view(np.float32)


def test_a_copy_is_in_the_order_of_its_target() -> None:
    images = noise(3, 5, 4, 6)
    target = np.zeros((3, 6, 8, 5), np.float32)
    onednn.copy(images.transpose(0, 2, 3, 1), target[:, 1:-1, 1:-1])
    np.testing.assert_array_equal(target[:, 1:-1, 1:-1], images.transpose(0, 2, 3, 1))
    assert not target[:, 0].any()
    assert not target[:, :, -1].any()


def test_a_copy_is_rounded_to_the_nearest_bfloat16() -> None:
    values = noise(64, 33)
    target = np.empty(values.shape, onednn_library.BFLOAT16)
    onednn.copy(values, target)
    np.testing.assert_array_equal(widened(target), short(values))


@needs_bfloat16
@pytest.mark.parametrize("left_by_columns", [False, True])
@pytest.mark.parametrize("right_by_columns", [False, True])
def test_products_of_bfloat16_are_summed_in_float32(
    left_by_columns: bool, right_by_columns: bool
) -> None:
    left, right = noise(37, 130), noise(130, 29)
    given = []
    for matrix, by_columns in ((left, left_by_columns), (right, right_by_columns)):
        order = matrix.T if by_columns else matrix
        rounded = np.empty(order.shape, onednn_library.BFLOAT16)
        onednn.copy(np.ascontiguousarray(order), rounded)
        given.append(rounded.T if by_columns else rounded)
    product = np.empty((37, 29), np.float32)
    onednn.multiply(*given, product)
    expected = short(left).astype(np.float64) @ short(right)
    np.testing.assert_allclose(product, expected, rtol=0, atol=1e-4)


def test_batch_norm_and_its_gradients_are_paddles() -> None:
    values, gradient, scale, shift = noise(4, 6, 5, 3), noise(4, 6, 5, 3) + 1, noise(6), noise(6)
    result, by_values = np.empty_like(values), np.empty_like(values)
    mean, variance, by_scale, by_shift = np.empty((4, 6), np.float32)
    onednn.batch_norm(values, scale, shift, 1e-3, result, mean, variance)
    onednn.batch_norm_gradients(
        values, scale, 1e-3, mean, variance, gradient, by_values, by_scale, by_shift
    )
    inputs = [paddle.to_tensor(each, stop_gradient=False) for each in (values, scale, shift)]
    running = paddle.zeros([6]), paddle.ones([6])
    expected = F.batch_norm(inputs[0], *running, *inputs[1:], training=True, epsilon=1e-3)
    np.testing.assert_allclose(result, expected.numpy(), atol=1e-5)
    np.testing.assert_allclose(mean, values.mean((0, 2, 3)), atol=1e-6)
    np.testing.assert_allclose(variance, values.var((0, 2, 3)), rtol=1e-5)
    gradients = paddle.grad(expected, inputs, paddle.to_tensor(gradient))
    for ours, theirs in zip((by_values, by_scale, by_shift), gradients, strict=True):
        np.testing.assert_allclose(ours, theirs.numpy(), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("slope", [0.0, 0.2])
def test_a_leaky_relu_and_its_gradient(slope: float) -> None:
    values, gradient = noise(3, 40), noise(3, 40) + 1
    result, by_values = values.copy(), np.empty_like(values)
    onednn.leaky_relu(result, slope, result)
    onednn.leaky_relu_gradient(result, gradient, slope, by_values)
    np.testing.assert_allclose(result, np.where(values > 0, values, slope * values))
    np.testing.assert_allclose(by_values, np.where(values > 0, gradient, slope * gradient))


def test_what_it_cannot_do_is_an_error() -> None:
    with pytest.raises(RuntimeError, match="oneDNN answered with status"):
        onednn.multiply(noise(3, 4), noise(5, 6), np.empty((3, 6), np.float32))


def test_threads_that_compute_at_once_have_each_their_own_arrays() -> None:
    rights = [noise(64, 64) + number for number in range(4)]
    wrong = []

    def work(right: Floats) -> None:
        left, product = noise(64, 64), np.empty((64, 64), np.float32)
        expected = left @ right
        for _ in range(200):
            onednn.multiply(left, right, product)
            if not np.allclose(product, expected, atol=1e-2):
                wrong.append(1)

    workers = [threading.Thread(target=work, args=(right,)) for right in rights]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not wrong


def test_operations_are_forgotten_before_they_are_too_many(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(onednn_library, "_operations", {})
    monkeypatch.setattr(onednn_library, "_MOST_OPERATIONS", 3)
    for length in range(1, 9):
        values, target = noise(length), np.empty(length, np.float32)
        onednn.copy(values, target)
        np.testing.assert_array_equal(target, values)
        assert len(onednn_library._operations) <= 3
