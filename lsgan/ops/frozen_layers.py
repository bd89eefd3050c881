"""The layers of a frozen network on a CPU, each a convolution for maps of one size.

`frozen_kernels.py` runs them. Maps are held channels first, (C, n, h, w): then a 1×1
convolution is one matrix product for all images, and a depthwise one a product for each channel, of
its rows with a band matrix, or of whole small maps with a full one.
"""

from abc import ABC, abstractmethod
from typing import Any, NamedTuple

import numpy as np

from lsgan.arrays import Floats

# Maps of up to so many values are multiplied whole.
_SMALL = 64
_CLIP = np.float32(6)


class Convolution(NamedTuple):
    """A convolution padded as TensorFlow's "SAME" is, followed by ReLU6 if it is clipped.

    Attributes:
        weight: float32 (outer, inner, k, k); of a depthwise one (channels, 1, k, k).
        bias: float32 (outer,).
        stride: 1 or 2.
        depthwise: whether each channel has a filter of its own.
        clipped: whether ReLU6 follows.
    """

    weight: Floats
    bias: Floats
    stride: int
    depthwise: bool
    clipped: bool


class Block(NamedTuple):
    """Convolutions one after another.

    Attributes:
        convolutions: the first takes what the block is given.
        residual: whether what the block is given is added to what the last one makes.
        tapped: whether what comes out is one of the network's feature maps.
    """

    convolutions: list[Convolution]
    residual: bool
    tapped: bool


def padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Rows before and after a map of `size` rows, as TensorFlow's "SAME" has them."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class FrozenLayer(ABC):
    """A convolution for maps of one size.

    Args:
        convolution: its weights.
        size: rows and columns of what it is given.
    """

    def __init__(self, convolution: Convolution, size: int) -> None:
        self.convolution, self.size = convolution, size
        self.made = -(-size // convolution.stride)
        self.bias = np.ascontiguousarray(convolution.bias[:, None])

    def forward(self, values: Floats) -> Floats:
        """From (inner, n, h, w) to (outer, n, h', w'), clipped if so set."""
        made = self.convolve(values)
        flat = made.reshape(len(made), -1)
        flat += self.bias
        if self.convolution.clipped:
            np.clip(flat, 0, _CLIP, out=flat)
        return made

    def passes(self, made: Floats) -> Any:
        """Where ReLU6 lets gradients through, of the shape of `made`; None where none is."""
        if not self.convolution.clipped:
            return None
        return (made > 0) & (made < _CLIP)

    @abstractmethod
    def convolve(self, values: Floats) -> Floats:
        """The convolution alone."""

    @abstractmethod
    def backward(self, gradient: Floats) -> Floats:
        """The transposed convolution."""


class Pointwise(FrozenLayer):
    """A 1×1 convolution of stride 1: one matrix product."""

    def __init__(self, convolution: Convolution, size: int) -> None:
        super().__init__(convolution, size)
        self.matrix = convolution.weight[:, :, 0, 0]
        self.transposed = np.ascontiguousarray(self.matrix.T)

    def convolve(self, values: Floats) -> Floats:
        """One product for all images."""
        flat = self.matrix @ values.reshape(len(values), -1)
        return flat.reshape(-1, *values.shape[1:])

    def backward(self, gradient: Floats) -> Floats:
        """One product with the transposed weights."""
        flat = self.transposed @ gradient.reshape(len(gradient), -1)
        return flat.reshape(-1, *gradient.shape[1:])


class Rows(FrozenLayer):
    """A depthwise convolution as products of rows: k of them at a time, beside each other."""

    def __init__(self, convolution: Convolution, size: int) -> None:
        super().__init__(convolution, size)
        kernel, stride = convolution.weight.shape[-1], convolution.stride
        before, after = padding(size, kernel, stride)
        self.kernel, self.before, self.after = kernel, before, after
        bands = np.zeros((len(convolution.weight), kernel, size, self.made), np.float32)
        for column in range(self.made):
            for tap in range(kernel):
                source = column * stride + tap - before
                if 0 <= source < size:
                    bands[:, :, source, column] = convolution.weight[:, 0, :, tap]
        self.bands = bands.reshape(len(bands), kernel * size, self.made)
        self.transposed = np.ascontiguousarray(self.bands.transpose(0, 2, 1))

    def convolve(self, values: Floats) -> Floats:
        """The rows that each row is made of, beside each other, times a band matrix."""
        channels, count, size, _ = values.shape
        rows = np.zeros((channels, count, self.made, self.kernel, size), np.float32)
        for tap, (target, source) in enumerate(self._overlaps()):
            rows[:, :, target, tap] = values[:, :, source]
        flat: Floats = np.matmul(rows.reshape(channels, count * self.made, -1), self.bands)
        return flat.reshape(channels, count, self.made, self.made)

    def backward(self, gradient: Floats) -> Floats:
        """The same backwards: what rows share is added up."""
        channels, count = gradient.shape[:2]
        flat = np.matmul(gradient.reshape(channels, -1, self.made), self.transposed)
        rows = flat.reshape(channels, count, self.made, self.kernel, self.size)
        values = np.zeros((channels, count, self.size, self.size), np.float32)
        for tap, (target, source) in enumerate(self._overlaps()):
            values[:, :, source] += rows[:, :, target, tap]
        return values

    def _overlaps(self) -> list[tuple[slice, slice]]:
        """For each row of the kernel: which rows are made, from which of those given."""
        stride, found = self.convolution.stride, []
        for tap in range(self.kernel):
            offset = tap - self.before
            first = max(0, -(offset // stride)) if offset < 0 else 0
            last = min(self.made, (self.size - 1 - offset) // stride + 1)
            start = first * stride + offset
            source = slice(start, start + (last - first) * stride, stride)
            found.append((slice(first, last), source))
        return found


class Whole(FrozenLayer):
    """A depthwise convolution of small maps: each is multiplied whole."""

    def __init__(self, convolution: Convolution, size: int) -> None:
        super().__init__(convolution, size)
        kernel, stride, made = convolution.weight.shape[-1], convolution.stride, self.made
        before, _ = padding(size, kernel, stride)
        full = np.zeros((len(convolution.weight), size, size, made, made), np.float32)
        for row, column in np.ndindex(made, made):
            for down, right in np.ndindex(kernel, kernel):
                y, x = row * stride + down - before, column * stride + right - before
                if 0 <= y < size and 0 <= x < size:
                    full[:, y, x, row, column] = convolution.weight[:, 0, down, right]
        self.matrices = full.reshape(len(full), size**2, made**2)
        self.transposed = np.ascontiguousarray(self.matrices.transpose(0, 2, 1))

    def convolve(self, values: Floats) -> Floats:
        """One product a channel, of maps laid out flat."""
        made: Floats = np.matmul(values.reshape(*values.shape[:2], -1), self.matrices)
        return made.reshape(*values.shape[:2], self.made, self.made)

    def backward(self, gradient: Floats) -> Floats:
        """One product a channel with the transposed matrix."""
        made: Floats = np.matmul(gradient.reshape(*gradient.shape[:2], -1), self.transposed)
        return made.reshape(*gradient.shape[:2], self.size, self.size)


class Dense(FrozenLayer):
    """A convolution across channels with a kernel: one product with the patches."""

    def __init__(self, convolution: Convolution, size: int) -> None:
        super().__init__(convolution, size)
        self.kernel = convolution.weight.shape[-1]
        self.edges = padding(size, self.kernel, convolution.stride)
        self.matrix = convolution.weight.reshape(len(convolution.weight), -1)
        self.transposed = np.ascontiguousarray(self.matrix.T)

    def convolve(self, values: Floats) -> Floats:
        """What each tap sees, beside each other, times the weights."""
        inner, count = values.shape[:2]
        padded = np.pad(values, [(0, 0), (0, 0), self.edges, self.edges])
        patches = np.empty((inner, self.kernel**2, count, self.made, self.made), np.float32)
        for tap, window in enumerate(self._windows(padded)):
            patches[:, tap] = window
        flat = self.matrix @ patches.reshape(len(self.transposed), -1)
        return flat.reshape(-1, count, self.made, self.made)

    def backward(self, gradient: Floats) -> Floats:
        """The same backwards: what patches share is added up."""
        count, stretch = gradient.shape[1], self.size + sum(self.edges)
        inner = len(self.transposed) // self.kernel**2
        flat = self.transposed @ gradient.reshape(len(gradient), -1)
        patches = flat.reshape(inner, self.kernel**2, count, self.made, self.made)
        padded = np.zeros((inner, count, stretch, stretch), np.float32)
        for tap, window in enumerate(self._windows(padded)):
            window += patches[:, tap]
        inside = slice(self.edges[0], self.edges[0] + self.size)
        return np.asarray(padded[:, :, inside, inside])

    def _windows(self, padded: Floats) -> list[Floats]:
        """Views of what each tap of the kernel sees."""
        stride = self.convolution.stride
        reach = (self.made - 1) * stride + 1
        return [
            padded[:, :, down : down + reach : stride, right : right + reach : stride]
            for down, right in np.ndindex(self.kernel, self.kernel)
        ]


def frozen_layer(convolution: Convolution, size: int) -> FrozenLayer:
    """The fastest layer there is for a convolution of maps of `size` rows and columns."""
    if convolution.depthwise:
        return (Whole if size * size <= _SMALL else Rows)(convolution, size)
    return (Pointwise if convolution.weight.shape[-1] == 1 else Dense)(convolution, size)
