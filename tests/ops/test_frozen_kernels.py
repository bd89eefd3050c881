"""A frozen network's kernels, held to Paddle's layers with the same weights."""

import numpy as np
import paddle
import pytest

from lsgan.arrays import Arrays, Tensor
from lsgan.ops.frozen_layers import padding
from lsgan.pretrained.efficientnet import EfficientNetLite0, shapes
from lsgan.system import threads


def drawn() -> Arrays:
    numbers = np.random.default_rng(0)
    return {
        name: numbers.normal(0, (2 / max(1, np.prod(shape[1:]))) ** 0.5, shape).astype("float32")
        for name, shape in shapes().items()
    }


@pytest.fixture(scope="module")
def network() -> EfficientNetLite0:
    return EfficientNetLite0(drawn())


def maps_and_gradient(maps: list[Tensor], images: Tensor) -> list[np.ndarray]:
    # Every value of every map has a weight of its own.
    shares = [paddle.linspace(-1, 1, each.size).reshape(each.shape) for each in maps]
    total = sum((one * share).sum() for one, share in zip(maps, shares, strict=True))
    return [each.numpy() for each in (*maps, *paddle.grad(total, [images]))]


@pytest.mark.parametrize(("size", "count"), [(96, 3), (64, 5), (128, 1), (72, 2)])
def test_maps_and_gradients_are_those_of_paddles_layers(
    network: EfficientNetLite0, size: int, count: int
) -> None:
    """72 has odd maps, whose edges are padded on both sides."""
    images = paddle.to_tensor(
        np.random.default_rng(size).uniform(-1, 1, (count, 3, size, size)).astype("float32")
    )
    images.stop_gradient = False
    ours = maps_and_gradient(network(images), images)
    theirs = maps_and_gradient(network._by_paddle(images), images)
    assert [each.shape[1] for each in ours[:4]] == list(network.channels)
    assert [each.shape[2] for each in ours[:4]] == [-(-size // s) for s in (4, 8, 16, 32)]
    for one, other in zip(ours[:4], theirs[:4], strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-4 * np.abs(other).max())
    # A value that one rounds to just above 0 and the other to just below passes its gradient on in
    # one of them alone; that is a small part of the whole.
    gradient, wanted = ours[4], theirs[4]
    assert np.linalg.norm(gradient - wanted) < 0.02 * np.linalg.norm(wanted)


def test_threads_change_nothing(
    network: EfficientNetLite0, monkeypatch: pytest.MonkeyPatch
) -> None:
    images = paddle.to_tensor(np.random.default_rng(1).uniform(-1, 1, (8, 3, 64, 64)), "float32")
    found = []
    for count in ("1", "2"):
        monkeypatch.setenv("OMP_NUM_THREADS", count)
        threads._pool.cache_clear()
        found.append([each.numpy() for each in network(images)])
    for one, other in zip(*found, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-4 * np.abs(other).max())


def test_images_without_gradients_keep_nothing(network: EfficientNetLite0) -> None:
    maps = network(paddle.zeros([2, 3, 64, 64]))
    assert all(each.stop_gradient for each in maps)


@pytest.mark.parametrize(
    ("size", "kernel", "stride", "edges"),
    [
        (96, 3, 2, (0, 1)),
        (24, 5, 2, (1, 2)),
        (9, 3, 2, (1, 1)),
        (6, 5, 1, (2, 2)),
        (6, 1, 1, (0, 0)),
    ],
)
def test_padding_is_tensorflows_same(
    size: int, kernel: int, stride: int, edges: tuple[int, int]
) -> None:
    assert padding(size, kernel, stride) == edges
