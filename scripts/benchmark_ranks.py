"""How the speed of training grows with the number of processes, measured here and on paper.

    python scripts/benchmark_ranks.py measure [--ranks 1,2,4] [--config kanas.yaml] [--batch 64]
    python scripts/benchmark_ranks.py model

`measure` trains on random images in as many processes, with the same batch in all and with the same
batch for each, by turns, and prints images a second, the ratio to one process, and how much of the
time the slowest process waits for the averages. `model` counts the parameters of configurations
and computes the efficiency on 8, 64 and 512 GPUs from the links' published rates.
"""

import argparse
import statistics
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import numpy as np

from lsgan.config import Config, config_files
from lsgan.system import runtime
from lsgan.training.launch import run_together

CONFIGS = ("kanas.yaml", "kanas-projected.yaml", "kanas-projected-256.yaml")
WARMUP, STEPS = 3, 8
IMAGES = 512  # random ones that are trained on


class Link(NamedTuple):
    """What joins GPUs: bytes a second that one sends and receives at once, seconds a message."""

    bandwidth: float
    latency: float


# NVIDIA's DGX H100: 900 GB/s of NVLink per GPU, both directions together, and for each of its eight
# GPUs an InfiniBand port of 400 Gb/s (ConnectX-7, NDR). The latencies are assumed.
NVLINK = Link(450e9, 5e-6)
INFINIBAND = Link(50e9, 10e-6)
PER_NODE = 8
# Of the published bandwidth, what is reached: 376 to 380 of 450 GB/s in NCCL's issue 1264.
REACHED = 0.8
SMALL = 4 << 10  # bytes of a message whose size does not count: metrics, statistics of batch norm
# How often a step goes through the batch norm of each network and back.
PASSES = {"generator": 2, "discriminator": 6}
OVERLAPPED = 2 / 3  # of a step, backward passes, behind which averaging can hide
LAUNCH = 30e-6  # seconds of the host for one collective, assumed


def ring(size: float, count: int) -> float:
    """Seconds to average `size` bytes over `count` GPUs on a ring, whose slowest link decides."""
    if count == 1:
        return 0.0
    link = NVLINK if count <= PER_NODE else INFINIBAND
    moved = 2 * (count - 1) / count * size / (link.bandwidth * REACHED)
    return moved + 2 * (count - 1) * link.latency + LAUNCH


def tiers(size: float, count: int) -> float:
    """The same in two tiers: each node over NVLink, and its eight parts over InfiniBand at once."""
    if count <= PER_NODE:
        return ring(size, count)
    nodes = count // PER_NODE
    within = 2 * (PER_NODE - 1) / PER_NODE * size / (NVLINK.bandwidth * REACHED)
    part = size / PER_NODE
    # A tree: as many hops as the logarithm of the nodes, up and down.
    hops = 2 * (nodes - 1).bit_length()
    between = 2 * (nodes - 1) / nodes * part / (INFINIBAND.bandwidth * REACHED)
    waits = 2 * (PER_NODE - 1) * NVLINK.latency + hops * INFINIBAND.latency
    return within + between + waits + LAUNCH


class Networks(NamedTuple):
    """What a step of a configuration averages: bytes of gradients, and how many small messages."""

    gradients: list[int]
    small: int


def networks(name: str) -> Networks:
    """The gradients of both networks; the metrics and the statistics of synchronised batch norm."""
    from paddle import nn

    from lsgan.networks import build_discriminator, build_generator
    from lsgan.networks.parameters import trainable

    model = config_files.load(config_files.find(name)).model
    built = {"generator": build_generator(model), "discriminator": build_discriminator(model)}
    sizes = [
        4 * sum(int(np.prod(weight.shape)) for weight in trainable(network).values())
        for network in built.values()
    ]
    norms = {
        key: sum(isinstance(layer, nn.BatchNorm2D) for layer in network.sublayers())
        for key, network in built.items()
    }
    return Networks(sizes, 1 + sum(PASSES[key] * count for key, count in norms.items()))


def model(names: Sequence[str], step: float) -> None:
    """Print the table of bytes, times and efficiencies as Markdown.

    Args:
        names: the configurations.
        step: seconds of a step on one GPU, assumed.
    """
    runtime.start("cpu")
    print(
        "| configuration | averaged | GPUs | gradients: ring, tiers | batch norm | efficiency "
        "| gradients overlapped | batch norm not synchronised |"
    )
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name in names:
        gradients, small = networks(name)
        for count in (8, 64, 512):
            slow, fast = (sum(how(size, count) for size in gradients) for how in (ring, tiers))
            norm = small * tiers(SMALL, count)
            alone = step / (step + fast + norm)
            hidden = step / (step + max(0.0, fast - OVERLAPPED * step) + norm)
            local = step / (step + fast + tiers(SMALL, count))
            print(
                f"| `{name}` | {sum(gradients) / 1e6:.1f} MB, {small} messages | {count} "
                f"| {slow * 1e3:.2f} ms, {fast * 1e3:.2f} ms | {norm * 1e3:.1f} ms "
                f"| {alone:.0%} | {hidden:.0%} | {local:.0%} |"
            )


def train(device: str, config: Config, report: Path) -> int:
    """Time steps in this process, one of several; rank 0 writes the seconds to `report`."""
    runtime.start(device)
    from lsgan.training.distributed import ProcessGroup
    from lsgan.training.step import train_step
    from lsgan.training.trainer import Trainer

    group = ProcessGroup.from_environment()
    group.init()
    waited, average = [0.0], group.all_reduce_mean

    def timed(tensors: Sequence[Any]) -> None:
        started = time.perf_counter()
        average(tensors)
        waited[0] += time.perf_counter() - started

    group.all_reduce_mean = timed  # type: ignore[method-assign]
    shape = (IMAGES, config.model.channels, config.model.size, config.model.size)
    images = np.random.default_rng(0).integers(0, 256, shape, np.uint8)
    trainer = Trainer(config, images, np.arange(IMAGES), group)
    for number in range(WARMUP + STEPS):
        if number == WARMUP:
            started, waited[0] = time.perf_counter(), 0.0
        train_step(trainer)["generator_loss"].numpy()
    if group.rank == 0:
        report.write_text(f"{time.perf_counter() - started} {waited[0]}")
    return 0


def measured(name: str, batch: int, ranks: int) -> tuple[float, float]:
    """Images a second of so many processes, and the share of the time spent on the averages."""
    config = config_files.load(config_files.find(name), [f"train.batch_size={batch}"])
    with TemporaryDirectory() as folder:
        report = Path(folder) / "report"
        run_together(partial(train, config=config, report=report), ["cpu"] * ranks)
        seconds, waited = map(float, report.read_text().split())
    return STEPS * batch / seconds, waited / seconds


def measure(name: str, ranks: Sequence[int], batch: int, turns: int) -> None:
    """Print the measurements, the medians over `turns`, as Markdown."""
    cases = list(dict.fromkeys([(batch, count) for count in ranks]))
    cases += [case for case in ((batch * count, count) for count in ranks) if case not in cases]
    found: dict[tuple[int, int], list[tuple[float, float]]] = {case: [] for case in cases}
    for _ in range(turns):
        for case in cases:
            found[case].append(measured(name, *case))
    print("| processes | batch in all | images/s | of one process | averaging |")
    print("| --- | --- | --- | --- | --- |")
    for (size, count), values in found.items():
        speeds = [value[0] for value in values]
        base = [value[0] for value in found[(batch, ranks[0])]]
        ratio = statistics.median(a / b for a, b in zip(speeds, base, strict=True))
        share = statistics.median(value[1] for value in values)
        speed = statistics.median(speeds)
        print(f"| {count} | {size} | {speed:.1f} | {ratio:.2f} | {share:.0%} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=("measure", "model"))
    parser.add_argument("--config", help="a configuration's name; by default those of the tables")
    parser.add_argument("--ranks", default="1,2,4")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--step", type=float, default=0.01, help="seconds of a step on one GPU")
    given = parser.parse_args()
    if given.what == "model":
        model([given.config] if given.config else CONFIGS, given.step)
    else:
        ranks = [int(count) for count in given.ranks.split(",")]
        measure(given.config or "kanas.yaml", ranks, given.batch, given.turns)


if __name__ == "__main__":
    main()
