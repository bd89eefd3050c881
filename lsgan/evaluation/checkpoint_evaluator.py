"""The metric that chooses the best checkpoint of a run while it trains, `evaluate.metric`.

By default it is the Fréchet distance on the leading components of wavelet scattering. It needs no
weights file and takes seconds; it ranks checkpoints as the Fréchet distance on an ImageNet network
does, with 64 photographs as well as with hundreds; and it rises when a run collapses to a few
images, which a kernel distance hardly does. What else was tried: scripts/ablation/README.md.
"""

import numpy as np

from lsgan.arrays import Indices, Layer, Samples
from lsgan.config import Config, EvaluateSection
from lsgan.errors import ConfigError
from lsgan.features.extractors import PCA, StandardScaler
from lsgan.inference.generator import render
from lsgan.metrics import metric_of
from lsgan.networks.latents import Latents
from lsgan.tasks import task_of

# Fewer held-out photographs than this are not enough: see `choose_reference`.
LEAST = 64


def choose_reference(trained: Indices, held_out: Indices, most: int) -> tuple[Indices, str]:
    """The photographs that checkpoints are compared with, at most `most`, and what they are.

    The held-out ones if there are at least 64, twice the components. With fewer, the distance
    depends much on which they happen to be, and all photographs together say more, although most
    of them were trained on: they cannot tell copies from new images, but `lsgan evaluate` can.

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
    """Compares a generator's images with photographs that it does not learn from.

    An image-to-image generator is given the held-out inputs, and as many others as the metric
    needs. Its outputs for the held-out ones are compared with their targets too.

    Args:
        images: the data set's.
        trained: the indices that are trained on.
        held_out: the indices that are not.
        config: the run's.

    Attributes:
        description: what is compared, in one sentence.

    Raises:
        ConfigError: if there are too few photographs for the metric.
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
        self._metric = metric_of(config.evaluate.metric)
        self._check_count(config.evaluate.metric, min(len(chosen), len(self._inputs)))
        self.description = (
            f"checkpoints are compared by {config.evaluate.metric} on {self._features.name}, "
            f"{len(self._inputs)} generated images against {len(chosen)} {kind}"
        )

    def evaluate(self, generator: Layer) -> dict[str, float]:
        """The metrics of a generator whose batch-norm statistics have been re-estimated."""
        images = render(generator, self._task, self._inputs)
        features = self._features(self._task.generated_part(images))
        values = self._metric.measure(self._features.reference, features)
        metrics = dict(zip(self._metric.names, values, strict=True))
        if len(self._unseen):
            metrics |= self._task.reconstruction_errors(images[: len(self._unseen)], self._unseen)
        return {name: round(value, 4) for name, value in metrics.items()}

    def _check_count(self, name: str, count: int) -> None:
        """Refuse a metric that means nothing of so few images.

        The default never is: a training is to be possible with any number of photographs.
        """
        default = EvaluateSection().metric
        least = self._metric.least(self._features.reference.shape[1])
        if count < least and name != default:
            raise ConfigError(
                f"evaluate.metric is {name}, which needs {least} images, and there are {count}",
                f"Use --set evaluate.metric={default}, or more photographs.",
            )
