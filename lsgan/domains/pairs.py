"""Pictures made of pictures.

A sample is a pair, the picture that is given and the one that is made of it, so that a
discriminator sees both and whatever is done to the one is done to the other.
"""

from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lsgan.arrays import Floats, Pixels
from lsgan.config import Config, ModelSection
from lsgan.dataset.pack import Pack, open_pack
from lsgan.domains.pictures import Pictures
from lsgan.errors import ConfigError
from lsgan.evaluation.features import ScatteringFeatures
from lsgan.pictures import grid, to_unit


class Pairs(Pictures):
    """Rows are uint8 (2·channels, size, size), the given picture first."""

    is_given_rows = True

    def open(self, config: Config) -> Pack:
        """The packed data set."""
        pack = open_pack(Path(config.data.path))
        model = config.model
        prepare = f"--from pairs --size {model.size} --channels {model.channels}"
        if pack.kind != "pairs":
            raise ConfigError(
                f"the data set in {pack.path} is of single pictures, and {model.generator} makes "
                "pictures of pictures",
                f"Prepare it with {prepare}.",
            )
        if (pack.size, pack.channels) != (model.size, 2 * model.channels):
            raise ConfigError(
                f"the pairs in {pack.path} are {pack.channels // 2}×{pack.size}×{pack.size} each, "
                f"but the networks are for {model.channels}×{model.size}×{model.size}",
                f"Prepare them with {prepare}, or train with --set model.size={pack.size} "
                f"--set model.channels={pack.channels // 2}.",
            )
        return pack

    def shape(self, model: ModelSection) -> tuple[int, ...]:
        """(2·channels, size, size)."""
        return 2 * model.channels, model.size, model.size

    def given(self, latents: Floats, rows: Pixels) -> Floats:  # noqa: ARG002
        """The first half of each row, in [−1, 1]."""
        return to_unit(np.split(rows, 2, axis=1)[0])

    def generated(self, samples: Any) -> Any:
        """The second half."""
        return samples[:, samples.shape[1] // 2 :]

    def features(self, rows: Pixels) -> ScatteringFeatures:
        """Wavelet scattering of the second half."""
        return super().features(self.generated(rows))

    def errors(self, made: Pixels, rows: Pixels) -> dict[str, float]:
        """The mean absolute difference from the target, of numbers in [−1, 1]."""
        difference = to_unit(self.generated(made)) - to_unit(self.generated(rows))
        return {"l1": float(np.abs(difference).mean(dtype=np.float64))}

    def sheet(
        self, samples: Pixels, columns: int, rows: Pixels | None = None, upscale: int = 1
    ) -> Image.Image:
        """Input, output and, where there are rows, target; `columns` counts all of them."""
        parts = np.split(samples, 2, axis=1)
        if rows is not None:
            parts.append(self.generated(rows))
        beside = np.stack(parts, 1).reshape(-1, *parts[0].shape[1:])
        return grid(beside, len(parts) * max(1, columns // len(parts)), upscale)
