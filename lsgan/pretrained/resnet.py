"""ResNet-18 without its classifier, frozen: images to feature maps of four sizes.

He et al. 2016, arXiv 1512.03385, as Paddle and PyTorch have it. The batch norms are folded into the
convolutions, so every layer is a convolution with a bias. Gradients pass through to the images; the
weights have none, and are in no state dictionary.
"""

import paddle
from paddle.nn import functional as F

from lsgan.arrays import Arrays, Tensor

# What the network's training took from images in [0, 1] and divided them by, for each colour.
_MEAN = (0.485, 0.456, 0.406)
_DEVIATION = (0.229, 0.224, 0.225)
_BLOCKS = 2


class ResNet18:
    """Images, float32 (N, 3, H, W) in [−1, 1], to four feature maps.

    They have 64, 128, 256 and 512 channels, and H/4, H/8, H/16 and H/32 rows, rounded up; columns
    likewise.

    Args:
        weights: the folded ones, as `lsgan.pretrained.load` gives them.
    """

    channels = (64, 128, 256, 512)

    def __init__(self, weights: Arrays) -> None:
        # Plain tensors: a layer's parameters would be saved and trained.
        self._weights = {
            key: paddle.to_tensor(weights[key], stop_gradient=True) for key in shapes()
        }
        self._mean = paddle.to_tensor(_MEAN).reshape((1, 3, 1, 1))
        self._deviation = paddle.to_tensor(_DEVIATION).reshape((1, 3, 1, 1))

    def __call__(self, images: Tensor, channels_last: bool = False) -> list[Tensor]:
        """The feature maps of `images`, the finest first.

        Args:
            images: as above.
            channels_last: whether maps have their channels last inside.
        """
        self._data_format = "NHWC" if channels_last else "NCHW"
        scaled = ((images + 1) / 2 - self._mean) / self._deviation
        scaled = scaled.transpose([0, 2, 3, 1]) if channels_last else scaled
        found = F.relu(self._convolve(scaled, "conv1", stride=2))
        found = F.max_pool2d(found, 3, stride=2, padding=1, data_format=self._data_format)
        maps = []
        for stage in range(1, len(self.channels) + 1):
            for block in range(_BLOCKS):
                stride = 2 if stage > 1 and block == 0 else 1
                found = self._block(found, f"layer{stage}.{block}", stride)
            maps.append(found.transpose([0, 3, 1, 2]) if channels_last else found)
        return maps

    def _block(self, given: Tensor, name: str, stride: int) -> Tensor:
        made = F.relu(self._convolve(given, f"{name}.conv1", stride))
        made = self._convolve(made, f"{name}.conv2")
        short = f"{name}.downsample.0"
        if f"{short}.weight" in self._weights:
            given = self._convolve(given, short, stride)
        return F.relu(made + given)

    def _convolve(self, images: Tensor, name: str, stride: int = 1) -> Tensor:
        weight, bias = self._weights[f"{name}.weight"], self._weights[f"{name}.bias"]
        padding = weight.shape[-1] // 2
        return F.conv2d(images, weight, bias, stride, padding, data_format=self._data_format)


def shapes() -> dict[str, tuple[int, ...]]:
    """The names and shapes of the folded weights."""
    found: dict[str, tuple[int, ...]] = {"conv1.weight": (64, 3, 7, 7)}
    inner = 64
    for stage, outer in enumerate(ResNet18.channels, start=1):
        for block in range(_BLOCKS):
            name = f"layer{stage}.{block}"
            found[f"{name}.conv1.weight"] = (outer, inner, 3, 3)
            found[f"{name}.conv2.weight"] = (outer, outer, 3, 3)
            if inner != outer:
                found[f"{name}.downsample.0.weight"] = (outer, inner, 1, 1)
            inner = outer
    return found | {key.replace("weight", "bias"): shape[:1] for key, shape in found.items()}
