"""The layers with which a network halves and doubles images, as the settings say."""

from paddle import nn

from lsgan.arrays import Layer
from lsgan.config import ModelSection
from lsgan.networks.spectral_norm import spectral_norm
from lsgan.ops.same import SameConvolution
from lsgan.ops.strided import StridedConvolution, StridedTransposedConvolution
from lsgan.ops.upsampling import UpsamplingConvolution


def downsample(model: ModelSection, inner: int, outer: int, bias: bool) -> list[Layer]:
    """Layers from float32 (N, inner, 2h, 2w) to (N, outer, h, w)."""
    if model.downsampling == "average":
        return [SameConvolution(inner, outer, model.kernel_size, bias), nn.AvgPool2D(2)]
    if model.kernel_size == 4:
        return [StridedConvolution(inner, outer, bias)]
    return [nn.Conv2D(inner, outer, model.kernel_size, 2, 2, bias_attr=None if bias else False)]


def upsample(model: ModelSection, inner: int, outer: int, bias: bool) -> Layer:
    """A layer from float32 (N, inner, h, w) to (N, outer, 2h, 2w)."""
    if model.upsampling == "nearest":
        return UpsamplingConvolution(inner, outer, bias)
    if model.kernel_size == 4:
        return StridedTransposedConvolution(inner, outer, bias)
    return nn.Conv2DTranspose(
        inner, outer, model.kernel_size, 2, 2, output_padding=1, bias_attr=None if bias else False
    )


def with_spectral_norm(model: ModelSection, layers: list[Layer]) -> list[Layer]:
    """The layers of a discriminator, their weights divided by their spectral norm if so set."""
    if model.spectral_norm:
        for layer in layers:
            if isinstance(layer, nn.Conv2D | nn.Linear):
                spectral_norm(layer)
    return layers
