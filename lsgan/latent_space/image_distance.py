"""How much two images differ to the eye: on the features of a pretrained network, and on pixels.

The features are compared as Zhang et al. 2018, arXiv 1801.03924, do it, but for their learned
weights: at each place the vector of all channels is scaled to length 1. Where no weights of the
network are installed, pixels alone are compared.
"""

from collections.abc import Sequence

import paddle
from paddle.nn import functional as F

from lsgan import pretrained
from lsgan.arrays import Floats, Tensor
from lsgan.config import ModelSection
from lsgan.ops.upsampling import resampling, resize
from lsgan.pretrained.efficientnet import EfficientNetLite0

_NETWORK = "efficientnet-lite0"
# Height and width of the images that the network is given.
_SIZE = 96
# Pixels are averaged over squares of these widths first: a photograph's details are never met, its
# colours and shapes are.
_WIDTHS = (2, 4, 8)
_EPSILON = 1e-8


class ImageDistance:
    """The distance between images, 0 for the same.

    Args:
        model: says how large the images are.

    Attributes:
        name: what is compared, in words.
    """

    def __init__(self, model: ModelSection) -> None:
        found = pretrained.find(_NETWORK)
        self._network = EfficientNetLite0(found.weights) if found else None
        self._rows = paddle.to_tensor(resampling(model.size, _SIZE))
        self.name = f"{_NETWORK} features and pixels" if found else "pixels"

    def features(self, images: Tensor) -> list[Tensor]:
        """What is compared of `images`, float32 (N, 1 or 3, size, size) in [−1, 1]."""
        parts = [F.avg_pool2d(images, width, width) for width in _WIDTHS]
        if self._network is None:
            return parts
        if images.shape[1] == 1:
            images = images.expand([-1, 3, -1, -1])
        maps = self._network(resize(images, self._rows))
        return parts + [
            each / (each.square().sum(1, keepdim=True) + _EPSILON).sqrt() for each in maps
        ]

    def between(self, one: Sequence[Tensor], other: Sequence[Tensor]) -> Tensor:
        """The distances, float32 (N,), between images by their features; one side may be of one."""
        count = len(_WIDTHS)
        pixels = [
            (a - b).abs().mean([1, 2, 3]) for a, b in zip(one[:count], other[:count], strict=True)
        ]
        maps = [
            (a - b).square().sum(1).mean([1, 2])
            for a, b in zip(one[count:], other[count:], strict=True)
        ]
        distance = sum(pixels) / len(pixels)
        return distance + sum(maps) / len(maps) if maps else distance


def rows(features: Sequence[Tensor], places: Floats) -> list[Tensor]:
    """The features of some of the images, int64 places (M,), repeated as they are."""
    index = paddle.to_tensor(places)
    return [paddle.gather(each, index) for each in features]
