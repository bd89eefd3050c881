"""What a training would be, without training: networks, data, and how long it would take."""

import time
from collections.abc import Callable
from datetime import timedelta

import numpy as np
import paddle

from lsgan.arrays import Layer, Tensor
from lsgan.config import Config
from lsgan.config.config_files import annotated
from lsgan.data.classes import one_hot, with_classes_of
from lsgan.data.pack import Pack
from lsgan.data.sampler import split
from lsgan.errors import DataError
from lsgan.networks.latents import Latents
from lsgan.networks.parameters import count
from lsgan.tasks import task_of
from lsgan.text import counted, printable
from lsgan.training.fine_tuning import initial_weights
from lsgan.training.setup import check
from lsgan.training.state import State
from lsgan.training.step import train_step
from lsgan.training.trainer import Trainer
from lsgan.training.writers import load_writers

_TIMED_STEPS = 4


def plan(config: Config, device: str, resume: bool = False) -> str:
    """The plan of a training in words; nothing is written.

    Without a data set the rest is planned all the same, on random images.

    Args:
        config: the configuration.
        device: the device in use, in Paddle's words.
        resume: whether a run would go on, which needs its initial weights no more.

    Raises:
        ConfigError: if the configuration cannot be trained.
        RunError: if the weights to begin with cannot be read.
    """
    check(config, device)
    load_writers(config.log.writers)
    task = task_of(config)
    shape = task.shape(config.model)
    try:
        pack = task.open(config)
    except DataError as error:
        found = [f"data set: none yet: {error}"]
        some = (config.train.batch_size, *shape)
        images = np.random.default_rng(0).integers(0, 256, some, np.uint8)
        trained, classes = len(images), None
    else:
        config = with_classes_of(config, pack)
        images, classes = pack.images, one_hot(config, pack)
        trained = len(split(len(pack), config.data.val_fraction, config.train.seed)[0])
        found = _data_set(config, pack, trained)
    notes: list[str] = []
    if not resume:
        # Before any network is built: that of another's checkpoint may be none that can be.
        initial_weights(config, notes.append)
    lines = [annotated(config), *_networks(State(config), config, shape), "", *notes, *found]
    seconds = _seconds_a_step(Trainer(config, images, np.arange(trained), classes=classes))
    whole = timedelta(seconds=round(seconds * config.train.steps))
    lines.append(
        f"on {device}: {seconds:.2f} s a step, {config.train.images / seconds:.1f} images/s, "
        f"{whole} for {config.train.steps} steps"
    )
    return "\n".join(lines)


def _data_set(config: Config, pack: Pack, trained: int) -> list[str]:
    """The data set in a few lines."""
    lines = [
        f"data set: {pack.path}, {counted(len(pack), 'image')}, {trained} to train on, "
        f"{len(pack) - trained} held out"
    ]
    if config.model.classes:
        classes = (f"{printable(name)} {count}" for name, count in config.model.classes.items())
        lines.append(f"classes: {', '.join(classes)}")
    epochs = config.train.steps * config.train.images / trained
    return [*lines, f"epochs: {epochs:.1f} in {config.train.steps} steps"]


def _networks(state: State, config: Config, shape: tuple[int, ...]) -> list[str]:
    """The layers of both networks with the shapes they give and the numbers they learn."""
    model, real = config.model, paddle.zeros([2, *shape])
    numbers = Latents(model)
    latents = paddle.to_tensor(numbers.of(range(2)))
    generator, discriminator = state.generator, state.discriminator
    return [
        *_layers(
            f"generator {model.generator}",
            generator,
            lambda: generator.forward_train(real, latents),
        ),
        "",
        *_layers(
            f"discriminator {model.discriminator}",
            discriminator,
            lambda: discriminator(real, numbers.classes(latents)),
        ),
    ]


def _layers(title: str, network: Layer, run: Callable[[], object]) -> list[str]:
    """One line a layer: its kind, the shape of what it gives, and how many numbers it learns."""
    rows: list[tuple[str, str, int]] = []

    def note(layer: Layer, _: Tensor, result: Tensor) -> None:
        # Of maps of several sizes the finest stands for all.
        result = result[0] if isinstance(result, list) else result
        shape = "×".join(str(length) for length in result.shape[1:]) or "1"
        rows.append((type(layer).__name__, shape, count(layer)))

    leaves = [layer for layer in network.sublayers() if not layer.sublayers()]
    hooks = [layer.register_forward_post_hook(note) for layer in leaves]
    network.eval()
    with paddle.no_grad():
        run()
    network.train()
    for hook in hooks:
        hook.remove()
    width = max((len(kind) for kind, _, _ in rows), default=0)
    lines = [f"  {kind:<{width}} {shape:>12} {learned:>12,}" for kind, shape, learned in rows]
    return [f"{title}: {count(network):,} parameters", *lines]


def _seconds_a_step(trainer: Trainer) -> float:
    """The median time of a few steps, after one that is not counted."""
    times = []
    for _ in range(1 + _TIMED_STEPS):
        started = time.perf_counter()
        # Reading a metric waits for the device.
        train_step(trainer)["generator_loss"].numpy()
        times.append(time.perf_counter() - started)
    return float(np.median(times[1:]))
