"""The Inception network of the FID, up to its last pooled features.

Inception v3 (Szegedy et al. 2016, arXiv 1512.00567) as the TensorFlow graph of 2015-12-05 has it,
on which Heusel et al. 2017 (arXiv 1706.08500) define the FID: averages in the branches leave the
padding out, and the last block has a maximum where the others have an average. The names of the
layers are those of the weight files that go round, so that their keys fit.
"""

from typing import NamedTuple

import paddle
from paddle import nn
from paddle.nn import functional as F

from lsgan.arrays import Layer, Tensor

DIMENSIONS = 2048
_SIZE = 299


class _Conv(NamedTuple):
    """A convolution with batch norm and ReLU: its name, width, kernel, stride and padding."""

    name: str
    width: int
    kernel: tuple[int, int] = (1, 1)
    stride: int = 1
    padding: tuple[int, int] = (0, 0)


# A step of a branch: a convolution, several side by side, or a pooling by its name.
_Step = _Conv | tuple[_Conv, ...] | str
_Branches = list[list[_Step]]


def _same(name: str, width: int, height: int, breadth: int) -> _Conv:
    """A convolution of this kernel that keeps the size."""
    return _Conv(name, width, (height, breadth), 1, (height // 2, breadth // 2))


def _half(name: str, width: int) -> _Conv:
    """A 3×3 convolution that halves the size."""
    return _Conv(name, width, (3, 3), 2)


def _block_a(pooled: int) -> _Branches:
    return [
        [_Conv("branch1x1", 64)],
        [_Conv("branch5x5_1", 48), _same("branch5x5_2", 64, 5, 5)],
        [
            _Conv("branch3x3dbl_1", 64),
            _same("branch3x3dbl_2", 96, 3, 3),
            _same("branch3x3dbl_3", 96, 3, 3),
        ],
        ["average", _Conv("branch_pool", pooled)],
    ]


def _block_b() -> _Branches:
    return [
        [_half("branch3x3", 384)],
        [
            _Conv("branch3x3dbl_1", 64),
            _same("branch3x3dbl_2", 96, 3, 3),
            _half("branch3x3dbl_3", 96),
        ],
        ["halve"],
    ]


def _block_c(inner: int) -> _Branches:
    return [
        [_Conv("branch1x1", 192)],
        [
            _Conv("branch7x7_1", inner),
            _same("branch7x7_2", inner, 1, 7),
            _same("branch7x7_3", 192, 7, 1),
        ],
        [
            _Conv("branch7x7dbl_1", inner),
            _same("branch7x7dbl_2", inner, 7, 1),
            _same("branch7x7dbl_3", inner, 1, 7),
            _same("branch7x7dbl_4", inner, 7, 1),
            _same("branch7x7dbl_5", 192, 1, 7),
        ],
        ["average", _Conv("branch_pool", 192)],
    ]


def _block_d() -> _Branches:
    return [
        [_Conv("branch3x3_1", 192), _half("branch3x3_2", 320)],
        [
            _Conv("branch7x7x3_1", 192),
            _same("branch7x7x3_2", 192, 1, 7),
            _same("branch7x7x3_3", 192, 7, 1),
            _half("branch7x7x3_4", 192),
        ],
        ["halve"],
    ]


def _block_e(pooling: str) -> _Branches:
    return [
        [_Conv("branch1x1", 320)],
        [
            _Conv("branch3x3_1", 384),
            (_same("branch3x3_2a", 384, 1, 3), _same("branch3x3_2b", 384, 3, 1)),
        ],
        [
            _Conv("branch3x3dbl_1", 448),
            _same("branch3x3dbl_2", 384, 3, 3),
            (_same("branch3x3dbl_3a", 384, 1, 3), _same("branch3x3dbl_3b", 384, 3, 1)),
        ],
        [pooling, _Conv("branch_pool", 192)],
    ]


_STEM: tuple[_Conv | str, ...] = (
    _Conv("Conv2d_1a_3x3", 32, (3, 3), 2),
    _Conv("Conv2d_2a_3x3", 32, (3, 3)),
    _same("Conv2d_2b_3x3", 64, 3, 3),
    "halve",
    _Conv("Conv2d_3b_1x1", 80),
    _Conv("Conv2d_4a_3x3", 192, (3, 3)),
    "halve",
)
_BLOCKS: dict[str, _Branches] = {
    "Mixed_5b": _block_a(32),
    "Mixed_5c": _block_a(64),
    "Mixed_5d": _block_a(64),
    "Mixed_6a": _block_b(),
    "Mixed_6b": _block_c(128),
    "Mixed_6c": _block_c(160),
    "Mixed_6d": _block_c(160),
    "Mixed_6e": _block_c(192),
    "Mixed_7a": _block_d(),
    "Mixed_7b": _block_e("average"),
    "Mixed_7c": _block_e("maximum"),
}


class _Convolution(nn.Layer):
    """What a `_Conv` describes."""

    def __init__(self, inner: int, spec: _Conv) -> None:
        super().__init__()
        self.conv = nn.Conv2D(
            inner, spec.width, spec.kernel, spec.stride, spec.padding, bias_attr=False
        )
        self.bn = nn.BatchNorm2D(spec.width, epsilon=0.001)

    def forward(self, maps: Tensor) -> Tensor:
        """The maps after convolution, norm and ReLU."""
        return F.relu(self.bn(self.conv(maps)))


class _Block(nn.Layer):
    """Branches side by side, their maps put behind one another."""

    def __init__(self, inner: int, branches: _Branches) -> None:
        super().__init__()
        self._branches = branches
        self.width = 0
        for branch in branches:
            width = inner
            for step in branch:
                specs = (step,) if isinstance(step, _Conv) else step
                if isinstance(specs, str):
                    continue
                for spec in specs:
                    self.add_sublayer(spec.name, _Convolution(width, spec))
                width = sum(spec.width for spec in specs)
            self.width += width

    def forward(self, maps: Tensor) -> Tensor:
        """The maps of all branches."""
        return paddle.concat([self._branch(maps, branch) for branch in self._branches], 1)

    def _branch(self, maps: Tensor, branch: list[_Step]) -> Tensor:
        for step in branch:
            if isinstance(step, str):
                maps = _pooled(maps, step)
            elif isinstance(step, _Conv):
                maps = getattr(self, step.name)(maps)
            else:
                maps = paddle.concat([getattr(self, spec.name)(maps) for spec in step], 1)
        return maps


class Inception(nn.Layer):
    """Images of 0 to 255, float32 (N, 3, height, width), to features, float32 (N, 2048)."""

    def __init__(self) -> None:
        super().__init__()
        width = 3
        for step in _STEM:
            if isinstance(step, _Conv):
                self.add_sublayer(step.name, _Convolution(width, step))
                width = step.width
        for name, branches in _BLOCKS.items():
            block = _Block(width, branches)
            self.add_sublayer(name, block)
            width = block.width

    def forward(self, images: Tensor) -> Tensor:
        """The features of `images`."""
        maps = (enlarged(images, _SIZE) - 128.0) / 128.0
        for step in _STEM:
            maps = _pooled(maps, step) if isinstance(step, str) else getattr(self, step.name)(maps)
        for name in _BLOCKS:
            maps = getattr(self, name)(maps)
        return maps.mean([2, 3])


def _pooled(maps: Tensor, kind: str) -> Tensor:
    if kind == "average":
        return F.avg_pool2d(maps, 3, 1, 1, exclusive=True)
    return F.max_pool2d(maps, 3, 1, 1) if kind == "maximum" else F.max_pool2d(maps, 3, 2)


def enlarged(images: Tensor, size: int) -> Tensor:
    """Images scaled to `size`×`size` as TensorFlow 1 does: bilinear, corners at the corner.

    Pixel i of the result lies at i·old/new of the original, not at its centre as elsewhere. The
    published FID was measured like this, and it shows in the third digit.
    """
    height, width = images.shape[2:]
    return paddle.matmul(
        paddle.matmul(_weights(height, size), images), _weights(width, size), transpose_y=True
    )


def _weights(old: int, new: int) -> Layer:
    """What each of `new` pixels takes of each of `old` ones: float32 (new, old)."""
    place = paddle.arange(new, dtype="float64") * (old / new)
    low = place.floor()
    share = (place - low).unsqueeze(1)
    low = low.astype("int64")
    high = (low + 1).clip(max=old - 1)
    weights = (1 - share) * F.one_hot(low, old) + share * F.one_hot(high, old)
    return weights.astype("float32")
