"""The figure that chooses the best checkpoint of a run while it trains.

It is the kernel distance (KID) on wavelet scattering: its estimate is unbiased however few the
photographs are, so that checkpoints can be told apart with a few hundred of them where a Fréchet
distance would mostly measure their number; it needs no weights file; and it takes seconds. How far
its order is that of other metrics: scripts/ablation/README.md.
"""

import numpy as np

from lsgan.arrays import Indices, Layer, Pixels
from lsgan.config import EvaluateSection
from lsgan.evaluation.features import ScatteringFeatures, Standard
from lsgan.evaluation.kernel import KernelDistance
from lsgan.evaluation.metric import MEASURE
from lsgan.rendering import latents_of, render

# Fewer held-out photographs than this do not carry the measure: see `choose_reference`.
LEAST = 100


def choose_reference(trained: Indices, held_out: Indices, most: int) -> tuple[Indices, str]:
    """The photographs that checkpoints are held to, at most `most`, and what they are.

    The held-out ones, as long as there are 100. Below that the measure's own spread is as large as
    the steps between checkpoints, and all photographs together tell more, although most of them
    were trained on: they cannot tell copies from new pictures, which `lsgan evaluate` does.

    Args:
        trained: indices of the photographs that are trained on.
        held_out: indices of those that are not.
        most: how many to take at most, evenly spread.
    """
    chosen, kind = held_out, "held-out photographs"
    if len(held_out) < LEAST:
        chosen = np.sort(np.concatenate([trained, held_out]))
        kind = f"photographs, trained ones too: the {len(held_out)} held out are too few"
    places = np.linspace(0, len(chosen) - 1, min(len(chosen), most)).astype(int)
    return chosen[places], kind


class Measure:
    """Measures a generator against photographs that it does not learn from.

    Args:
        images: uint8 (N, channels, size, size), the pack's.
        trained: the indices that are trained on.
        held_out: the indices that are not.
        settings: how many pictures to take.
        latent_size: length of a latent.

    Attributes:
        said: what is measured, in one sentence.
    """

    def __init__(
        self,
        images: Pixels,
        trained: Indices,
        held_out: Indices,
        settings: EvaluateSection,
        latent_size: int,
    ) -> None:
        chosen, kind = choose_reference(trained, held_out, settings.count)
        features = ScatteringFeatures(*images.shape[1:3])
        self._features = Standard(features, images[chosen])
        self._latents = latents_of(range(settings.count), latent_size)
        self.said = (
            f"checkpoints are measured by {MEASURE} on {features.name}, {settings.count} "
            f"generated pictures against {len(chosen)} {kind}"
        )

    def of(self, generator: Layer) -> dict[str, float]:
        """The figures of a generator whose batch-norm statistics are settled."""
        generated = self._features(render(generator, self._latents))
        (distance,) = KernelDistance().measure(self._features.reference, generated)
        return {MEASURE: round(distance, 6)}
