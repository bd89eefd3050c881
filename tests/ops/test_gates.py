"""Gated channels, held to Paddle's own operations."""

import numpy as np
import paddle
import pytest
from paddle.nn import functional

from lsgan.arrays import Tensor
from lsgan.ops.gates import GatedLinearUnit, scale_channels
from lsgan.system import threads

SHAPES = [(3, 4, 5, 6), (5, 64, 32, 32), (1, 2, 1, 1)]


@pytest.fixture(params=[1, 2, 3], autouse=True)
def on_threads(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", str(request.param))
    threads._pool.cache_clear()


def tensor(shape: tuple[int, ...], scale: float = 1.0) -> Tensor:
    made = scale * paddle.randn(shape)
    made.stop_gradient = False
    return made


def gated(maps: Tensor) -> Tensor:
    values, gates = paddle.split(maps, 2, axis=1)
    return values * functional.sigmoid(gates)


def scaled(maps: Tensor, factors: Tensor) -> Tensor:
    return maps * factors


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("scale", [1.0, 100.0])
def test_values_and_gradients_are_paddles(shape: tuple[int, ...], scale: float) -> None:
    paddle.seed(0)
    maps, factors = tensor(shape, scale), tensor((*shape[:2], 1, 1))
    for ours, theirs, inputs in (
        (GatedLinearUnit()(maps), gated(maps), [maps]),
        (scale_channels(maps, factors), scaled(maps, factors), [maps, factors]),
    ):
        np.testing.assert_allclose(ours.numpy(), theirs.numpy(), rtol=1e-5, atol=1e-6 * scale)
        gradient = paddle.randn(theirs.shape)
        for one, other in zip(
            paddle.grad(ours, inputs, gradient), paddle.grad(theirs, inputs, gradient), strict=True
        ):
            tolerance = 1e-5 * max(1.0, float(other.abs().max()))
            np.testing.assert_allclose(one.numpy(), other.numpy(), rtol=1e-4, atol=tolerance)


def test_other_precisions_are_paddles_own() -> None:
    maps = paddle.randn([2, 4, 3, 3]).astype("float64")
    np.testing.assert_array_equal(GatedLinearUnit()(maps).numpy(), gated(maps).numpy())
    factors = paddle.randn([2, 4, 1, 1]).astype("float64")
    np.testing.assert_array_equal(
        scale_channels(maps, factors).numpy(), scaled(maps, factors).numpy()
    )
