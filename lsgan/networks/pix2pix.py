"""The pix2pix pair (Isola et al. 2017, arXiv 1611.07004): a U-Net and a PatchGAN.

Both have instance norm: the paper's batch norm over a batch of one image is that, and over
larger batches images would depend on each other. Both work on pairs: the input image
and its target, stacked along the channels.

Unlike the paper's, the U-Net drops activations in training alone, so that an image always becomes
the same one, and is halved down to one pixel whatever its size: eight times from 256 pixels, as
there, seven from 128.
"""

from itertools import pairwise

import paddle
from paddle import nn

from lsgan.arrays import Layer, Tensor
from lsgan.config import ModelSection
from lsgan.networks.convolutions import with_spectral_norm
from lsgan.networks.discrimination import FeatureDiscriminator
from lsgan.networks.dropout import Dropout
from lsgan.networks.norms import needs_bias, norm
from lsgan.ops.strided import StridedConvolution, StridedTransposedConvolution

# This share of activations is dropped in so many inner layers.
_DROPPED, _LAYERS_WITH_DROPOUT = 0.5, 3
# The widest layers have so many times the channels of the narrowest.
_WIDEST = 8


class Generator(nn.Layer):
    """From input images to pairs of input and output.

    float32 (N, channels, size, size) to (N, 2·channels, size, size), both in [−1, 1]. The size is
    halved down to 1×1 and doubled again; each layer on the way up sees the one of its size on the
    way down too.
    """

    def __init__(self, model: ModelSection) -> None:
        super().__init__()
        base = model.generator_base_channels or model.base_channels
        depth = model.size.bit_length() - 1
        widths = [min(base << layer, _WIDEST * base, model.max_channels) for layer in range(depth)]
        self.down = nn.LayerList()
        inner: int = model.channels
        for number, outer in enumerate(widths):
            # A single pixel is all its own mean, and instance norm would leave nothing of it.
            name = "instance" if 0 < number < depth - 1 else "none"
            layers = [nn.LeakyReLU(model.leaky_slope)] if number else []
            layers += [StridedConvolution(inner, outer, bias=name == "none"), *_norm(name, outer)]
            self.down.append(nn.Sequential(*layers))
            inner = outer
        self.up = nn.LayerList()
        for number, outer in enumerate(widths[-2::-1]):
            layers = [nn.ReLU(), StridedTransposedConvolution(inner, outer, bias=False)]
            layers += _norm("instance", outer)
            if number < _LAYERS_WITH_DROPOUT:
                layers += [Dropout(_DROPPED)]
            self.up.append(nn.Sequential(*layers))
            inner = 2 * outer
        last = [nn.ReLU(), StridedTransposedConvolution(inner, model.channels), nn.Tanh()]
        self.up.append(nn.Sequential(*last))

    def forward(self, images: Tensor) -> Tensor:
        """The pairs of `images`."""
        maps = [images]
        for layer in self.down:
            maps.append(layer(maps[-1]))
        made = maps.pop()
        for layer in self.up:
            made = layer(made)
            beside = maps.pop()
            # The last one beside is the image itself, and the pair is complete.
            made = paddle.concat([beside, made], 1)
        return made

    def forward_train(self, real: Tensor, latents: Tensor) -> tuple[Tensor, Tensor]:  # noqa: ARG002
        """The pairs of a training step: the inputs in `real`, and the outputs for them.

        Returns:
            The pairs, of the shape of `real`, and nothing to pay.
        """
        return self(real.chunk(2, axis=1)[0]), paddle.zeros([])


class Discriminator(FeatureDiscriminator):
    """Pairs, float32 (N, 2·channels, size, size), to a score for each patch.

    float32 (N, s, s) with s = size/8 − 2: a score sees 70×70 pixels of both images.
    """

    def __init__(self, model: ModelSection) -> None:
        super().__init__()
        widths = [min(model.base_channels << layer, model.max_channels) for layer in range(4)]
        bias = needs_bias(model.discriminator_norm)
        layers: list[Layer] = [StridedConvolution(2 * model.channels, widths[0])]
        layers += [nn.LeakyReLU(model.leaky_slope)]
        for inner, outer in pairwise(widths[:3]):
            layers += [StridedConvolution(inner, outer, bias), *self._after(model, outer)]
        *_, inner, outer = widths
        layers += [nn.Conv2D(inner, outer, 4, 1, 1, bias_attr=None if bias else False)]
        layers += [*self._after(model, outer), nn.Conv2D(outer, 1, 4, 1, 1)]
        self.layers = nn.Sequential(*with_spectral_norm(model, layers))

    @staticmethod
    def _after(model: ModelSection, channels: int) -> list[Layer]:
        layers = norm(model.discriminator_norm, channels, model.batch_norm_momentum)
        layers += [nn.LeakyReLU(model.leaky_slope)]
        if model.discriminator_dropout:
            layers += [Dropout(model.discriminator_dropout)]
        return layers

    def scores(self, features: Tensor, classes: Tensor | None = None) -> Tensor:  # noqa: ARG002
        """The scores of pairs, which are their own features."""
        return self.layers(features).squeeze(1)


def _norm(name: str, channels: int) -> list[Layer]:
    return norm(name, channels, momentum=0)
