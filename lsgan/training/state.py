"""All that changes while a run trains: what a checkpoint holds and a resumed run takes up again."""

from contextlib import nullcontext
from typing import Any

import paddle

from lsgan import random
from lsgan.arrays import Arrays
from lsgan.checkpoints.checkpoint import Checkpoint
from lsgan.config import Config
from lsgan.errors import RunError
from lsgan.networks import build_discriminator, build_generator
from lsgan.networks.channels_last import use_channels_last
from lsgan.networks.initial import initialise
from lsgan.networks.state_dict import load_state_dict, with_prefix
from lsgan.ops.cpu_arrays import own_kernels
from lsgan.ops.methods import training_kernels
from lsgan.ops.onednn_library import has_amx
from lsgan.ops.onednn_library import is_available as has_onednn
from lsgan.training.distributed import SINGLE_PROCESS, ProcessGroup
from lsgan.training.ema import EMA
from lsgan.training.optimizer import Optimizer


class State:
    """The networks, the generator's EMA, the optimizers and how many steps have been done.

    Args:
        config: the run's; the state is that of its step 0.
        process_group: the processes that train together.
    """

    def __init__(self, config: Config, process_group: ProcessGroup = SINGLE_PROCESS) -> None:
        self.step = 0
        self.generator = process_group.synchronised(build_generator(config.model))
        self.discriminator = process_group.synchronised(build_discriminator(config.model))
        networks = {"generator": self.generator, "discriminator": self.discriminator}
        for name, network in networks.items():
            initialise(network, config.train.seed, name, config.model.init_std)
            if config.train.channels_last:
                use_channels_last(network)
        self.ema = EMA(self.generator, config.model, config.ema)
        settings = config.optimizer
        self._initial_rates = {
            "generator": settings.generator_learning_rate,
            "discriminator": settings.discriminator_learning_rate,
        }
        self._optimizers = {
            name: Optimizer(
                network, self._initial_rates[name], settings, config.train, process_group
            )
            for name, network in networks.items()
        }
        self.generator_optimizer = self._optimizers["generator"]
        self.discriminator_optimizer = self._optimizers["discriminator"]
        self._networks = {**networks, "ema": self.ema.network}
        self.rollbacks = 0
        self.lr_factors = dict.fromkeys(networks, 1.0)
        self.parent = ""

    @property
    def feature_digest(self) -> str:
        """The digest of the frozen weights that the discriminator looks through, "" for none."""
        return str(self.discriminator.feature_digest)

    def learning_rates(self) -> dict[str, float]:
        """The learning rate of each network as it is now."""
        return {name: rate * self.lr_factors[name] for name, rate in self._initial_rates.items()}

    def set_rollbacks(self, rollbacks: int, lr_factors: dict[str, float]) -> None:
        """Note that the run has been rolled back so often, and scale the learning rates."""
        self.rollbacks = rollbacks
        self.lr_factors = {name: lr_factors.get(name, 1.0) for name in self._initial_rates}
        for name, rate in self.learning_rates().items():
            self._optimizers[name].adam.set_lr(rate)

    def tensors(self) -> Arrays:
        """Every tensor by name: "generator/…", "ema/…", "optimizer/generator/…", and so on."""
        arrays = {
            f"{name}/{key}": tensor.numpy()
            for name, network in self._networks.items()
            for key, tensor in network.state_dict().items()
        }
        for name, optimizer in self._optimizers.items():
            for key, value in optimizer.tensors().items():
                arrays[f"optimizer/{name}/{key}"] = value
        return arrays

    def scalers(self) -> dict[str, Any]:
        """The state of the loss scaling, by network; empty unless the precision is float16."""
        states = {name: each.scaler_state() for name, each in self._optimizers.items()}
        return {name: state for name, state in states.items() if state is not None}

    def restore(self, found: Checkpoint, tensors: Arrays) -> None:
        """Become the state that a checkpoint was written from.

        Raises:
            RunError: if the tensors are not those of these networks, or if the discriminator was
                trained on features of other weights.
        """
        if found.features != self.feature_digest:
            raise RunError(
                f"{found.path} was trained on features of other weights: their digest is "
                f"{found.features[:12] or 'none'}, here {self.feature_digest[:12] or 'none'}",
                "Name the file that holds them with --set model.feature_weights=FILE.",
            )
        self.ema.restore(with_prefix(tensors, "ema"))
        for name in ("generator", "discriminator"):
            load_state_dict(self._networks[name], with_prefix(tensors, name))
        for name, optimizer in self._optimizers.items():
            optimizer.restore(with_prefix(tensors, f"optimizer/{name}"), found.scalers.get(name))
        self.step, self.parent = found.step, found.parent
        self.set_rollbacks(found.rollbacks, found.lr_factors)


def mixed_precision(config: Config) -> Any:
    """The context in which networks compute in the run's precision; on a CPU by kernels of its own.

    No weight may change within it.
    """
    precision = config.train.precision
    if paddle.get_device() == "cpu":
        if not (own_kernels() and has_onednn()):
            return nullcontext()
        is_short = precision == "bfloat16" or (precision == "auto" and has_amx())
        return training_kernels("bfloat16" if is_short else "float32")
    if not config.train.mixed:
        return nullcontext()
    # Paddle's own list of what to compute in short precision lacks the generator's layers.
    return paddle.amp.auto_cast(level="O1", dtype=precision, custom_white_list={"conv2d_transpose"})


def seed_layers(seed: int, step: int, rank: int) -> None:
    """Make what Paddle draws in one step, dropout and noise, follow from the seed and the step.

    The processes that train together draw each their own, so that a run on another number of them
    has other dropout.
    """
    numbers = random.stream(seed, f"layers of process {rank}", step)
    paddle.seed(int(numbers.integers(2**31)))
