"""A frozen network's convolutions on a CPU: forwards, and backwards to the images alone.

Paddle's own depthwise convolutions take ten times as long as they need to. Here each thread takes a
share of the images through the whole network, so that no layer waits for another thread and what
lies between two layers stays in the cache. Maps are held channels first, (C, n, h, w): then a 1×1
convolution is one matrix product for all images, and a depthwise one a product for each channel, of
its rows with a band matrix, or of whole small maps with a full one.
"""

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from paddle.autograd import PyLayer

from lsgan.arrays import Floats, Tensor
from lsgan.networks.strided import as_array, as_tensor
from lsgan.threads import each, shares, threads

# A thread takes at most so many images at a time.
_IMAGES = 16
# Maps of up to so many values are multiplied whole.
_SMALL = 64
_CLIP = np.float32(6)


class Convolution(Protocol):
    """What is asked of a convolution: see `lsgan.networks.efficientnet.Convolution`."""

    @property
    def weight(self) -> Floats: ...  # noqa: D102
    @property
    def bias(self) -> Floats: ...  # noqa: D102
    @property
    def stride(self) -> int: ...  # noqa: D102
    @property
    def depthwise(self) -> bool: ...  # noqa: D102
    @property
    def clipped(self) -> bool: ...  # noqa: D102


class Block(Protocol):
    """What is asked of a block: see `lsgan.networks.efficientnet.Block`."""

    @property
    def convolutions(self) -> Sequence[Convolution]: ...  # noqa: D102
    @property
    def residual(self) -> bool: ...  # noqa: D102
    @property
    def tapped(self) -> bool: ...  # noqa: D102


def padding(size: int, kernel: int, stride: int) -> tuple[int, int]:
    """Rows before and after a map of `size` rows, as TensorFlow's "SAME" has them."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


class Network:
    """Blocks of frozen convolutions.

    Args:
        blocks: from the images inwards.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = blocks
        # What a layer multiplies with depends on the size of its maps.
        self._prepared: dict[int, list[list[_Layer]]] = {}

    def __call__(self, images: Tensor) -> list[Tensor]:
        """The maps of the tapped blocks of `images`, float32 (N, 3, S, S)."""
        return list(_Maps.apply(images, self))

    def layers(self, size: int) -> list[list["_Layer"]]:
        """The layers of each block for images of `size` rows and columns."""
        if size not in self._prepared:
            found: list[list[_Layer]] = []
            at = size
            for block in self._blocks:
                found.append([])
                for convolution in block.convolutions:
                    found[-1].append(_layer(convolution, at))
                    at = -(-at // convolution.stride)
            self._prepared[size] = found
        return self._prepared[size]

    def forward(self, images: Floats, keep: bool) -> tuple[list[Floats], list[Any]]:
        """The tapped maps, (C, n, h, w), and what `backward` needs if it is to be kept."""
        maps, kept = [], []
        values = np.ascontiguousarray(images.transpose(1, 0, 2, 3))
        for block, layers in zip(self._blocks, self.layers(images.shape[-1]), strict=True):
            given = values
            for layer in layers:
                values = layer.forward(values)
                if keep:
                    kept.append(layer.passes(values))
            if block.residual:
                values += given
            if block.tapped:
                maps.append(values)
        return maps, kept

    def backward(self, gradients: list[Floats], kept: list[Any], size: int) -> Floats:
        """The gradient by the images, from those by the tapped maps; takes `kept` apart."""
        gradient: Floats | None = None
        for block, layers in zip(reversed(self._blocks), reversed(self.layers(size)), strict=True):
            if block.tapped:
                own = gradients.pop()
                gradient = own if gradient is None else np.add(gradient, own, out=gradient)
            if gradient is None:
                continue
            last = gradient.copy() if block.residual else gradient
            for layer in reversed(layers):
                passes = kept.pop()
                if passes is not None:
                    np.multiply(gradient, passes, out=gradient)
                gradient = layer.backward(gradient)
            if block.residual:
                gradient += last
        assert gradient is not None
        return np.asarray(gradient.transpose(1, 0, 2, 3))


class _Maps(PyLayer):
    @staticmethod
    def forward(ctx: Any, images: Tensor, network: Network) -> tuple[Tensor, ...]:
        values, needed = as_array(images), not images.stop_gradient
        ctx.network, ctx.size = network, values.shape[-1]
        ctx.parts = shares(len(values), min(_IMAGES, -(-len(values) // threads())))
        network.layers(ctx.size)
        found = each(lambda part: network.forward(values[part], needed), ctx.parts)
        ctx.kept = [kept for _, kept in found]
        return tuple(
            as_tensor(np.concatenate([each_map.transpose(1, 0, 2, 3) for each_map in level]))
            for level in zip(*(maps for maps, _ in found), strict=True)
        )

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> Tensor:
        arrays = [as_array(gradient) for gradient in gradients]

        def part(number: int) -> Floats:
            own = [
                np.array(array[ctx.parts[number]].transpose(1, 0, 2, 3), order="C")
                for array in arrays
            ]
            found: Floats = ctx.network.backward(own, ctx.kept[number], ctx.size)
            return found

        found = each(part, range(len(ctx.parts)))
        return as_tensor(np.concatenate(found))


class _Layer:
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

    def convolve(self, values: Floats) -> Floats:
        """The convolution alone."""
        raise NotImplementedError

    def backward(self, gradient: Floats) -> Floats:
        """The transposed convolution."""
        raise NotImplementedError


class _Pointwise(_Layer):
    """A 1×1 convolution of stride 1: one matrix product."""

    def __init__(self, convolution: Convolution, size: int) -> None:
        super().__init__(convolution, size)
        self.matrix = convolution.weight[:, :, 0, 0]
        self.transposed = np.ascontiguousarray(self.matrix.T)

    def convolve(self, values: Floats) -> Floats:
        flat = self.matrix @ values.reshape(len(values), -1)
        return flat.reshape(-1, *values.shape[1:])

    def backward(self, gradient: Floats) -> Floats:
        flat = self.transposed @ gradient.reshape(len(gradient), -1)
        return flat.reshape(-1, *gradient.shape[1:])


class _Rows(_Layer):
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
        channels, count, size, _ = values.shape
        rows = np.zeros((channels, count, self.made, self.kernel, size), np.float32)
        for tap, (target, source) in enumerate(self._overlaps()):
            rows[:, :, target, tap] = values[:, :, source]
        flat: Floats = np.matmul(rows.reshape(channels, count * self.made, -1), self.bands)
        return flat.reshape(channels, count, self.made, self.made)

    def backward(self, gradient: Floats) -> Floats:
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


class _Whole(_Layer):
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
        made: Floats = np.matmul(values.reshape(*values.shape[:2], -1), self.matrices)
        return made.reshape(*values.shape[:2], self.made, self.made)

    def backward(self, gradient: Floats) -> Floats:
        made: Floats = np.matmul(gradient.reshape(*gradient.shape[:2], -1), self.transposed)
        return made.reshape(*gradient.shape[:2], self.size, self.size)


class _Dense(_Layer):
    """A convolution across channels with a kernel: one product with the patches."""

    def __init__(self, convolution: Convolution, size: int) -> None:
        super().__init__(convolution, size)
        self.kernel = convolution.weight.shape[-1]
        self.edges = padding(size, self.kernel, convolution.stride)
        self.matrix = convolution.weight.reshape(len(convolution.weight), -1)
        self.transposed = np.ascontiguousarray(self.matrix.T)

    def convolve(self, values: Floats) -> Floats:
        inner, count = values.shape[:2]
        padded = np.pad(values, [(0, 0), (0, 0), self.edges, self.edges])
        patches = np.empty((inner, self.kernel**2, count, self.made, self.made), np.float32)
        for tap, window in enumerate(self._windows(padded)):
            patches[:, tap] = window
        flat = self.matrix @ patches.reshape(len(self.transposed), -1)
        return flat.reshape(-1, count, self.made, self.made)

    def backward(self, gradient: Floats) -> Floats:
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


def _layer(convolution: Convolution, size: int) -> _Layer:
    if convolution.depthwise:
        return (_Whole if size * size <= _SMALL else _Rows)(convolution, size)
    return (_Pointwise if convolution.weight.shape[-1] == 1 else _Dense)(convolution, size)
