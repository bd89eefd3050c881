"""The processes that train one model together: each its share of every batch.

All have the same networks, step by step: they begin with the same weights and average their
gradients. The first, rank 0, leads: it alone reads and writes the run, measures and decides, and
tells the others how many steps to do next or whose state to take. Which processes there are stands
in the environment variables of `paddle.distributed.launch`, and `lsgan.workers` sets the same.
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


class Ranks:
    """The processes that train together, this one among them.

    Args:
        index: this process's rank; 0 leads.
        count: how many there are.
    """

    def __init__(self, index: int = 0, count: int = 1) -> None:
        self.index = index
        self.count = count

    @classmethod
    def here(cls) -> "Ranks":
        """As the environment says; one alone if it says nothing."""
        index = os.environ.get("PADDLE_TRAINER_ID", "0")
        return cls(int(index), int(os.environ.get("PADDLE_TRAINERS_NUM", "1")))

    def share(self, batch_size: int) -> slice:
        """Which images of a batch are this process's.

        Raises:
            ConfigError: if they cannot be shared out evenly.
        """
        each, rest = divmod(batch_size, self.count)
        if rest:
            raise ConfigError(
                f"a batch of {batch_size} cannot be shared out among {self.count} processes",
                f"Use a multiple of {self.count} for train.batch_size.",
            )
        return slice(self.index * each, (self.index + 1) * each)

    def join(self) -> None:
        """Wait until all are there. To be called before anything else of this, if not alone."""
        if self.count > 1:
            # Paddle prints the settings that it finds changed.
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                distributed.init_parallel_env()

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Make each tensor the mean of those that all processes have in its place."""
        if self.count == 1:
            return
        for task in [distributed.all_reduce(tensor, sync_op=False) for tensor in tensors]:
            task.wait()
        with paddle.no_grad():
            for tensor in tensors:
                tensor.scale_(1 / self.count)

    def tell(self, *command: Any) -> None:
        """Say to those that follow what they are to do next; anything that can be pickled."""
        if self.count > 1:
            distributed.broadcast_object_list([command], src=0)

    def hear(self) -> tuple[Any, ...]:
        """What the leader tells next."""
        heard: list[Any] = [None]
        distributed.broadcast_object_list(heard, src=0)
        return tuple(heard[0])

    def synchronised(self, network: Any) -> Any:
        """The network with batch norm over the whole batch, where Paddle can: on GPUs."""
        if self.count == 1 or paddle.get_device() == "cpu":
            return network
        return paddle.nn.SyncBatchNorm.convert_sync_batchnorm(network)


ALONE = Ranks()
