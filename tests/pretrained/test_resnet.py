"""ResNet-18 from folded weights is Paddle's own in evaluation mode."""

import numpy as np
import paddle
import pytest
from paddle.vision.models import resnet18

from lsgan.arrays import Tensor
from lsgan.pretrained.folding import fold_network
from lsgan.pretrained.networks import RESNET18
from lsgan.pretrained.resnet import ResNet18
from tests.pretrained.efficientnet_reference import random_weights

NAMES = {"running_mean": "_mean", "running_var": "_variance"}


@pytest.fixture(scope="module")
def published() -> dict[str, np.ndarray]:
    return random_weights(RESNET18)


@pytest.fixture(scope="module")
def network(published: dict[str, np.ndarray]) -> ResNet18:
    return ResNet18(fold_network(published, RESNET18, "random"))


def paddles_maps(published: dict[str, np.ndarray], images: Tensor) -> list[Tensor]:
    network = resnet18(pretrained=False, num_classes=0, with_pool=False)
    own = network.state_dict()
    taken = set()
    for key, value in published.items():
        stem, _, last = key.rpartition(".")
        name = f"{stem}.{NAMES.get(last, last)}"
        own[name].set_value(value)
        taken.add(name)
    assert taken == own.keys()
    network.eval()
    mean = paddle.to_tensor([0.485, 0.456, 0.406]).reshape((1, 3, 1, 1))
    deviation = paddle.to_tensor([0.229, 0.224, 0.225]).reshape((1, 3, 1, 1))
    found = network.relu(network.bn1(network.conv1(((images + 1) / 2 - mean) / deviation)))
    found, maps = network.maxpool(found), []
    for stage in (network.layer1, network.layer2, network.layer3, network.layer4):
        found = stage(found)
        maps.append(found)
    return maps


@pytest.mark.parametrize("size", [(64, 64), (75, 64)])
def test_maps_and_gradients_equal_paddles(
    published: dict[str, np.ndarray], network: ResNet18, size: tuple[int, int]
) -> None:
    numbers = np.random.default_rng(0)
    given = numbers.uniform(-1, 1, (2, 3, *size)).astype(np.float32)
    gradients = []
    results = []
    for maps_of in (network, lambda images: paddles_maps(published, images)):
        images = paddle.to_tensor(given, stop_gradient=False)
        maps = maps_of(images)
        sum((each * each).mean() for each in maps).backward()
        gradients.append(images.grad.numpy())
        results.append(maps)
    sides = [[-(-side // stride) for side in size] for stride in (4, 8, 16, 32)]
    expected = [[2, c, *s] for c, s in zip(ResNet18.channels, sides, strict=True)]
    assert [each.shape for each in results[0]] == expected
    for own, theirs in zip(*results, strict=True):
        # Of order 1 and more: deep maps grow with every residual.
        scale = float(theirs.abs().mean())
        assert scale > 0.1
        np.testing.assert_allclose(own.numpy(), theirs.numpy(), rtol=1e-4, atol=1e-4 * scale)
    assert np.abs(gradients[1]).max() > 0
    largest = float(np.abs(gradients[1]).max())
    np.testing.assert_allclose(gradients[0], gradients[1], rtol=1e-3, atol=1e-4 * largest)


def test_the_weights_are_frozen_and_in_no_state_dictionary(network: ResNet18) -> None:
    class Holder(paddle.nn.Layer):
        def __init__(self) -> None:
            super().__init__()
            self.features = network

    assert not Holder().state_dict()
    assert all(tensor.stop_gradient for tensor in network._weights.values())
