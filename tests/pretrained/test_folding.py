"""A folded network equals the one with batch norms, and its names are the published ones."""

import numpy as np
import paddle
import pytest
from paddle import nn
from paddle.nn import functional

from lsgan.pretrained.folding import fold
from lsgan.pretrained.networks import EFFICIENTNET_LITE0, RESNET18


@pytest.mark.parametrize(("inputs", "groups", "kernel"), [(5, 1, 3), (8, 8, 5), (8, 4, 3)])
def test_a_folded_convolution_equals_it_and_its_batch_norm(
    inputs: int, groups: int, kernel: int
) -> None:
    paddle.seed(0)
    numbers = np.random.default_rng(0)
    convolution = nn.Conv2D(inputs, 8, kernel, groups=groups, bias_attr=False)
    norm = nn.BatchNorm2D(8, epsilon=1e-3)
    for tensor, low, high in (
        (norm.weight, -2, 2),
        (norm.bias, -1, 1),
        (norm._mean, -1, 1),
        # A channel of no variance, as the package's weights have one.
        (norm._variance, 0, 3),
    ):
        tensor.set_value(numbers.uniform(low, high, 8).astype(np.float32))
    variance = norm._variance.numpy()
    variance[3] = 0
    norm._variance.set_value(variance)
    norm.eval()
    images = paddle.to_tensor(numbers.standard_normal((2, inputs, 9, 7)).astype(np.float32))
    weight, bias = fold(
        convolution.weight.numpy(),
        norm.weight.numpy(),
        norm.bias.numpy(),
        norm._mean.numpy(),
        norm._variance.numpy(),
        1e-3,
    )
    assert weight.dtype == bias.dtype == np.float32
    found = functional.conv2d(
        images, paddle.to_tensor(weight), paddle.to_tensor(bias), groups=groups
    )
    expected = norm(convolution(images)).numpy()
    largest = float(np.abs(expected).max())
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-5, atol=1e-6 * largest)


def test_names_and_shapes_are_those_of_the_networks(folded: dict[str, np.ndarray]) -> None:
    assert len(EFFICIENTNET_LITE0.convolutions) == 48
    assert folded["stem.weight"].shape == (32, 3, 3, 3)
    assert "block0.expand.weight" not in folded
    assert folded["block3.depthwise.weight"].shape == (144, 1, 5, 5)
    assert folded["block15.project.bias"].shape == (320,)
    assert len(RESNET18.convolutions) == 20
    assert RESNET18.convolutions["layer2.0.downsample.0"].norm == "layer2.0.downsample.1"
    own = paddle.vision.models.resnet18(pretrained=False).state_dict()
    for name, convolution in RESNET18.convolutions.items():
        assert tuple(own[f"{name}.weight"].shape) == convolution.shape
        assert f"{convolution.norm}._variance" in own
