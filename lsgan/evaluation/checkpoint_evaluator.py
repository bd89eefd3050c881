"""The figure that chooses the best checkpoint of a run while it trains.

It is the Fréchet distance on the leading components of wavelet scattering. It needs no weights file
and takes seconds; its order of checkpoints follows that of an ImageNet network's Fréchet distance,
as well from 64 photographs as from hundreds; and it sees a run collapse to a few images, which a
kernel distance hardly does. What else was tried: scripts/ablation/README.md.
"""

import numpy as np

from lsgan.arrays import Indices, Layer, Samples
from lsgan.config import Config
from lsgan.features.extractors import PCA, StandardScaler
from lsgan.inference.generator import render
from lsgan.metrics.frechet_distance import FrechetDistance
from lsgan.metrics.metric import MONITOR
from lsgan.networks.latents import Latents
from lsgan.tasks import task_of

# Fewer held-out photographs than this do not carry the measure: see `choose_reference`.
LEAST = 64


def choose_reference(trained: Indices, held_out: Indices, most: int) -> tuple[Indices, str]:
    """The photographs that checkpoints are held to, at most `most`, and what they are.

    The held-out ones, as long as there are 64, twice the components. With fewer, a good part of the
    distance is the chance of which they are, and all photographs together tell more, although most
    of them were trained on: they cannot tell copies from new images, which `lsgan evaluate` does.

    Args:
        trained: indices of the photographs that are trained on.
        held_out: indices of those that are not.
        most: how many to take at most, evenly spread.
    """
    chosen, kind = held_out, "held-out photographs"
    if len(held_out) < LEAST:
        chosen = np.sort(np.concatenate([trained, held_out]))
        verb = "is" if len(held_out) == 1 else "are"
        kind = f"photographs, trained ones too: the {len(held_out)} held out {verb} too few"
    places = np.linspace(0, len(chosen) - 1, min(len(chosen), most)).astype(int)
    return chosen[places], kind if len(places) > 1 else "photograph, which is trained on too"


class CheckpointEvaluator:
    """Measures a generator against photographs that it does not learn from.

    A generator that makes images of images is given the held-out ones, and as many others as
    the measure needs. Where some are held out, it is held to what it was to make of those, too.

    Args:
        images: the data set's.
        trained: the indices that are trained on.
        held_out: the indices that are not.
        config: the run's.

    Attributes:
        said: what is measured, in one sentence.
    """

    def __init__(
        self, images: Samples, trained: Indices, held_out: Indices, config: Config
    ) -> None:
        most = config.evaluate.count
        self._task = task_of(config)
        chosen, kind = choose_reference(trained, held_out, most)
        photographs = images[chosen]
        features = StandardScaler(
            self._task.features(photographs), self._task.generated_part(photographs)
        )
        self._features = PCA(features)
        latents, rows = Latents(config.model).of(range(most)), images[:0]
        if self._task.is_conditional:
            missing = max(LEAST - len(held_out), 0)
            rows = images[np.concatenate([held_out, trained[:missing]])[:most]]
        self._inputs = self._task.inputs(latents, rows)
        self._unseen = rows[: len(held_out)]
        self.said = (
            f"checkpoints are measured by {MONITOR} on {self._features.name}, {len(self._inputs)} "
            f"generated images against {len(chosen)} {kind}"
        )

    def evaluate(self, generator: Layer) -> dict[str, float]:
        """The figures of a generator whose batch-norm statistics are settled."""
        made = render(generator, self._task, self._inputs)
        found = self._features(self._task.generated_part(made))
        (distance,) = FrechetDistance().measure(self._features.reference, found)
        figures = {MONITOR: distance}
        if len(self._unseen):
            figures |= self._task.reconstruction_errors(made[: len(self._unseen)], self._unseen)
        return {name: round(figure, 4) for name, figure in figures.items()}
