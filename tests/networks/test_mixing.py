"""The mixing of feature maps: its scale, and its kernels held to Paddle's layers."""

import numpy as np
import paddle
import pytest
from paddle.nn import functional as F

from lsgan.arrays import Tensor
from lsgan.networks.mixing import Mixing, _pink_noise
from lsgan.system import threads


class Pyramid:
    """A network with maps of the images' own sizes, of deviations that no head should see."""

    channels = (4, 6, 8, 10)

    def __init__(self) -> None:
        numbers = np.random.default_rng(3)
        self._weights = [
            paddle.to_tensor(numbers.normal(0, 5, (channels, 3, 1, 1)).astype("float32"))
            for channels in self.channels
        ]

    def __call__(self, images: Tensor) -> list[Tensor]:
        """Maps of a quarter, an eighth, … of the images' rows, rounded up."""
        sizes = [-(-images.shape[-1] // stride) for stride in (4, 8, 16, 32)]
        return [
            F.conv2d(F.adaptive_avg_pool2d(images, size), weight)
            for size, weight in zip(sizes, self._weights, strict=True)
        ]


def drawn(size: int) -> Mixing:
    mixing = Mixing(Pyramid(), size, 16)
    mixing.draw_weights(0)
    return mixing


def test_mixed_maps_of_clouds_have_a_deviation_of_one() -> None:
    clouds = _pink_noise(np.random.default_rng(5), 64)
    assert clouds.std() == pytest.approx(0.5, abs=0.1)
    for maps in drawn(64)(Pyramid()(paddle.to_tensor(clouds))):
        assert float(maps.std()) == pytest.approx(1, abs=0.5)


def mixed_and_gradients(maps: list[Tensor], given: list[Tensor]) -> list[np.ndarray]:
    # Every value of every map has a weight of its own.
    shares = [paddle.linspace(-1, 1, each.size).reshape(each.shape) for each in maps]
    total = sum((one * share).sum() for one, share in zip(maps, shares, strict=True))
    return [each.numpy() for each in (*maps, *paddle.grad(total, given))]


@pytest.mark.parametrize(("size", "count"), [(96, 5), (72, 1)])
def test_kernels_are_paddles_layers(size: int, count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """72 has odd maps, which are not just doubled."""
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    threads._pool.cache_clear()
    numbers = np.random.default_rng(0)
    images = numbers.uniform(-1, 1, (count, 3, size, size)).astype("float32")
    maps = [each.detach() for each in Pyramid()(paddle.to_tensor(images))]
    for each in maps:
        each.stop_gradient = False
    mixing = drawn(size)
    ours = mixed_and_gradients(mixing(maps), maps)
    theirs = mixed_and_gradients(mixing._by_paddle(maps), maps)
    assert [each.shape for each in ours] == [each.shape for each in theirs]
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=1e-5 * np.abs(other).max())


def test_the_mixing_has_no_gradient() -> None:
    mixing = drawn(64)
    images = paddle.rand([2, 3, 64, 64])
    images.stop_gradient = False
    sum(maps.sum() for maps in mixing(Pyramid()(images))).backward()
    assert float(images.grad.abs().max()) > 0
    assert all(buffer.stop_gradient and buffer.grad is None for buffer in mixing.buffers())
