"""The networks, one file each, found by their names in the configuration.

A network is a `paddle.nn.Layer` built from the model section. Its line in a table below names the
module and the class, so that a name can be checked, and listed, without loading Paddle.
"""

import importlib

from lsgan.arrays import Layer
from lsgan.config import ModelSection
from lsgan.names import look_up

GENERATORS = {"dcgan": ("lsgan.networks.dcgan", "Generator")}
DISCRIMINATORS = {"dcgan": ("lsgan.networks.dcgan", "Discriminator")}


def check_names(model: ModelSection) -> None:
    """Refuse networks that do not exist, before anything is built.

    Raises:
        ConfigError: naming the nearest that does.
    """
    look_up("model.generator", model.generator, GENERATORS)
    look_up("model.discriminator", model.discriminator, DISCRIMINATORS)


def build_generator(model: ModelSection) -> Layer:
    """The generator that `model` names: float32 (N, latent_size) to (N, channels, size, size)."""
    return _build(model, "generator", model.generator, GENERATORS)


def build_discriminator(model: ModelSection) -> Layer:
    """The discriminator that `model` names: float32 (N, channels, size, size) to scores (N,)."""
    return _build(model, "discriminator", model.discriminator, DISCRIMINATORS)


def _build(model: ModelSection, kind: str, name: str, table: dict[str, tuple[str, str]]) -> Layer:
    module, class_name = look_up(f"model.{kind}", name, table)
    return getattr(importlib.import_module(module), class_name)(model)
