"""A discriminator on the features of a frozen network ("projected GANs").

Sauer et al. 2021, arXiv 2111.01007. The images are not judged by their pixels but by the feature
maps that a network trained on ImageNet makes of them. Frozen random convolutions mix the channels
of each map and carry the coarse maps up to the fine ones, so that no part of the features is easily
overlooked; a small head at each scale, which learns, gives one score. All scores count alike.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
import paddle
from paddle import nn
from paddle.nn import functional as F

from lsgan import pretrained, random
from lsgan.arrays import Floats, Layer, Tensor
from lsgan.config import ModelSection
from lsgan.networks.convolutions import bounded
from lsgan.networks.discrimination import FeatureDiscriminator
from lsgan.networks.efficientnet import EfficientNetLite0
from lsgan.networks.norms import needs_bias, norm
from lsgan.networks.resnet import ResNet18
from lsgan.networks.strided import StridedConvolution
from lsgan.networks.upsampling import resampling, resize, upsample
from lsgan.networks.whole import WholeConvolution

# Heads halve maps until they are so small.
_SMALLEST = 4
_CALIBRATION_IMAGES = 16
_NETWORKS = {"efficientnet-lite0": EfficientNetLite0, "resnet18": ResNet18}
# Built once a process, since a discriminator is built anew when a run is rolled back.
_built: dict[str, Any] = {}


class Discriminator(FeatureDiscriminator):
    """Images, float32 (N, channels, size, size) in [−1, 1], to one score a head, float32 (N, 4).

    Attributes:
        feature_digest: of the frozen network's weights, which are in no checkpoint.
    """

    has_frozen_features = True

    def __init__(self, model: ModelSection) -> None:
        super().__init__()
        found = pretrained.load(model.feature_network, model.feature_weights)
        self.feature_digest = found.digest
        # Neither a layer nor parameters: it is in no state dictionary and in no optimizer.
        self._network = _network(found)
        self._rows = paddle.to_tensor(resampling(model.size, model.feature_size))
        self.mixing = _Mixing(self._network, model.feature_size, model.base_channels)
        self._has_batch_norm = model.discriminator_norm == "batch"
        sizes = [-(-model.feature_size // stride) for stride in (4, 8, 16, 32)]
        self.heads = nn.LayerList([_head(model, size) for size in sizes])

    def features(self, images: Tensor) -> list[Tensor]:
        """The mixed maps of `images`, the finest first, through which gradients pass."""
        if images.shape[1] == 1:
            images = images.expand([-1, 3, -1, -1])
        maps: list[Tensor] = self.mixing(self._network(resize(images, self._rows)))
        return maps

    def scores(self, features: Sequence[Tensor]) -> Tensor:
        """The scores of images from their `features`."""
        scored = [head(maps) for head, maps in zip(self.heads, features, strict=True)]
        return paddle.concat([each.reshape([-1, 1]) for each in scored], axis=1)

    def scores_of_both(self, real: Sequence[Tensor], fake: Sequence[Tensor]) -> Any:
        """The scores of real and of generated images from their features.

        Together, unless batch norm would mix them: half as many operations, twice as large.
        """
        if self._has_batch_norm:
            return super().scores_of_both(real, fake)
        together = [paddle.concat(each) for each in zip(real, fake, strict=True)]
        return self.scores(together).split([len(real[0]), len(fake[0])])


class _Mixing(nn.Layer):
    """Frozen random cross-channel and cross-scale mixing (the paper's CCM and CSM).

    Args:
        network: the frozen network.
        size: rows and columns of the images that it is given.
        outer: channels of the mixed maps.
    """

    def __init__(self, network: Any, size: int, outer: int) -> None:
        super().__init__()
        self._network, self._size = network, size
        self._levels = range(len(network.channels))
        for level, channels in enumerate(network.channels):
            self.register_buffer(f"cross_channel_{level}", paddle.zeros([outer, channels, 1, 1]))
            if level:
                self.register_buffer(f"cross_scale_{level}", paddle.zeros([outer, outer, 3, 3]))

    def draw_weights(self, seed: int) -> None:
        """Set the weights at random, for good, such that mixed maps have a deviation of about 1.

        A network's maps have deviations of 3 to 9, and the larger what a head sees, the surer it
        may be: spectral norm bounds only by how much its scores differ as a share of that.
        """
        numbers = random.stream(seed, "mixing of features")
        for buffer in self.buffers():
            buffer.set_value(numbers.standard_normal(buffer.shape).astype("float32"))
            buffer.stop_gradient = True
        with paddle.no_grad():
            maps = self._network(paddle.to_tensor(_pink_noise(numbers, self._size)))
            for level in reversed(self._levels):
                cross_channel = getattr(self, f"cross_channel_{level}")
                cross_channel.set_value(cross_channel / F.conv2d(maps[level], cross_channel).std())
                # What is added from above has as much weight as the maps of this level.
                mixed = self(maps)[level]
                if level:
                    cross_scale = getattr(self, f"cross_scale_{level}")
                    cross_scale.set_value(
                        cross_scale / F.conv2d(mixed, cross_scale, padding=1).std()
                    )

    def forward(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Maps of the same sizes, all with as many channels."""
        mixed: list[Tensor] = []
        for level in reversed(self._levels):
            made = F.conv2d(maps[level], getattr(self, f"cross_channel_{level}"))
            if mixed:
                carried = F.conv2d(mixed[-1], getattr(self, f"cross_scale_{level + 1}"), padding=1)
                # Of two maps of deviation 1 and unlike each other the sum has √2.
                made = (made + upsample(carried, made.shape[-1])) * 0.5**0.5
            mixed.append(made)
        return mixed[::-1]


def _pink_noise(numbers: np.random.Generator, size: int) -> Floats:
    """Noise that is as rough at each scale as photographs are: float32 (16, 3, size, size)."""
    images = np.zeros((_CALIBRATION_IMAGES, 3, size, size), np.float32)
    cells = 2
    while cells <= size:
        rows = resampling(cells, size)
        images += (
            rows
            @ numbers.standard_normal((_CALIBRATION_IMAGES, 3, cells, cells), np.float32)
            @ rows.T
        )
        cells *= 2
    return np.asarray(np.clip(0.5 * images / images.std(), -1, 1), np.float32)


def _network(found: pretrained.Pretrained) -> Any:
    """The frozen network with the weights that were found."""
    if found.digest not in _built:
        _built[found.digest] = _NETWORKS[found.network](found.weights)
    return _built[found.digest]


def _head(model: ModelSection, size: int) -> Layer:
    """Maps, float32 (N, base_channels, size, size), to scores, (N, 1)."""
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
    layers += [WholeConvolution(inner, 1, size)]
    return nn.Sequential(*bounded(model, layers))
