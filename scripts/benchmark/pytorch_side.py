"""PyTorch's side of the comparisons in training.py: the same step, eager, in float32.

The same networks, losses, augmentation, average and optimizers as kanas.yaml has, as one would
write them in PyTorch.
"""

import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional
from worker import serve

kind, shared, width, batch, count, device_name = sys.argv[1:]
device = torch.device("cuda" if device_name == "gpu" else "cpu")
widths = [int(width) << layer for layer in range(4)]


def generator() -> nn.Module:
    layers: list[nn.Module] = [nn.ConvTranspose2d(100, widths[3], 4, bias=False)]
    for inner, outer in ((3, 2), (2, 1), (1, 0)):
        layers += [
            nn.BatchNorm2d(widths[inner], momentum=0.5),
            nn.ReLU(),
            nn.ConvTranspose2d(widths[inner], widths[outer], 4, 2, 1, bias=False),
        ]
    layers += [nn.BatchNorm2d(widths[0], momentum=0.5), nn.ReLU()]
    layers += [nn.ConvTranspose2d(widths[0], 3, 4, 2, 1), nn.Tanh()]
    return nn.Sequential(*layers)


def discriminator() -> nn.Module:
    layers: list[nn.Module] = [nn.Conv2d(3, widths[0], 4, 2, 1), nn.LeakyReLU(0.2)]
    for inner, outer in ((0, 1), (1, 2), (2, 3)):
        layers += [
            nn.Conv2d(widths[inner], widths[outer], 4, 2, 1, bias=False),
            nn.BatchNorm2d(widths[outer], momentum=0.5),
            nn.LeakyReLU(0.2),
        ]
    return nn.Sequential(*layers, nn.Conv2d(widths[3], 1, 4))


def load(network: nn.Module, name: str, held: np.lib.npyio.NpzFile) -> nn.Module:
    """Copy lsgan's weights: the same layers in the same order, batch norm's names apart."""
    renamed = {"_mean": "running_mean", "_variance": "running_var"}
    own = network.state_dict()
    for key in held.files:
        if key.startswith(f"{name}/layers."):
            layer, parameter = key.removeprefix(f"{name}/layers.").split(".")
            own[f"{layer}.{renamed.get(parameter, parameter)}"].copy_(torch.from_numpy(held[key]))
    return network.to(device)


def augment(pictures: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
    """Colour, then translation, each picture as drawn."""
    brightness, saturation, contrast = (drawn[:, i].view(-1, 1, 1, 1) for i in range(3))
    grey = pictures.mean(1, keepdim=True)
    mean = pictures.mean((1, 2, 3), keepdim=True)
    colors = grey + saturation * (pictures - grey)
    pictures = mean + contrast * (colors - mean) + brightness
    size = pictures.shape[-1]
    place = torch.arange(size, device=device)
    down, right = ((drawn[:, i] * size).round().long().view(-1, 1) for i in (3, 4))
    # A border of one pixel stands for all that is outside.
    rows = (place - down + 1).clamp(0, size + 1)
    columns = (place - right + 1).clamp(0, size + 1)
    padded = functional.pad(pictures, (1, 1, 1, 1))
    which = torch.arange(len(pictures), device=device)[:, None, None]
    return padded.permute(0, 2, 3, 1)[which, rows[:, :, None], columns[:, None]].permute(0, 3, 1, 2)


with np.load(shared) as held:
    G, D = load(generator(), "generator", held), load(discriminator(), "discriminator", held)
    batches = [
        [
            torch.from_numpy(held[f"{name}/{step}"]).to(device)
            for name in ("pictures", "latents", "changes")
        ]
        for step in range(3)
    ]
average = [parameter.detach().clone() for parameter in G.parameters()]
g_adam = torch.optim.Adam(G.parameters(), 4e-4, betas=(0.8, 0.99))
d_adam = torch.optim.Adam(D.parameters(), 1e-4, betas=(0.8, 0.99))


def step(pictures: torch.Tensor, latents: torch.Tensor, changes: torch.Tensor) -> torch.Tensor:
    fakes = G(latents[:, :, None, None])
    real_scores = D(augment(pictures, changes[0])).flatten()
    fake_scores = D(augment(fakes.detach(), changes[1])).flatten()
    d_loss = 0.5 * ((real_scores - 1).square().mean() + fake_scores.square().mean())
    d_adam.zero_grad()
    d_loss.backward()
    d_adam.step()
    D.requires_grad_(False)
    g_loss = 0.5 * (D(augment(fakes, changes[2])).flatten() - 1).square().mean()
    g_adam.zero_grad()
    g_loss.backward()
    g_adam.step()
    D.requires_grad_(True)
    with torch.no_grad():
        for kept, parameter in zip(average, G.parameters(), strict=True):
            kept.lerp_(parameter, 0.01)
    return torch.stack([d_loss.detach(), g_loss.detach()])


def train() -> None:
    for number in range(int(count)):
        losses = step(*batches[number % 3])
    losses.cpu()


def sample() -> None:
    G.eval()
    with torch.no_grad():
        for start in range(0, int(count), int(batch)):
            part = latents[start : start + int(batch)]
            pictures = (G(part[:, :, None, None]) + 1) * 127.5
            pictures.round().clamp(0, 255).to(torch.uint8).cpu()


if kind == "train":
    found = [step(*given).tolist() for given in batches]
    sizes = [sum(p.numel() for p in network.parameters()) for network in (G, D)]
    serve(train, losses=found, parameters=sizes)
else:
    latents = torch.randn(int(count), 100, device=device)
    G.eval()
    with torch.no_grad():
        mean = float(((G(latents[:64, :, None, None]) + 1) / 2).mean())
    serve(sample, mean=mean)
