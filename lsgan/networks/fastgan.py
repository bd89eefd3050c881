"""A generator that enlarges and then convolves, with skip-layer excitation.

After Liu et al. 2021, arXiv 2101.04775 ("FastGAN"): nearest-neighbour ×2, a 3×3 convolution, batch
norm and a gated linear unit at each doubling; the small maps say channel by channel how much of the
large ones is to be seen. A second convolution follows at 8 and 16 rows, where the paper has it at
8, 32 and 128: at large sizes it is dear on a CPU. The noise inputs are left out, so that an image
follows from its latent alone.
"""

from paddle import nn
from paddle.nn import functional as F

from lsgan.arrays import Layer, Tensor
from lsgan.config import ModelSection
from lsgan.networks.conditioning import first_layers
from lsgan.networks.generation import LatentGenerator
from lsgan.ops.gates import GatedLinearUnit, scale_channels
from lsgan.ops.layer_sequence import LayerSequence
from lsgan.ops.same import SameConvolution
from lsgan.ops.upsampling import UpsamplingConvolution
from lsgan.ops.whole import WholeConvolution

# Channels at each size of the maps, as quarters of `base_channels`: those at 64.
_QUARTERS = {4: 32, 8: 16, 16: 8, 32: 8, 64: 4, 128: 2, 256: 1}
# Maps of this many rows are seen as much as those of the second number say.
_EXCITED_BY = {32: 4, 64: 8, 128: 4, 256: 8}
# A second convolution follows where maps have so many rows.
_TWICE = (8, 16)


class Generator(LatentGenerator):
    """Latents to images.

    float32 (N, latent_dim + classes) to float32 (N, channels, size, size) in [−1, 1].
    """

    def __init__(self, model: ModelSection) -> None:
        super().__init__()
        base = model.generator_base_channels or model.base_channels
        widths = {size: max(1, base * share // 4) for size, share in _QUARTERS.items()}
        widths = {size: min(width, model.max_channels) for size, width in widths.items()}
        momentum = model.batch_norm_momentum
        first = first_layers(model, 2 * widths[4])
        self.start = LayerSequence(*first, *_gated(widths[4], momentum))
        self.stages = nn.LayerDict()
        self.excitations = nn.LayerDict()
        size = 4
        while size < model.size:
            inner, size = widths[size], 2 * size
            layers = [
                UpsamplingConvolution(inner, 2 * widths[size], bias=False),
                *_gated(widths[size], momentum),
            ]
            if size in _TWICE:
                layers += [
                    SameConvolution(widths[size], 2 * widths[size], bias=False),
                    *_gated(widths[size], momentum),
                ]
            self.stages[str(size)] = LayerSequence(*layers)
            if size in _EXCITED_BY:
                source = _EXCITED_BY[size]
                self.excitations[str(size)] = _Excitation(widths[source], widths[size])
        self.end = LayerSequence(_Colours(widths[size], model.channels), nn.Tanh())

    def first_activations(self, latents: Tensor) -> Tensor:
        """The maps of 4×4, float32 (N, channels, 4, 4)."""
        return self.start(latents)

    def forward(self, latents: Tensor) -> Tensor:
        """The images of `latents`."""
        maps = {4: self.first_activations(latents)}
        size = 4
        for name, stage in self.stages.items():
            made = stage(maps[size])
            size = int(name)
            if name in self.excitations:
                made = scale_channels(made, self.excitations[name](maps[_EXCITED_BY[size]]))
            maps[size] = made
        return self.end(maps[size])


class _Colours(nn.Conv2DTranspose):
    """The colours of each pixel from the channels around it: a 3×3 convolution.

    Without it each pixel would come from one of the four phases of the enlargement before, and
    these would show. With so few channels at one end Paddle is faster at the transposed form, which
    with stride 1 is the same operation.

    Attributes:
        init_std: of its initial weights. No norm follows, so from smaller ones it would
            take thousands of steps until images have any contrast.
    """

    def __init__(self, inner: int, outer: int) -> None:
        super().__init__(inner, outer, 3, padding=1)
        self.init_std = (9 * inner) ** -0.5


class _Excitation(nn.Layer):
    """How much of each channel of large maps is to be seen, from small ones.

    float32 (N, inner, h, h) with h a multiple of 4 to (N, outer, 1, 1) in (0, 1).
    """

    def __init__(self, inner: int, outer: int) -> None:
        super().__init__()
        self.gather = WholeConvolution(inner, outer, 4)
        self.mix = nn.Linear(outer, outer)

    def forward(self, maps: Tensor) -> Tensor:
        """The shares of the channels."""
        shares = F.leaky_relu(self.gather(F.adaptive_avg_pool2d(maps, 4)), 0.1)
        return F.sigmoid(self.mix(shares)).unsqueeze([2, 3])


def _gated(channels: int, momentum: float) -> list[Layer]:
    return [nn.BatchNorm2D(2 * channels, momentum=momentum), GatedLinearUnit()]
