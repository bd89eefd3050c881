"""A frozen network's convolutions on a CPU: forwards, and backwards to the images alone.

Paddle's own depthwise convolutions take ten times as long as they need to. Here each thread takes a
share of the images through the whole network, so that no layer waits for another thread and what
lies between two layers stays in the cache. What a layer does is in `frozen_layers.py`.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from paddle.autograd import PyLayer

from lsgan.arrays import Floats, Tensor
from lsgan.ops.cpu_arrays import as_array, as_tensor
from lsgan.ops.frozen_layers import Block, FrozenLayer, frozen_layer
from lsgan.system.threads import each, even_shares

# A thread takes at most so many images at a time.
_IMAGES = 16


class Network:
    """Blocks of frozen convolutions.

    Args:
        blocks: from the images inwards.
    """

    def __init__(self, blocks: Sequence[Block]) -> None:
        self._blocks = blocks
        # What a layer multiplies with depends on the size of its maps.
        self._prepared: dict[int, list[list[FrozenLayer]]] = {}

    def __call__(self, images: Tensor) -> list[Tensor]:
        """The maps of the tapped blocks of `images`, float32 (N, 3, S, S)."""
        return list(_Maps.apply(images, self))

    def layers(self, size: int) -> list[list[FrozenLayer]]:
        """The layers of each block for images of `size` rows and columns."""
        if size not in self._prepared:
            found: list[list[FrozenLayer]] = []
            at = size
            for block in self._blocks:
                found.append([])
                for convolution in block.convolutions:
                    found[-1].append(frozen_layer(convolution, at))
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
        ctx.parts = even_shares(len(values), _IMAGES)
        network.layers(ctx.size)
        found = each(lambda part: network.forward(values[part], needed), ctx.parts)
        ctx.kept = [kept for _, kept in found]
        return tuple(
            _joined([each_map.transpose(1, 0, 2, 3) for each_map in level])
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
        return _joined(found)


def _joined(parts: Sequence[Floats]) -> Tensor:
    """The parts of the images one after another."""
    # By itself numpy would keep the order in memory of the parts, channels first.
    whole = np.empty((sum(map(len, parts)), *parts[0].shape[1:]), np.float32)
    return as_tensor(np.concatenate(parts, out=whole))
