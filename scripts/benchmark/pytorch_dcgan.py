"""The networks of kanas.yaml, as one would write them in PyTorch, and the optimizers' settings."""

import torch
from torch import nn
from torch.nn import functional

GENERATOR_RATE, DISCRIMINATOR_RATE, BETAS = 4e-4, 1e-4, (0.8, 0.99)
CUTOUT = 0.0
MEMORY_FORMAT = torch.contiguous_format


def fitted(_key: str, tensor: torch.Tensor) -> torch.Tensor:
    """A weight of lsgan's in the form that it has here."""
    # The generator's first has a kernel of 4, as all of the discriminator's have.
    return tensor.transpose(0, 1) if tensor.ndim == 4 and tensor.shape[2] == 3 else tensor


class Doubling(nn.Conv2d):
    """Nearest-neighbour ×2, then a 3×3 convolution."""

    def __init__(self, inner: int, outer: int, bias: bool = False) -> None:
        super().__init__(inner, outer, 3, padding=1, bias=bias)

    def forward(self, maps: torch.Tensor) -> torch.Tensor:
        return super().forward(functional.interpolate(maps, scale_factor=2))


class Generator(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        widths = [width << layer for layer in range(4)]
        layers: list[nn.Module] = [nn.ConvTranspose2d(100, widths[3], 4, bias=False)]
        for inner, outer in ((3, 2), (2, 1), (1, 0)):
            layers += [
                nn.BatchNorm2d(widths[inner], momentum=0.5),
                nn.ReLU(),
                Doubling(widths[inner], widths[outer]),
            ]
        layers += [nn.BatchNorm2d(widths[0], momentum=0.5), nn.ReLU()]
        layers += [Doubling(widths[0], 3, bias=True), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, latents: torch.Tensor) -> torch.Tensor:
        return self.layers(latents[:, :, None, None])


class Discriminator(nn.Module):
    has_frozen_features = False

    def __init__(self, width: int) -> None:
        super().__init__()
        widths = [width << layer for layer in range(4)]
        layers: list[nn.Module] = [nn.Conv2d(3, widths[0], 4, 2, 1), nn.LeakyReLU(0.2)]
        for inner, outer in ((0, 1), (1, 2), (2, 3)):
            layers += [
                nn.Conv2d(widths[inner], widths[outer], 4, 2, 1, bias=False),
                nn.BatchNorm2d(widths[outer], momentum=0.5),
                nn.LeakyReLU(0.2),
            ]
        self.layers = nn.Sequential(*layers, nn.Conv2d(widths[3], 1, 4))

    def features(self, images: torch.Tensor) -> list[torch.Tensor]:
        return [images]

    def scores(self, features: list[torch.Tensor]) -> torch.Tensor:
        return self.layers(features[0]).flatten()

    def scores_of_both(
        self, real: list[torch.Tensor], fake: list[torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        # Each kind by itself, since batch norm takes its statistics of all that it is given.
        return self.scores(real), self.scores(fake)
