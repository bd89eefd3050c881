"""Names and shapes are known without the networks' memory."""

from pathlib import Path

import pytest

from lsgan.arrays import Layer
from lsgan.config import ModelSection, config_files
from lsgan.networks import build_discriminator, build_generator
from lsgan.networks.parameters import trainable
from lsgan.networks.shapes import Layout, discriminator_layout, generator_layout
from tests.conftest import random_features


def built(network: Layer) -> Layout:
    shapes = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    return Layout(shapes, frozenset(trainable(network)))


def small(name: str, *changes: str) -> ModelSection:
    changes = ("model.base_channels=2", *changes)
    return config_files.load(config_files.find(name), changes).model


@pytest.mark.parametrize("spectral_norm", ["true", "false"])
@pytest.mark.parametrize("name", ["kanas", "demo", "vae", "pix2pix-facades", "sines"])
def test_generators_have_the_layout_that_they_have_when_built(
    name: str, spectral_norm: str
) -> None:
    # The encoder of a vae has spectral norm too.
    model = small(name).model_copy(update={"spectral_norm": spectral_norm == "true"})
    assert generator_layout(model) == built(build_generator(model))


@pytest.mark.parametrize("spectral_norm", ["true", "false"])
@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("kanas", "model.discriminator_norm=instance"),
        ("kanas", "model.downsampling=average"),
        ("kanas", "model.kernel_size=5"),
        ("pix2pix-facades", "model.discriminator_norm=layer"),
        ("sines", "model.discriminator_dropout=0.1"),
        ("vae", "model.size=32"),
        ("kanas-projected", "model.feature_size=64"),
    ],
)
def test_discriminators_have_the_layout_that_they_have_when_built(
    tmp_path: Path, name: str, change: str, spectral_norm: str
) -> None:
    model = small(name, change, f"model.spectral_norm={spectral_norm}")
    found = discriminator_layout(model)
    # The layout is found without the weights of the frozen network, the network itself is not.
    if model.discriminator == "projected":
        model = model.model_copy(update={"feature_weights": str(random_features(tmp_path))})
    assert found == built(build_discriminator(model))


def test_the_layout_of_a_network_larger_than_any_memory_is_known() -> None:
    widest = ModelSection(size=256, latent_dim=4096, base_channels=1024, max_channels=8192)
    shapes = generator_layout(widest).shapes
    assert shapes["layers.0.weight"] == (4096, 8192, 4, 4)
    assert shapes["layers.3.weight"] == (8192, 8192, 4, 4)
    assert discriminator_layout(widest).shapes["layers.11.weight"] == (8192, 8192, 4, 4)
