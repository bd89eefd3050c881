"""The convolution that keeps the size, held to Paddle's own."""

import paddle
import pytest
from paddle.nn import functional

from lsgan.arrays import Tensor
from lsgan.ops import same_kernels
from lsgan.ops.same import SameConvolution
from lsgan.system import threads
from tests.ops.tiled_layers import (
    assert_second_derivatives,
    assert_threads_change_rounding_alone,
    assert_values_and_gradients,
    layer_and_images,
)

# Inner and outer channels, rows and columns: by tiles, then those that tiles do not suit.
TILES = [(32, 24, 8, 8), (16, 16, 4, 4), (16, 24, 6, 2), (64, 48, 16, 16)]
OTHERS = [(3, 5, 8, 8), (16, 16, 3, 4)]


def plain(layer: SameConvolution, images: Tensor) -> Tensor:
    return functional.conv2d(images, layer.weight, layer.bias, padding=1)


@pytest.mark.parametrize("count", [1, 2, 3])
@pytest.mark.parametrize("shape", TILES + OTHERS)
def test_values_and_gradients_are_those_of_the_plain_layer(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int, int, int], count: int
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", str(count))
    threads._pool.cache_clear()
    layer, images = layer_and_images(SameConvolution, shape)
    assert_values_and_gradients(layer, images, plain)


def test_second_derivatives_are_those_of_the_plain_layer() -> None:
    layer, images = layer_and_images(SameConvolution, TILES[0])
    assert_second_derivatives(layer, images, plain)


@pytest.mark.parametrize(("shape", "by_tiles"), [(TILES[0], True), (OTHERS[0], False)])
def test_tiles_are_for_the_layers_that_they_suit(
    monkeypatch: pytest.MonkeyPatch, shape: tuple[int, int, int, int], by_tiles: bool
) -> None:
    """Otherwise the tests above would be of the other formulation alone."""
    layer, images = layer_and_images(SameConvolution, shape)
    called = []
    original = same_kernels.convolve
    monkeypatch.setattr(
        same_kernels, "convolve", lambda *given: called.append(1) or original(*given)
    )
    layer(images)
    assert bool(called) == by_tiles


def test_the_number_of_threads_changes_rounding_alone() -> None:
    layer, images = layer_and_images(SameConvolution, TILES[3], 6)
    assert_threads_change_rounding_alone(layer, images)


@pytest.mark.parametrize("kernel", [3, 4, 5])
def test_the_size_is_kept_whatever_the_kernel(kernel: int) -> None:
    layer = SameConvolution(2, 3, kernel, bias=False)
    assert layer(paddle.randn([1, 2, 8, 6])).shape == [1, 3, 8, 6]
    assert layer.bias is None
