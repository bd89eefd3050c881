"""Unconditional images, made from latents."""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lsgan.arrays import Floats, Pixels
from lsgan.config import Config, ModelSection
from lsgan.data.pack import Kind, Pack, open_pack
from lsgan.errors import ConfigError
from lsgan.features.extractors import ScatteringFeatures
from lsgan.io.images import grid


class UnconditionalImages:
    """Rows are uint8 (channels, size, size)."""

    is_conditional = False
    makes_images = True
    is_synthetic = False

    _kind: Kind = "images"
    _sides, _made_of, _other, _from = 1, "latents", "pix2pix-facades.yaml", ""

    def open(self, config: Config) -> Pack:
        """The packed data set."""
        model = config.model
        prepare = f"{self._from}--size {model.size} --channels {model.channels}"
        pack = open_pack(Path(config.data.path), prepare, self._collect(config))
        if pack.kind != self._kind:
            raise ConfigError(
                f"the data set in {pack.path} is of {pack.kind}, and {model.generator} makes "
                f"images of {self._made_of}",
                f"Prepare {self._kind} with {prepare}, or use another configuration, such as "
                f"{self._other}.",
            )
        channels = pack.channels // self._sides
        if (pack.size, channels) != (model.size, model.channels):
            raise ConfigError(
                f"the {self._kind} in {pack.path} are {channels}×{pack.size}×{pack.size}, but the "
                f"networks are for {model.channels}×{model.size}×{model.size}",
                f"Prepare them with {prepare}, or train with --set model.size={pack.size} "
                f"--set model.channels={channels}.",
            )
        return pack

    def _collect(self, config: Config) -> str:
        """How the data set is collected, in words; nothing if it is none of a scrape's."""
        scraped = Path(config.scrape.out).resolve()
        if self._kind != "images" or Path(config.data.path).resolve().parent != scraped:
            return ""
        return "Collect photographs with lsgan scrape"

    def shape(self, model: ModelSection) -> tuple[int, ...]:
        """(channels, size, size)."""
        return model.channels, model.size, model.size

    def inputs(self, latents: Floats, rows: Pixels) -> Floats:  # noqa: ARG002
        """The latents."""
        return latents

    def samples(self, made: Floats) -> Pixels:
        """Pixels of 0 to 255 of numbers in [−1, 1]."""
        pixels: Pixels = ((made + 1) * 127.5).round().clip(0, 255).astype(np.uint8)
        return pixels

    def generated_part(self, samples: Any) -> Any:
        """The images."""
        return samples

    def features(self, rows: Pixels) -> ScatteringFeatures:
        """Wavelet scattering."""
        return ScatteringFeatures(*rows.shape[1:3])

    def reconstruction_errors(self, made: Pixels, rows: Pixels) -> dict[str, float]:  # noqa: ARG002
        """None: an image has no target."""
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
