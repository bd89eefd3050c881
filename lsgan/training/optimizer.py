"""Adam for one network, with the loss scaling that float16 needs."""

from typing import Any

import numpy as np
import paddle

from lsgan.arrays import Arrays, Layer, Tensor
from lsgan.config import OptimizerSection, TrainSection
from lsgan.networks.parameters import trainable
from lsgan.ops.sums import euclidean_norm
from lsgan.training.distributed import ProcessGroup


class Optimizer:
    """A network's Adam.

    In float16 Paddle asks the device at every step whether a gradient has overflowed, so the host
    waits for it; bfloat16 needs no scaling and no wait.

    Args:
        network: whose weights it changes.
        learning_rate: the learning rate.
        settings: the rest of Adam's settings.
        train: how the run trains; in float16 gradients vanish unless the loss is scaled.
        process_group: the processes whose gradients are averaged.
    """

    def __init__(
        self,
        network: Layer,
        learning_rate: float,
        settings: OptimizerSection,
        train: TrainSection,
        process_group: ProcessGroup,
    ) -> None:
        self._parameters = trainable(network)
        self.adam = paddle.optimizer.Adam(
            learning_rate,
            beta1=settings.beta1,
            beta2=settings.beta2,
            epsilon=settings.epsilon,
            parameters=list(self._parameters.values()),
            # All weights in one call: on a CPU two to three times as fast. The host gives that
            # call the learning rates, which a graph would repeat.
            use_multi_tensor=not train.cuda_graph,
        )
        self.scaler = paddle.amp.GradScaler() if train.precision == "float16" else None
        self._process_group = process_group

    def step(self, loss: Tensor) -> Tensor:
        """Change the network's weights by one step against the gradient of `loss`.

        Returns:
            The gradient's Euclidean norm, float32 (), still on the device.
        """
        if not self._parameters:
            return paddle.zeros([])
        if self.scaler is None:
            loss.backward()
        else:
            self.scaler.scale(loss).backward()
        gradients = [parameter.grad for parameter in self._parameters.values()]
        self._process_group.all_reduce_mean(gradients)
        if self.scaler is not None:
            self.scaler.unscale_(self.adam)
        norm = euclidean_norm(gradients)
        if self.scaler is None:
            self.adam.step()
        else:
            self.scaler.step(self.adam)
            self.scaler.update()
        self.adam.clear_grad(set_to_zero=False)
        return norm

    def tensors(self) -> Arrays:
        """Adam's state as "<parameter>/<slot>"; empty before the first step.

        Paddle keys it by parameter names that depend on what was built before in the process, so
        it is written under the names within the network.
        """
        state = self.adam.state_dict()
        return {
            f"{name}/{key[len(parameter.name) + 1 :]}": value.numpy()
            for name, parameter in self._parameters.items()
            for key, value in state.items()
            if key.startswith(f"{parameter.name}_")
        }

    def scaler_state(self) -> dict[str, Any] | None:
        """The state of the loss scaling; None unless the precision is float16."""
        if self.scaler is None:
            return None
        return {key: np.asarray(value).tolist() for key, value in self.scaler.state_dict().items()}

    def restore(self, tensors: Arrays, scaler: dict[str, Any] | None) -> None:
        """Take up the state that `tensors` and `scaler_state` gave."""
        state = {}
        for key, value in tensors.items():
            name, _, slot = key.rpartition("/")
            state[f"{self._parameters[name].name}_{slot}"] = paddle.to_tensor(value)
        self.adam.set_state_dict(state)
        if self.scaler is not None and scaler:
            self.scaler.load_state_dict(scaler)
