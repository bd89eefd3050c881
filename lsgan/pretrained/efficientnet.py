"""EfficientNet-lite0 up to its last block, frozen: images to feature maps of four sizes.

Tan and Le 2019, arXiv 1905.11946; the lite variants have no squeeze-and-excitation and ReLU6 in
place of swish (github.com/tensorflow/tpu, models/official/efficientnet/lite). The batch norms are
folded into the convolutions, so every layer is a convolution with a bias. Gradients pass through to
the images; the weights have none, and are in no state dictionary.
"""

import paddle
from paddle.nn import functional as F

from lsgan.arrays import Arrays, Tensor
from lsgan.ops.cpu_arrays import use_kernels
from lsgan.ops.frozen_kernels import Network
from lsgan.ops.frozen_layers import Block, Convolution, padding

# How often a block comes, its output channels, by how much it widens them, its kernel, its stride.
_STAGES = (
    (1, 16, 1, 3, 1),
    (2, 24, 6, 3, 2),
    (2, 40, 6, 5, 2),
    (3, 80, 6, 3, 2),
    (3, 112, 6, 5, 1),
    (4, 192, 6, 5, 2),
    (1, 320, 6, 3, 1),
)
# The last block of each resolution.
_TAPPED = (2, 4, 10, 15)


class EfficientNetLite0:
    """Images, float32 (N, 3, S, S) in [−1, 1], to four feature maps.

    They have 24, 40, 112 and 320 channels and S/4, S/8, S/16 and S/32 rows and columns, rounded up.

    Args:
        weights: the folded ones, as `lsgan.pretrained.load` gives them.
    """

    channels = (24, 40, 112, 320)

    def __init__(self, weights: Arrays) -> None:
        self._blocks = blocks(weights)
        self._kernels = Network(self._blocks)
        self._tensors: list[list[tuple[Tensor, Tensor]]] | None = None

    def __call__(self, images: Tensor, channels_last: bool = False) -> list[Tensor]:
        """The feature maps of `images`, the finest first.

        Args:
            images: as above.
            channels_last: whether Paddle's layers have maps with their channels last inside.
        """
        if use_kernels(images):
            return self._kernels(images)
        return self._by_paddle(images, channels_last)

    def _by_paddle(self, images: Tensor, channels_last: bool = False) -> list[Tensor]:
        """The same by Paddle's own layers, on any device and in any precision."""
        if self._tensors is None:
            self._tensors = [
                [(paddle.to_tensor(each.weight), paddle.to_tensor(each.bias)) for each in convs]
                for convs, *_ in self._blocks
            ]
        data_format = "NHWC" if channels_last else "NCHW"
        images = images.transpose([0, 2, 3, 1]) if channels_last else images
        maps = []
        for block, tensors in zip(self._blocks, self._tensors, strict=True):
            given = images
            for convolution, (weight, bias) in zip(block.convolutions, tensors, strict=True):
                images = _apply(convolution, images, weight, bias, data_format)
            images = images + given if block.residual else images
            if block.tapped:
                maps.append(images.transpose([0, 3, 1, 2]) if channels_last else images)
        return maps


def blocks(weights: Arrays) -> list[Block]:
    """The network's blocks: its first convolution, then sixteen inverted bottlenecks."""

    def convolution(name: str, stride: int, clipped: bool) -> Convolution:
        weight, bias = weights[f"{name}.weight"], weights[f"{name}.bias"]
        return Convolution(weight, bias, stride, name.endswith(".depthwise"), clipped)

    found = [Block([convolution("stem", 2, clipped=True)], residual=False, tapped=False)]
    inner, number = 32, 0
    for repeats, outer, factor, _, stride in _STAGES:
        for repeat in range(repeats):
            name, step = f"block{number}", 1 if repeat else stride
            layers = [convolution(f"{name}.expand", 1, clipped=True)] if factor > 1 else []
            layers += [convolution(f"{name}.depthwise", step, clipped=True)]
            layers += [convolution(f"{name}.project", 1, clipped=False)]
            found.append(Block(layers, step == 1 and inner == outer, number in _TAPPED))
            inner, number = outer, number + 1
    return found


def shapes() -> dict[str, tuple[int, ...]]:
    """The names and shapes of the folded weights."""
    found: dict[str, tuple[int, ...]] = {"stem.weight": (32, 3, 3, 3), "stem.bias": (32,)}
    inner, number = 32, 0
    for repeats, outer, factor, kernel, _ in _STAGES:
        for _ in range(repeats):
            wide, name = inner * factor, f"block{number}"
            if factor > 1:
                found |= {f"{name}.expand.weight": (wide, inner, 1, 1)}
                found |= {f"{name}.expand.bias": (wide,)}
            found |= {f"{name}.depthwise.weight": (wide, 1, kernel, kernel)}
            found |= {f"{name}.depthwise.bias": (wide,)}
            found |= {f"{name}.project.weight": (outer, wide, 1, 1)}
            found |= {f"{name}.project.bias": (outer,)}
            inner, number = outer, number + 1
    return found


def _apply(
    convolution: Convolution, images: Tensor, weight: Tensor, bias: Tensor, data_format: str
) -> Tensor:
    # Of square maps the third is rows or columns in either format.
    size, kernel, stride = images.shape[2], convolution.weight.shape[-1], convolution.stride
    before, after = padding(size, kernel, stride)
    groups = len(convolution.weight) if convolution.depthwise else 1
    edges = [before, after, before, after]
    made = F.conv2d(images, weight, bias, stride, edges, groups=groups, data_format=data_format)
    return F.relu6(made) if convolution.clipped else made
