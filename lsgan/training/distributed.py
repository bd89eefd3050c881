"""The processes that train one model together: each its share of every batch.

All have the same networks, step by step: they begin with the same weights and average their
gradients. The first, rank 0, leads: it alone reads and writes the run, measures and decides, and
broadcasts how many steps to do next, or whose state to take. Which processes there are stands
in the environment variables of `paddle.distributed.launch`; `training.launch` sets the same.
"""

import io
import os
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from typing import Any

import paddle
from paddle import distributed

from lsgan.arrays import Tensor
from lsgan.errors import ConfigError


class ProcessGroup:
    """The processes that train together, this one among them.

    Args:
        rank: this process's rank; rank 0 decides.
        world_size: how many there are.
    """

    def __init__(self, rank: int = 0, world_size: int = 1) -> None:
        self.rank = rank
        self.world_size = world_size

    @classmethod
    def from_environment(cls) -> "ProcessGroup":
        """As the environment says; one alone if it says nothing."""
        rank = os.environ.get("PADDLE_TRAINER_ID", "0")
        return cls(int(rank), int(os.environ.get("PADDLE_TRAINERS_NUM", "1")))

    def shard(self, batch_size: int) -> slice:
        """Which images of a batch are this process's.

        Raises:
            ConfigError: if they cannot be shared out evenly.
        """
        each, rest = divmod(batch_size, self.world_size)
        if rest:
            raise ConfigError(
                f"a batch of {batch_size} cannot be shared out among {self.world_size} processes",
                f"Use a multiple of {self.world_size} for train.batch_size.",
            )
        return slice(self.rank * each, (self.rank + 1) * each)

    def init(self) -> None:
        """Wait until all are there. To be called before anything else of this, if not alone."""
        if self.world_size > 1:
            # Paddle prints the settings that it finds changed.
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                distributed.init_parallel_env()

    def all_reduce_mean(self, tensors: Sequence[Tensor]) -> None:
        """Make each tensor the mean of those that all processes have in its place."""
        if self.world_size == 1:
            return
        for task in [distributed.all_reduce(tensor, sync_op=False) for tensor in tensors]:
            task.wait()
        with paddle.no_grad():
            for tensor in tensors:
                tensor.scale_(1 / self.world_size)

    def mean(self, metrics: dict[str, Tensor]) -> dict[str, Tensor]:
        """The means over all processes of what each has measured, each float32 ()."""
        if self.world_size == 1:
            return metrics
        together = paddle.stack(list(metrics.values()))
        self.all_reduce_mean([together])
        return dict(zip(metrics, together.unbind(), strict=True))

    def broadcast(self, *command: Any) -> None:
        """Say to those that follow what they are to do next; anything that can be pickled."""
        if self.world_size > 1:
            distributed.broadcast_object_list([command], src=0)

    def receive(self) -> tuple[Any, ...]:
        """What the leader broadcasts next."""
        heard: list[Any] = [None]
        distributed.broadcast_object_list(heard, src=0)
        return tuple(heard[0])

    def synchronised(self, network: Any) -> Any:
        """The network with batch norm over the whole batch, where Paddle can: on GPUs."""
        if self.world_size == 1 or paddle.get_device() == "cpu":
            return network
        return paddle.nn.SyncBatchNorm.convert_sync_batchnorm(network)


SINGLE_PROCESS = ProcessGroup()
