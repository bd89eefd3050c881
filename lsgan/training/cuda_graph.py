"""The updates of a training step as one CUDA graph.

Paddle launches a step's kernels, a thousand or so, one after another, and small ones take less time
than their launch: the GPU waits for the host. A graph holds all launches, with their addresses, and
is launched as a whole.

Only what stands in memory may differ from one replay to the next:

- the batches, which are copied into buffers before each replay;
- the learning rates, which Paddle keeps on the GPU and changes in place;
- the powers of Adam's betas, which Paddle keeps on the host unless they are moved.

All else that differs from step to step is no part of the graph: drawing and sending batches, the
seed of dropout, the EMA. What cannot be part of one is refused by `training.setup`.
"""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

import paddle

from lsgan.arrays import Tensor
from lsgan.errors import ConfigError
from lsgan.training.data_loader import Batch
from lsgan.training.optimizer import Optimizer
from lsgan.training.state import State

# Steps without a graph before it is captured, in which Adam gets its state and cuDNN its plans.
WARM_UP = 3
_ON_HOST = ("beta1_pow_acc", "beta2_pow_acc")

Metrics = dict[str, Tensor]
Update = Callable[[Sequence[Batch]], Metrics]


class Graph(Protocol):
    """Work on the device that is recorded once and then done again and again."""

    def capture(self, work: Callable[[], Tensor]) -> Tensor:
        """Record what `work` launches, without doing it; the tensor that it will give."""

    def replay(self) -> None:
        """Do what was recorded: the tensor has new values then."""

    def reset(self) -> None:
        """Give up what was recorded, and its memory."""


class CudaGraph:
    """Paddle's CUDA graphs, on the current device."""

    def __init__(self) -> None:
        from paddle.device.cuda.graphs import CUDAGraph

        self._graph = CUDAGraph(paddle.CUDAPlace(int(paddle.get_device().partition(":")[2])))

    def capture(self, work: Callable[[], Tensor]) -> Tensor:
        """As `Graph` says.

        Raises:
            ConfigError: if something in `work` cannot be captured.
        """
        paddle.device.cuda.synchronize()
        try:
            self._graph.capture_begin()
            result = work()
            self._graph.capture_end()
        except Exception as error:  # of whatever kind Paddle's layers below raise
            lines = str(error).split("\n")
            reason = [line.strip() for line in lines if line.strip()][-1:] or [type(error).__name__]
            raise ConfigError(
                f"train.cuda_graph: Paddle {paddle.__version__} cannot capture this step: "
                f"{reason[0][:200]}",
                "Use --set train.cuda_graph=false.",
            ) from error
        return result

    def replay(self) -> None:
        """As `Graph` says."""
        self._graph.replay()

    def reset(self) -> None:
        """As `Graph` says."""
        self._graph.reset()


class StepGraph:
    """A training step's updates, captured after a few steps and replayed from then on.

    A state that takes the place of another, as after a rollback, is captured anew.

    Args:
        make: makes a graph; another in tests.
    """

    def __init__(self, make: Callable[[], Graph] = CudaGraph) -> None:
        self._make = make
        self._state: State | None = None
        self._graph: Graph | None = None
        self._steps = 0

    def run(self, state: State, update: Update, batches: Sequence[Batch]) -> Metrics:
        """Do `update` with `batches`; the metrics that it gives, each float32 ().

        Args:
            state: what `update` changes; all of it is kept in the same memory.
            update: depends on nothing that differs from step to step but `batches` and `state`.
            batches: of the same shapes every time.
        """
        if state is not self._state:
            self._begin(state)
        if self._steps < WARM_UP:
            self._steps += 1
            return update(batches)
        if self._graph is None:
            self._graph = self._captured(state, update, batches)
        with paddle.no_grad():
            for buffers, batch in zip(self._buffers, batches, strict=True):
                for buffer, tensor in zip(buffers, batch, strict=True):
                    paddle.assign(tensor, output=buffer)
        self._graph.replay()
        # A copy, since the next replay changes the values.
        return dict(zip(self._names, self._values.clone().unbind(), strict=True))

    def _begin(self, state: State) -> None:
        if self._graph is not None:
            self._graph.reset()
        self._state, self._graph, self._steps = state, None, 0

    def _captured(self, state: State, update: Update, batches: Sequence[Batch]) -> Graph:
        for optimizer in (state.generator_optimizer, state.discriminator_optimizer):
            keep_on_device(optimizer)
        self._buffers = [Batch(*(tensor.clone() for tensor in batch)) for batch in batches]

        def work() -> Tensor:
            metrics = update(self._buffers)
            self._names = list(metrics)
            return paddle.stack([value.detach() for value in metrics.values()])

        graph = self._make()
        self._values = graph.capture(work)
        return graph


def keep_on_device(optimizer: Optimizer) -> None:
    """Move what Paddle's Adam keeps on the host to the current device.

    On the host its kernel is given numbers, which a graph would repeat; on the device it reads
    and changes them there (github.com/PaddlePaddle/Paddle, phi/kernels/gpu/adam_kernel.cu).
    """
    accumulators: dict[str, dict[str, Any]] = optimizer.adam._accumulators
    for slot in _ON_HOST:
        for name, tensor in accumulators[slot].items():
            moved = paddle.to_tensor(tensor.numpy(), stop_gradient=True)
            # By which its state is saved.
            moved.name = tensor.name
            moved.persistable = True
            accumulators[slot][name] = moved
