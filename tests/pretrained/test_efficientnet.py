"""EfficientNet-lite0 is that of the package efficientnet_lite_pytorch."""

import json

import numpy as np
import paddle
import pytest

from lsgan.pretrained.efficientnet import EfficientNetLite0
from lsgan.pretrained.folding import fold_network
from lsgan.pretrained.networks import EFFICIENTNET_LITE0
from tests.pretrained.efficientnet_reference import (
    EVERY,
    RECORDED,
    SIZES,
    images,
    random_weights,
    reference_maps,
)


@pytest.fixture(scope="module")
def network() -> EfficientNetLite0:
    published = random_weights(EFFICIENTNET_LITE0)
    return EfficientNetLite0(fold_network(published, EFFICIENTNET_LITE0, "random"))


def check_shapes(maps: list[paddle.Tensor], size: int) -> None:
    sides = [-(-size // stride) for stride in (4, 8, 16, 32)]
    expected = [[2, c, s, s] for c, s in zip((24, 40, 112, 320), sides, strict=True)]
    assert [each.shape for each in maps] == expected


def test_maps_equal_those_recorded_from_pytorch(network: EfficientNetLite0) -> None:
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    for batch, size, rows in zip(images(), SIZES, recorded, strict=True):
        maps = network(paddle.to_tensor(batch))
        check_shapes(maps, size)
        for found, expected in zip(maps, rows, strict=True):
            # Of order 1, so that the tolerance says something.
            assert np.abs(expected).mean() > 0.1
            kept = found.numpy().ravel()[::EVERY]
            np.testing.assert_allclose(kept, expected, rtol=1e-4, atol=1e-4)


def test_maps_by_paddles_layers_equal_those_recorded_too(network: EfficientNetLite0) -> None:
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    for batch, rows in zip(images(), recorded, strict=True):
        for found, expected in zip(network._by_paddle(paddle.to_tensor(batch)), rows, strict=True):
            kept = found.numpy().ravel()[::EVERY]
            np.testing.assert_allclose(kept, expected, rtol=1e-4, atol=1e-4)


def test_maps_equal_those_of_pytorch(network: EfficientNetLite0) -> None:
    why = "pip install torch efficientnet_lite_pytorch to compare"
    pytest.importorskip("torch", reason=why)
    pytest.importorskip("efficientnet_lite_pytorch", reason=why)
    reference = reference_maps(random_weights(EFFICIENTNET_LITE0))
    for batch, rows in zip(images(), reference, strict=True):
        for found, expected in zip(network(paddle.to_tensor(batch)), rows, strict=True):
            np.testing.assert_allclose(found.numpy(), expected, rtol=1e-4, atol=1e-4)


def test_gradients_reach_the_images_alike_by_both_ways(network: EfficientNetLite0) -> None:
    found = []
    for maps_of in (network, network._by_paddle):
        batch = paddle.to_tensor(images()[-1], stop_gradient=False)
        sum((maps * maps).mean() for maps in maps_of(batch)).backward()
        found.append(batch.grad.numpy())
    largest = float(np.abs(found[1]).max())
    assert largest > 0
    np.testing.assert_allclose(found[0], found[1], rtol=1e-3, atol=1e-4 * largest)
