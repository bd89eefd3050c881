"""Everything a run is at one step: what a checkpoint holds and a resumed run takes up again."""

from contextlib import nullcontext
from typing import Any

import numpy as np
import paddle

from lsgan import random
from lsgan.arrays import Arrays, Layer, Tensor
from lsgan.config import Config, OptimizerSection
from lsgan.errors import RunError
from lsgan.networks import build_discriminator, build_generator
from lsgan.networks.initial import initialise
from lsgan.networks.parameters import trainable
from lsgan.training.average import Average
from lsgan.training.checkpoint import Checkpoint
from lsgan.training.ranks import ALONE, Ranks
from lsgan.wording import printable


class Learner:
    """A network's Adam, with the loss scaling that float16 needs.

    In float16 Paddle asks the device at every step whether a gradient has overflowed, so the host
    waits for it; bfloat16 needs no scaling and no wait.

    Args:
        network: whose weights it changes.
        rate: the learning rate.
        settings: the rest of Adam's settings.
        precision: the run's; float16 has gradients that vanish unless the loss is scaled.
        ranks: the processes whose gradients are averaged.
    """

    def __init__(
        self,
        network: Layer,
        rate: float,
        settings: OptimizerSection,
        precision: str,
        ranks: Ranks,
    ) -> None:
        self._parameters = trainable(network)
        self.optimizer = paddle.optimizer.Adam(
            rate,
            beta1=settings.beta1,
            beta2=settings.beta2,
            epsilon=settings.epsilon,
            parameters=list(self._parameters.values()),
        )
        self.scaler = paddle.amp.GradScaler() if precision == "float16" else None
        self._ranks = ranks

    def minimise(self, loss: Tensor) -> Tensor:
        """Change the network's weights by one step against the gradient of `loss`.

        Returns:
            The gradient's Euclidean norm, float32 (), still on the device.
        """
        if not self._parameters:
            return paddle.zeros([])
        if self.scaler is None:
            loss.backward()
            self._average_gradients()
            norm = self._gradient_norm()
            self.optimizer.step()
        else:
            self.scaler.scale(loss).backward()
            self._average_gradients()
            self.scaler.unscale_(self.optimizer)
            norm = self._gradient_norm()
            self.scaler.step(self.optimizer)
            self.scaler.update()
        self.optimizer.clear_grad(set_to_zero=False)
        return norm

    def _average_gradients(self) -> None:
        self._ranks.average([parameter.grad for parameter in self._parameters.values()])

    def _gradient_norm(self) -> Tensor:
        squares = [parameter.grad.square().sum() for parameter in self._parameters.values()]
        return paddle.stack(squares).sum().sqrt()

    def tensors(self) -> Arrays:
        """Adam's state as "<parameter>/<slot>"; empty before the first step.

        Paddle keys it by parameter names that depend on what was built before in the process, so
        it is written under the names within the network.
        """
        state = self.optimizer.state_dict()
        return {
            f"{name}/{key[len(parameter.name) + 1 :]}": value.numpy()
            for name, parameter in self._parameters.items()
            for key, value in state.items()
            if key.startswith(f"{parameter.name}_")
        }

    def restore(self, tensors: Arrays) -> None:
        """Take up the state that `tensors` gave."""
        state = {}
        for key, value in tensors.items():
            name, _, slot = key.rpartition("/")
            state[f"{self._parameters[name].name}_{slot}"] = paddle.to_tensor(value)
        self.optimizer.set_state_dict(state)


def mixed_precision(config: Config) -> Any:
    """The context in which networks compute in the run's precision, if it is a short one."""
    if not config.train.mixed:
        return nullcontext()
    precision = config.train.precision
    # Paddle's own list of what to compute in short precision lacks the generator's layers.
    return paddle.amp.auto_cast(level="O1", dtype=precision, custom_white_list={"conv2d_transpose"})


def seed_layers(seed: int, step: int, rank: int) -> None:
    """Make what Paddle draws in one step, dropout and noise, follow from the seed and the step.

    The processes that train together draw each their own, so that a run on another number of them
    has other dropout.
    """
    numbers = random.stream(seed, f"layers of process {rank}", step)
    paddle.seed(int(numbers.integers(2**31)))


class State:
    """The networks, their average, their optimizers and how many steps have been done.

    Args:
        config: the run's; the state is that of its step 0.
        ranks: the processes that train together.
    """

    def __init__(self, config: Config, ranks: Ranks = ALONE) -> None:
        self.step = 0
        self.generator = ranks.synchronised(build_generator(config.model))
        self.discriminator = ranks.synchronised(build_discriminator(config.model))
        networks = {"generator": self.generator, "discriminator": self.discriminator}
        for name, network in networks.items():
            initialise(network, config.train.seed, name, config.model.weight_deviation)
        self.average = Average(self.generator, config.model, config.average)
        settings, precision = config.optimizer, config.train.precision
        self._rates = {
            "generator": settings.generator_learning_rate,
            "discriminator": settings.discriminator_learning_rate,
        }
        self._learners = {
            name: Learner(network, self._rates[name], settings, precision, ranks)
            for name, network in networks.items()
        }
        self.generator_learner = self._learners["generator"]
        self.discriminator_learner = self._learners["discriminator"]
        self._networks = {**networks, "average": self.average.network}
        self.rollbacks = 0
        self.rate_factors = dict.fromkeys(networks, 1.0)
        self.parent = ""

    @property
    def features(self) -> str:
        """The digest of the frozen weights that the discriminator looks through, "" for none."""
        return str(self.discriminator.feature_digest)

    def rates(self) -> dict[str, float]:
        """The learning rate of each network as it is now."""
        return {name: rate * self.rate_factors[name] for name, rate in self._rates.items()}

    def rolled_back(self, times: int, rate_factors: dict[str, float]) -> None:
        """Note that the run has been rolled back, `times` in all, and take other rates."""
        self.rollbacks = times
        self.rate_factors = {name: rate_factors.get(name, 1.0) for name in self._rates}
        for name, rate in self.rates().items():
            self._learners[name].optimizer.set_lr(rate)

    def tensors(self) -> Arrays:
        """Every tensor by name: "generator/…", "average/…", "optimizer/generator/…", and so on."""
        arrays = {
            f"{name}/{key}": tensor.numpy()
            for name, network in self._networks.items()
            for key, tensor in network.state_dict().items()
        }
        for name, learner in self._learners.items():
            arrays |= {f"optimizer/{name}/{key}": value for key, value in learner.tensors().items()}
        return arrays

    def scalers(self) -> dict[str, Any]:
        """The state of the loss scaling, by network; empty unless the precision is float16."""
        return {
            name: {
                key: np.asarray(value).tolist()
                for key, value in learner.scaler.state_dict().items()
            }
            for name, learner in self._learners.items()
            if learner.scaler is not None
        }

    def restore(self, found: Checkpoint, tensors: Arrays) -> None:
        """Become the state that a checkpoint was written from.

        Raises:
            RunError: if the tensors are not those of these networks, or if the discriminator was
                trained on features of other weights.
        """
        if found.features != self.features:
            raise RunError(
                f"{found.path} was trained on features of other weights: their digest is "
                f"{found.features[:12] or 'none'}, here {self.features[:12] or 'none'}",
                "Name the file that holds them with --set model.feature_weights=FILE.",
            )
        for name, network in self._networks.items():
            load_network(network, below(tensors, name))
        for name, learner in self._learners.items():
            learner.restore(below(tensors, f"optimizer/{name}"))
            if learner.scaler is not None and (scaler := found.scalers.get(name)):
                learner.scaler.load_state_dict(scaler)
        self.step, self.parent = found.step, found.parent
        self.rolled_back(found.rollbacks, found.rate_factors)


def below(tensors: Arrays, prefix: str) -> Arrays:
    """The tensors whose names begin with `prefix` and a slash, without that beginning."""
    start = f"{prefix}/"
    return {key[len(start) :]: value for key, value in tensors.items() if key.startswith(start)}


def load_network(network: Layer, tensors: Arrays) -> None:
    """Set a network's weights and statistics.

    Raises:
        RunError: if a name or a shape is not the network's own.
    """
    own = {key: tuple(tensor.shape) for key, tensor in network.state_dict().items()}
    given = {key: value.shape for key, value in tensors.items()}
    if own != given:
        different = sorted(key for key in own.keys() | given if own.get(key) != given.get(key))
        listed = ", ".join(map(printable, different[:3]))
        raise RunError(f"the checkpoint is of another network: {listed} differ")
    for key, tensor in network.state_dict().items():
        # In a checkpoint that was made small they may be in half precision.
        tensor.set_value(tensors[key].astype(np.float32))
