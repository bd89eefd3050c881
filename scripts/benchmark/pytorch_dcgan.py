"""The networks of kanas.yaml, as one would write them in PyTorch, and the optimizers' settings."""

import torch
from torch import nn

GENERATOR_RATE, DISCRIMINATOR_RATE, BETAS = 4e-4, 1e-4, (0.8, 0.99)
CUTOUT = 0.0
MEMORY_FORMAT = torch.contiguous_format


def fitted(_key: str, tensor: torch.Tensor) -> torch.Tensor:
    """A weight of lsgan's in the form that it has here: the same."""
    return tensor


class Generator(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        widths = [width << layer for layer in range(4)]
        layers: list[nn.Module] = [nn.ConvTranspose2d(100, widths[3], 4, bias=False)]
        for inner, outer in ((3, 2), (2, 1), (1, 0)):
            layers += [
                nn.BatchNorm2d(widths[inner], momentum=0.5),
                nn.ReLU(),
                nn.ConvTranspose2d(widths[inner], widths[outer], 4, 2, 1, bias=False),
            ]
        layers += [nn.BatchNorm2d(widths[0], momentum=0.5), nn.ReLU()]
        layers += [nn.ConvTranspose2d(widths[0], 3, 4, 2, 1), nn.Tanh()]
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

    def features(self, pictures: torch.Tensor) -> list[torch.Tensor]:
        return [pictures]

    def scores(self, features: list[torch.Tensor]) -> torch.Tensor:
        return self.layers(features[0]).flatten()

    def scores_of_both(
        self, real: list[torch.Tensor], fake: list[torch.Tensor]
    ) -> tuple[torch.Tensor, torch.Tensor]:
        # Each kind by itself, since batch norm takes its statistics of all that it is given.
        return self.scores(real), self.scores(fake)
