"""Pictures made of latents."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lsgan.arrays import Floats, Pixels
from lsgan.config import Config, ModelSection
from lsgan.dataset.pack import Pack, open_pack
from lsgan.errors import ConfigError
from lsgan.evaluation.features import ScatteringFeatures
from lsgan.pictures import grid


class Pictures:
    """Rows are uint8 (channels, size, size)."""

    is_given_rows = False
    are_pictures = True
    is_computed = False

    def open(self, config: Config) -> Pack:
        """The packed data set."""
        pack = open_pack(Path(config.data.path))
        model = config.model
        if pack.kind != "pictures":
            raise ConfigError(
                f"the data set in {pack.path} is of pairs, and {model.generator} makes pictures of "
                "latents",
                "Use a configuration such as pix2pix-facades.yaml, or prepare pictures.",
            )
        if (pack.size, pack.channels) != (model.size, model.channels):
            raise ConfigError(
                f"the data set in {pack.path} is {pack.channels}×{pack.size}×{pack.size}, but the "
                f"networks are for {model.channels}×{model.size}×{model.size}",
                f"Prepare it with --size {model.size} --channels {model.channels}, or train with "
                f"--set model.size={pack.size} --set model.channels={pack.channels}.",
            )
        return pack

    def shape(self, model: ModelSection) -> tuple[int, ...]:
        """(channels, size, size)."""
        return model.channels, model.size, model.size

    def given(self, latents: Floats, rows: Pixels) -> Floats:  # noqa: ARG002
        """The latents."""
        return latents

    def samples(self, made: Floats) -> Pixels:
        """Pixels of 0 to 255 of numbers in [−1, 1]."""
        pixels: Pixels = ((made + 1) * 127.5).round().clip(0, 255).astype(np.uint8)
        return pixels

    def generated(self, samples: Any) -> Any:
        """The pictures."""
        return samples

    def features(self, rows: Pixels) -> ScatteringFeatures:
        """Wavelet scattering."""
        return ScatteringFeatures(*rows.shape[1:3])

    def errors(self, made: Pixels, rows: Pixels) -> dict[str, float]:  # noqa: ARG002
        """None: a picture is made of no other."""
        return {}

    def sheet(
        self,
        samples: Pixels,
        columns: int,
        rows: Pixels | None = None,  # noqa: ARG002
        upscale: int = 1,
    ) -> Image.Image:
        """A grid."""
        return grid(samples, columns, upscale)
