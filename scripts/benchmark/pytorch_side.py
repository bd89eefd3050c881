"""PyTorch's side of the comparisons in training.py: the same step, eager or as a CUDA graph.

    pytorch_side.py train CONFIGURATION SHARED WIDTH BATCH STEPS DEVICE [MODE]
    pytorch_side.py sample CONFIGURATION SHARED WIDTH BATCH COUNT DEVICE [MODE]

The same networks, losses, augmentation, average and optimizers as the configuration has, as one
would write them in PyTorch. $PYTORCH_PYTHON names the Python that has PyTorch, if it is another
than Paddle's, whose CUDA libraries may exclude PyTorch's.
"""

import importlib
import os
import sys

if (other := os.environ.pop("PYTORCH_PYTHON", "")) and other != sys.executable:
    # Nor may it find the libraries that lie beside this one.
    given = os.environ.get("LD_LIBRARY_PATH", "").split(":")
    own = [folder for folder in given if not folder.startswith(sys.prefix)]
    os.execve(other, [other, *sys.argv], os.environ | {"LD_LIBRARY_PATH": ":".join(own)})

from collections.abc import Callable

import numpy as np
import torch
from modes import Mode
from torch import nn
from torch.nn import functional
from worker import serve

NETWORKS = {"kanas.yaml": "pytorch_dcgan", "kanas-projected.yaml": "pytorch_projected"}
# What Paddle's batch norm calls otherwise than PyTorch's.
RENAMED = {"_mean": "running_mean", "_variance": "running_var"}

kind, configuration, shared, width, batch, count, device_name, *rest = sys.argv[1:]
device = torch.device("cuda" if device_name == "gpu" else "cpu")
mode = Mode.of(*rest) if rest else Mode()
# PyTorch allows it in convolutions unless told otherwise.
torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = mode.precision == "tf32"
networks = importlib.import_module(NETWORKS[configuration])
MEMORY_FORMAT = torch.channels_last if mode.channels_last else networks.MEMORY_FORMAT


def load(network: nn.Module, name: str, held: np.lib.npyio.NpzFile) -> nn.Module:
    """Copy lsgan's weights, whose names are the same but for those."""
    own = network.state_dict()
    for key in held.files:
        if key.startswith(f"{name}/"):
            theirs = key.removeprefix(f"{name}/")
            layer, _, last = theirs.rpartition(".")
            target = own.pop(f"{layer}.{RENAMED.get(last, last)}")
            weight = networks.fitted(theirs, torch.from_numpy(held[key]))
            assert weight.shape == target.shape, key
            target.copy_(weight)
    # Batch norm's counters, and what is frozen and comes from elsewhere.
    left = [key for key in own if not key.endswith("num_batches_tracked")]
    assert all(key.startswith("network.") for key in left), left
    return network.to(device, memory_format=MEMORY_FORMAT)


def augment(images: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
    """Colour, translation, then cutout, each image as drawn."""
    brightness, saturation, contrast = (drawn[:, i].view(-1, 1, 1, 1) for i in range(3))
    grey = images.mean(1, keepdim=True)
    mean = images.mean((1, 2, 3), keepdim=True)
    colors = grey + saturation * (images - grey)
    images = mean + contrast * (colors - mean) + brightness
    size = images.shape[-1]
    place = torch.arange(size, device=device)
    down, right = ((drawn[:, i] * size).round().long().view(-1, 1) for i in (3, 4))
    # A border of one pixel stands for all that is outside.
    rows = (place - down + 1).clamp(0, size + 1)
    columns = (place - right + 1).clamp(0, size + 1)
    padded = functional.pad(images, (1, 1, 1, 1))
    which = torch.arange(len(images), device=device)[:, None, None]
    moved = padded.permute(0, 2, 3, 1)[which, rows[:, :, None], columns[:, None]]
    images = moved.permute(0, 3, 1, 2)
    return cut_out(images, drawn) if networks.CUTOUT else images


def cut_out(images: torch.Tensor, drawn: torch.Tensor) -> torch.Tensor:
    """Each image with a square hole."""
    size = images.shape[-1]
    place = (torch.arange(size, device=device) + 0.5) / size
    rows, columns = ((place - drawn[:, i : i + 1]).abs() < networks.CUTOUT / 2 for i in (5, 6))
    return images * ~(rows[:, None, :, None] & columns[:, None, None])


with np.load(shared) as held:
    G = load(networks.Generator(int(width)), "generator", held)
    D = load(networks.Discriminator(int(width)), "discriminator", held)
    batches = [
        [
            torch.from_numpy(held[f"{name}/{step}"]).to(device)
            for name in ("images", "latents", "augment_params")
        ]
        for step in range(3)
    ]
average = [parameter.detach().clone() for parameter in G.parameters()]
learnt = [parameter for parameter in D.parameters() if parameter.requires_grad]
settings = {"betas": networks.BETAS, "capturable": mode.cuda_graph}
g_adam = torch.optim.Adam(G.parameters(), networks.GENERATOR_RATE, **settings)
d_adam = torch.optim.Adam(learnt, networks.DISCRIMINATOR_RATE, **settings)


def mixed() -> torch.autocast:
    # What a graph holds may not lie in a cache that is emptied.
    short = mode.precision == "bfloat16"
    return torch.autocast(
        device.type, torch.bfloat16, enabled=short, cache_enabled=not mode.cuda_graph
    )


def step(images: torch.Tensor, latents: torch.Tensor, augment_params: torch.Tensor) -> torch.Tensor:
    with mixed():
        fakes = G(latents)
        seen_real = D.features(augment(images, augment_params[0]))
        seen_fake = D.features(augment(fakes, augment_params[1]))
        scores = D.scores_of_both(seen_real, [maps.detach() for maps in seen_fake])
    real_scores, fake_scores = (each.float() for each in scores)
    d_loss = 0.5 * ((real_scores - 1).square().mean() + fake_scores.square().mean())
    d_adam.zero_grad()
    d_loss.backward()
    d_adam.step()
    for parameter in learnt:
        parameter.requires_grad_(False)
    with mixed():
        if not D.has_frozen_features:
            seen_fake = D.features(augment(fakes, augment_params[2]))
        scores = D.scores(seen_fake)
    g_loss = 0.5 * (scores.float() - 1).square().mean()
    g_adam.zero_grad()
    g_loss.backward()
    g_adam.step()
    for parameter in learnt:
        parameter.requires_grad_(True)
    with torch.no_grad():
        for kept, parameter in zip(average, G.parameters(), strict=True):
            kept.lerp_(parameter, 0.01)
    return torch.stack([d_loss.detach(), g_loss.detach()])


def as_graph(batch: list[torch.Tensor]) -> Callable[..., torch.Tensor]:
    """The step as a CUDA graph, captured as PyTorch's documentation has it."""
    buffers = [tensor.clone() for tensor in batch]
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            step(*buffers)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        losses = step(*buffers)

    def replayed(*given: torch.Tensor) -> torch.Tensor:
        for buffer, tensor in zip(buffers, given, strict=True):
            buffer.copy_(tensor)
        graph.replay()
        return losses

    return replayed


def train() -> None:
    for number in range(int(count)):
        losses = do_step(*batches[number % 3])
    losses.cpu()


def sample() -> None:
    G.eval()
    with torch.no_grad():
        for start in range(0, int(count), int(batch)):
            part = latents[start : start + int(batch)]
            images = (G(part) + 1) * 127.5
            images.round().clamp(0, 255).to(torch.uint8).cpu()


if kind == "train":
    found = [step(*given).tolist() for given in batches]
    do_step = as_graph(batches[0]) if mode.cuda_graph else step
    sizes = [sum(p.numel() for p in parameters) for parameters in (G.parameters(), learnt)]
    serve(train, losses=found, parameters=sizes)
else:
    latents = torch.randn(int(count), 100, device=device)
    G.eval()
    with torch.no_grad():
        mean = float(((G(latents[:64]) + 1) / 2).mean())
    serve(sample, mean=mean)
