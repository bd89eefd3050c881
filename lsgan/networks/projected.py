"""A discriminator on the features of a frozen network ("projected GANs").

Sauer et al. 2021, arXiv 2111.01007. Its inputs are not pixels but the feature maps that a network
trained on ImageNet computes from them. Frozen random convolutions mix the channels
of each map and carry the coarse maps up to the fine ones, so that no part of the features is easily
overlooked; a small head at each scale, which learns, gives one score. All scores count alike.
"""

from collections.abc import Sequence
from typing import Any

import paddle
from paddle import nn

from lsgan import pretrained
from lsgan.arrays import Layer, Tensor
from lsgan.config import ModelSection
from lsgan.networks.conditioning import conditional_score, score_count
from lsgan.networks.convolutions import with_spectral_norm
from lsgan.networks.discrimination import FeatureDiscriminator
from lsgan.networks.mixing import Mixing
from lsgan.networks.norms import needs_bias, norm
from lsgan.ops.layer_sequence import LayerSequence
from lsgan.ops.methods import training_precision
from lsgan.ops.strided import StridedConvolution
from lsgan.ops.upsampling import resampling, resize
from lsgan.ops.whole import WholeConvolution
from lsgan.pretrained.efficientnet import EfficientNetLite0
from lsgan.pretrained.resnet import ResNet18

# Heads halve maps until they are so small.
_SMALLEST = 4
FROZEN_NETWORKS = {"efficientnet-lite0": EfficientNetLite0, "resnet18": ResNet18}
# Built once a process, since a discriminator is built anew when a run is rolled back.
_built: dict[str, Any] = {}


class Discriminator(FeatureDiscriminator):
    """Images, float32 (N, channels, size, size) in [−1, 1], to one score a head, float32 (N, 4).

    Attributes:
        feature_digest: of the frozen network's weights, which are in no checkpoint.
        features_channels_last: whether the frozen network's maps have their channels last inside.
    """

    has_frozen_features = True
    features_channels_last = False

    def __init__(self, model: ModelSection) -> None:
        super().__init__()
        found = pretrained.load(model.feature_network, model.feature_weights)
        self.feature_digest = found.digest
        # Neither a layer nor parameters: it is in no state dictionary and in no optimizer.
        self._network = _network(found)
        self._rows = paddle.to_tensor(resampling(model.size, model.feature_size))
        self.mixing, self.heads = stored_parts(model, self._network)
        self._has_batch_norm = model.discriminator_norm == "batch"

    def features(self, images: Tensor) -> list[Tensor]:
        """The mixed maps of `images`, the finest first, through which gradients pass."""
        if images.shape[1] == 1:
            images = images.expand([-1, 3, -1, -1])
        images = resize(images, self._rows)
        maps: list[Tensor] = self.mixing(self._network(images, self.features_channels_last))
        return maps

    def scores(self, features: Sequence[Tensor], classes: Tensor | None = None) -> Tensor:
        """The scores of images from their `features`."""
        return self._scores(features, classes, parts=1)

    def _scores(self, features: Sequence[Tensor], classes: Tensor | None, parts: int) -> Tensor:
        scored = [head(maps, parts) for head, maps in zip(self.heads, features, strict=True)]
        return paddle.concat([conditional_score(each, classes) for each in scored], axis=1)

    def scores_of_both(
        self, real: Sequence[Tensor], fake: Sequence[Tensor], classes: Tensor | None = None
    ) -> Any:
        """The scores of real and of generated images from their features.

        Together, but for the statistics of batch norm: half as many operations, twice as large.
        """
        if self._has_batch_norm and training_precision() is None:
            return super().scores_of_both(real, fake, classes)
        together = [paddle.concat(each) for each in zip(real, fake, strict=True)]
        twice = None if classes is None else paddle.concat([classes, classes])
        return self._scores(together, twice, parts=2).split([len(real[0]), len(fake[0])])


def stored_parts(model: ModelSection, network: Any) -> tuple[Mixing, Layer]:
    """The parts that a checkpoint holds: the mixing of maps, and the heads.

    Args:
        model: says how large they are.
        network: the frozen one; to know their shapes its class will do, which has no weights.
    """
    sizes = [-(-model.feature_size // stride) for stride in (4, 8, 16, 32)]
    heads = nn.LayerList([_head(model, size) for size in sizes])
    return Mixing(network, model.feature_size, model.base_channels), heads


def _network(found: pretrained.Pretrained) -> Any:
    """The frozen network with the weights that were found."""
    if found.digest not in _built:
        _built[found.digest] = FROZEN_NETWORKS[found.network](found.weights)
    return _built[found.digest]


def _head(model: ModelSection, size: int) -> Layer:
    """Maps, float32 (N, base_channels, size, size), to scores, (N, score_count)."""
    inner = model.base_channels
    layers: list[Layer] = []
    while size > _SMALLEST:
        outer = model.base_channels if size > 16 else 2 * model.base_channels
        layers += [StridedConvolution(inner, outer, bias=needs_bias(model.discriminator_norm))]
        layers += [*norm(model.discriminator_norm, outer, model.batch_norm_momentum)]
        layers += [nn.LeakyReLU(model.leaky_slope)]
        inner, size = outer, -(-size // 2)
    if not layers:
        layers = [nn.Conv2D(inner, 2 * inner, 1), nn.LeakyReLU(model.leaky_slope)]
        inner = 2 * inner
    layers += [WholeConvolution(inner, score_count(model), size)]
    return LayerSequence(*with_spectral_norm(model, layers))
