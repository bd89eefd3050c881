"""A generator whose images follow from its latents in a known way."""

import numpy as np
import paddle
from paddle import nn

from lsgan.config import Config, ModelSection, config_files
from lsgan.inference.generator import Generator

DIM = 20
SIZE = 32


class Known(nn.Layer):
    """Latent 0 makes images brighter, 1 warmer, 2 raises the horizon, 3 roughens them."""

    def __init__(self) -> None:
        super().__init__()
        numbers = np.random.default_rng(0)
        rows = np.linspace(1, -1, SIZE, dtype=np.float32)
        self._rows = paddle.to_tensor(rows.reshape(1, 1, SIZE, 1))
        noise = numbers.choice([-1.0, 1.0], (1, 1, SIZE, SIZE)).astype(np.float32)
        self._noise = paddle.to_tensor(noise)
        colors = np.array([1.0, 0.0, -1.0], np.float32).reshape(1, 3, 1, 1)
        self._colors = paddle.to_tensor(colors)

    def first_activations(self, latents: paddle.Tensor) -> paddle.Tensor:
        # The fifth latent varies most here.
        weights = paddle.to_tensor([1.0] * 4 + [9.0] + [0.5] * (DIM - 5))
        return latents * weights

    def forward(self, latents: paddle.Tensor) -> paddle.Tensor:
        z = [latents[:, place].reshape([-1, 1, 1, 1]) for place in range(4)]
        sky = paddle.nn.functional.sigmoid(20 * (self._rows - 0.3 * z[2]))
        made = 0.2 * z[0] + 0.15 * z[1] * self._colors + 0.5 * sky - 0.25
        made = made + 0.1 * paddle.nn.functional.sigmoid(z[3]) * self._noise
        return made.clip(-1, 1)


def known() -> Generator:
    changes = [f"model.latent_dim={DIM}", f"model.size={SIZE}"]
    config: Config = config_files.change(Config(), changes)
    assert isinstance(config.model, ModelSection)
    return Generator(Known(), config, "", "known")
