"""Augmentation's operations on a CPU, held to the same by Paddle."""

import numpy as np
import paddle
import pytest

from lsgan.arrays import Tensor
from lsgan.ops.image_changes import recolor, shift
from lsgan.ops.sums import euclidean_norm


def recolored(images: Tensor) -> Tensor:
    paddle.seed(2)
    halves = paddle.rand([4, 3, 3])
    means, constants = paddle.rand([4, 1, 1]), paddle.rand([4, 1, 1])
    return recolor(images, halves + halves.transpose([0, 2, 1]), means, constants)


def shifted(images: Tensor) -> Tensor:
    down, right = paddle.to_tensor([0.0, 2, -3, 8]), paddle.to_tensor([1.0, -2, 0, 3])
    return shift(images, down, right)


@pytest.mark.parametrize("change", [recolored, shifted])
def test_values_and_gradients_are_paddles(monkeypatch: pytest.MonkeyPatch, change) -> None:
    paddle.seed(1)
    images = paddle.randn([4, 3, 8, 8])
    images.stop_gradient = False
    found = []
    for kernels in ("lsgan", "paddle"):
        monkeypatch.setenv("LSGAN_KERNELS", kernels)
        made = change(images)
        (gradient,) = paddle.grad((made**3).sum(), [images])
        found.append([made.numpy(), gradient.numpy()])
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)


def test_an_image_that_is_moved_leaves_black_behind() -> None:
    images = paddle.ones([1, 1, 4, 4])
    moved = shift(images, paddle.to_tensor([1.0]), paddle.to_tensor([-2.0])).numpy()[0, 0]
    assert moved.tolist() == [[0, 0, 0, 0], *[[1, 1, 0, 0]] * 3]


def test_the_norm_is_that_of_all_values_together(monkeypatch: pytest.MonkeyPatch) -> None:
    tensors = [paddle.full([3, 4], 2.0), paddle.full([5], -1.0)]
    assert float(euclidean_norm(tensors)) == pytest.approx(53**0.5)
    monkeypatch.setenv("LSGAN_KERNELS", "paddle")
    assert float(euclidean_norm(tensors)) == pytest.approx(53**0.5)
