"""The Inception network is that of the published FID."""

import json

import numpy as np
import pytest

from lsgan.errors import RunError
from lsgan.features.inception import InceptionFeatures
from lsgan.pretrained.inception import Inception
from tests.features.inception_reference import (
    EVERY,
    RECORDED,
    images,
    random_weights,
    reference_features,
)


@pytest.fixture(scope="module")
def weights() -> dict[str, np.ndarray]:
    shapes = {}
    for key, tensor in Inception().state_dict().items():
        name = key.replace("._mean", ".running_mean").replace("._variance", ".running_var")
        shapes[name] = tuple(tensor.shape)
    return random_weights(shapes)


@pytest.fixture(scope="module")
def features(weights: dict[str, np.ndarray]) -> InceptionFeatures:
    return InceptionFeatures(weights | {"fc.weight": np.zeros((1008, 2048), np.float32)})


def test_features_equal_those_recorded_from_torch_fidelity(features: InceptionFeatures) -> None:
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    for image, expected in zip(images(), recorded, strict=True):
        found = features(image)
        assert found.shape == (1, features.dimensions)
        assert found.dtype == np.float32
        # Of order 1, so that the tolerance says something.
        assert np.abs(expected).mean() > 0.1
        np.testing.assert_allclose(found[0, ::EVERY], expected, rtol=1e-4, atol=1e-4)


def test_features_equal_those_of_torch_fidelity(features: InceptionFeatures) -> None:
    pytest.importorskip("torch_fidelity", reason="pip install torch torch-fidelity to compare")
    for image, expected in zip(images(), reference_features(), strict=True):
        np.testing.assert_allclose(features(image)[0], expected, rtol=1e-4, atol=1e-4)


def test_weights_are_taken_under_paddles_names_too(weights: dict[str, np.ndarray]) -> None:
    names = {"running_mean": "_mean", "running_var": "_variance"}
    renamed = {}
    for key, value in weights.items():
        stem, _, last = key.rpartition(".")
        renamed[f"{stem}.{names.get(last, last)}"] = value
    assert renamed.keys() == Inception().state_dict().keys()
    own = InceptionFeatures(renamed)._network.state_dict()
    for key, value in renamed.items():
        np.testing.assert_array_equal(own[key].numpy(), value)


def test_grey_images_are_taken_as_colour(features: InceptionFeatures) -> None:
    grey = images()[1][:, :1]
    np.testing.assert_array_equal(features(grey), features(grey.repeat(3, axis=1)))


def test_other_weights_are_refused(weights: dict[str, np.ndarray]) -> None:
    without = {
        key: value for key, value in weights.items() if key != "Mixed_7c.branch_pool.bn.bias"
    }
    with pytest.raises(RunError, match=r"Mixed_7c.branch_pool.bn.bias is missing"):
        InceptionFeatures(without)
    key = "Conv2d_1a_3x3.conv.weight"
    with pytest.raises(RunError, match=r"Conv2d_1a_3x3.conv.weight has the shape \(1, 2\)"):
        InceptionFeatures(weights | {key: np.zeros((1, 2), np.float32)})
