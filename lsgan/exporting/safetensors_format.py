"""Plain weights: `model.safetensors`, and `config.json` with what the network is built from."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import paddle
from safetensors.numpy import load_file, save

from lsgan import __version__
from lsgan.arrays import Floats
from lsgan.config import ModelSection
from lsgan.exporting.signature import Runner, exported_network
from lsgan.inference.generator import Generator
from lsgan.io.files import atomic, write_text
from lsgan.networks import GENERATORS, build_generator
from lsgan.networks.state_dict import load_state_dict
from lsgan.networks.vae import Generator as Autoencoder

WEIGHTS, CONFIG = "model.safetensors", "config.json"
# What an autoencoder's decoder is by itself.
_DECODER = "dcgan"


def write(generator: Generator, folder: Path) -> list[str]:
    """Write the weights, under the names of the network's `state_dict`, and the configuration."""
    network = generator.network
    if isinstance(network, Autoencoder):
        network = network.decoder
    tensors = {name: tensor.numpy() for name, tensor in network.state_dict().items()}
    encoded = save(tensors, {"format": "pd", "lsgan": __version__})
    with atomic(folder / WEIGHTS) as temporary:
        temporary.write_bytes(encoded)
    write_text(folder / CONFIG, json.dumps(_content(generator), indent=2) + "\n")
    return [WEIGHTS, CONFIG]


def load(generator: Generator, folder: Path) -> Runner:
    """The network built anew from the configuration in the folder, with the weights there."""
    content = json.loads((folder / CONFIG).read_text(encoding="utf-8"))
    built = build_generator(ModelSection(**content["model"]))
    load_state_dict(built, load_file(folder / WEIGHTS))
    network = exported_network(built, generator.config)

    def run(inputs: Sequence[np.ndarray[Any, Any]]) -> Floats:
        with paddle.no_grad():
            return np.asarray(network(*map(paddle.to_tensor, inputs)).numpy())

    return run


def _content(generator: Generator) -> dict[str, Any]:
    """What the network is built from."""
    model, name = generator.config.model, generator.config.model.generator
    if isinstance(generator.network, Autoencoder):
        name = _DECODER
    settings = sorted(GENERATORS[name].settings)
    return {
        "architectures": [name],
        "lsgan": __version__,
        "model": {"generator": name, **{each: getattr(model, each) for each in settings}},
    }
