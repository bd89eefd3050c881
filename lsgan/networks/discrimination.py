"""How discriminators come to their scores in training."""

from abc import ABC, abstractmethod
from typing import Any

from paddle import nn

from lsgan.arrays import Tensor


class FeatureDiscriminator(nn.Layer, ABC):
    """A discriminator of two parts: features of samples, and scores from these.

    Attributes:
        has_frozen_features: whether the features do not change while the discriminator learns, so
            that those of generated samples serve its own step and the generator's.
        feature_digest: of what makes the features, where that is not in the state dictionary.
    """

    has_frozen_features = False
    feature_digest = ""

    def features(self, samples: Tensor) -> Any:
        """A tensor, or several in a list, for `scores`; gradients pass through to `samples`."""
        return samples

    @abstractmethod
    def scores(self, features: Any, classes: Tensor | None = None) -> Tensor:
        """Unbounded scores, float32 (N,) or more for each sample.

        Args:
            features: of the samples.
            classes: theirs, one-hot, float32 (N, classes), where it was built for classes.
        """

    def scores_of_both(
        self, real: Any, fake: Any, classes: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """The scores of real and of generated samples of the same classes from their features.

        Each kind by itself, since batch norm takes its statistics of all that it is given.
        """
        return self.scores(real, classes), self.scores(fake, classes)

    def forward(self, samples: Tensor, classes: Tensor | None = None) -> Tensor:
        """The scores of `samples`, which are of `classes` where there are any."""
        return self.scores(self.features(samples), classes)


def detached(features: Any) -> Any:
    """The same features, through which no gradients pass."""
    if isinstance(features, list):
        return [each.detach() for each in features]
    return features.detach()
