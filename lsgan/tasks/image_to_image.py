"""Image-to-image: images made from images.

A sample is a pair, the image that is given and the one that is made of it, so that a
discriminator sees both and whatever is done to the one is done to the other.
"""

from typing import Any

import numpy as np
from PIL import Image

from lsgan.arrays import Floats, Pixels
from lsgan.config import ModelSection
from lsgan.data.pack import Kind
from lsgan.features.extractors import ScatteringFeatures
from lsgan.io.images import grid, to_unit
from lsgan.tasks.unconditional import UnconditionalImages


class ImageToImage(UnconditionalImages):
    """Rows are uint8 (2·channels, size, size), the given image first."""

    is_conditional = True

    _kind: Kind = "pairs"
    _sides, _made_of, _other, _from = 2, "images", "kanas.yaml", "--from pairs "

    def shape(self, model: ModelSection) -> tuple[int, ...]:
        """(2·channels, size, size)."""
        return 2 * model.channels, model.size, model.size

    def inputs(self, latents: Floats, rows: Pixels) -> Floats:  # noqa: ARG002
        """The first half of each row, in [−1, 1]."""
        return to_unit(np.split(rows, 2, axis=1)[0])

    def generated_part(self, samples: Any) -> Any:
        """The second half."""
        return samples[:, samples.shape[1] // 2 :]

    def features(self, rows: Pixels) -> ScatteringFeatures:
        """Wavelet scattering of the second half."""
        return super().features(self.generated_part(rows))

    def reconstruction_errors(self, made: Pixels, rows: Pixels) -> dict[str, float]:
        """The mean absolute difference from the target, of numbers in [−1, 1]."""
        difference = to_unit(self.generated_part(made)) - to_unit(self.generated_part(rows))
        return {"l1": float(np.abs(difference).mean(dtype=np.float64))}

    def sheet(
        self, samples: Pixels, columns: int, rows: Pixels | None = None, upscale: int = 1
    ) -> Image.Image:
        """Input, output and, where there are rows, target; `columns` counts all of them."""
        parts = np.split(samples, 2, axis=1)
        if rows is not None:
            parts.append(self.generated_part(rows))
        beside = np.stack(parts, 1).reshape(-1, *parts[0].shape[1:])
        return grid(beside, len(parts) * max(1, columns // len(parts)), upscale)
