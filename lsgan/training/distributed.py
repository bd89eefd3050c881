"""The processes that train one model together: each its share of every batch.

All have the same networks, step by step: they begin with the same weights and average their
gradients. The first, rank 0, leads: it alone reads and writes the run, measures and decides, and
broadcasts what to train, how many steps to do next, or whose state to take. Which processes there
are stands in the environment variables of `paddle.distributed.launch`; `training.launch` sets the
same.
"""

import io
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from types import FrameType
from typing import Any

import paddle
from paddle import distributed
from paddle.base import core

from lsgan.arrays import Tensor
from lsgan.errors import ConfigError, DeviceError, RunError
from lsgan.training import peers

# Tensors of fewer elements go together. On a GPU copying costs next to nothing.
_FUSED_ON_CPU, _FUSED_ON_GPU = 1 << 18, 1 << 23
# Seconds within which whoever finds a process dead has ended all others.
_ENDED_WITHIN = 10.0


class ProcessGroup:
    """The processes that train together, this one among them.

    Args:
        rank: this process's rank; rank 0 decides.
        world_size: how many there are.
    """

    def __init__(self, rank: int = 0, world_size: int = 1) -> None:
        self.rank = rank
        self.world_size = world_size
        # `training.launch` started this process, and watches all of them.
        self._is_watched = multiprocessing.parent_process() is not None
        self._is_joined = False
        self._peers: peers.Peers | None = None

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
        """Wait until all are there. To be called before anything else of this, if not alone.

        Raises:
            DeviceError: if this build of Paddle has neither gloo nor NCCL (macOS, Windows).
            RunError: if they cannot connect.
        """
        if self.world_size == 1:
            return
        if not hasattr(core, "ProcessGroupGloo" if _on_cpu() else "ProcessGroupNCCL"):
            if self.rank:
                time.sleep(_ENDED_WITHIN)  # the first process says why, and its launcher ends all
                sys.exit(2)
            raise DeviceError(
                "this build of Paddle trains in one process only",
                "Leave --workers and --devices out, or train on Linux.",
            )
        if not self._is_watched and (interface := peers.interface_to(_host())):
            os.environ.setdefault("GLOO_SOCKET_IFNAME", interface)
        try:
            # Paddle prints the settings that it finds changed.
            with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
                distributed.init_parallel_env()
        except (RuntimeError, SystemError) as error:
            raise RunError(
                f"the {self.world_size} processes have not all connected: {_last_line(error)}",
                "Start every machine within 15 minutes. Where a machine has several network "
                "interfaces, name the one to the others with GLOO_SOCKET_IFNAME, or for GPUs with "
                "NCCL_SOCKET_IFNAME.",
            ) from error
        self._peers = peers.connect(
            self.rank, self.world_size, _host(), self._from_leader, self._is_watched
        )
        self._is_joined = True

    @contextmanager
    def membership(self) -> Iterator[None]:
        """While entered, this process is one of several, and the others learn how it ends.

        Signals are for rank 0 alone, which ends the training; SIGTERM that comes to another process
        is passed on to it, since only the machine of that process may have to stop.
        """
        if self.world_size > 1 and self.rank:
            signal.signal(signal.SIGINT, signal.SIG_IGN)
            signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if self.world_size > 1 and not self._is_watched:
            signal.signal(signal.SIGTERM, self._on_signal)
            threading.Thread(target=peers.follow_launcher, daemon=True).start()
        failed = True
        try:
            yield
            failed = False
        finally:
            if self._peers is not None:
                self._peers.close(failed)

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        """Rank 0 comes here with all signals but the first, which it does what it is to do for.

        Paddle's launcher sends three within a second; the second must not break off the saving.
        """
        if not self._is_joined:
            sys.exit(128 + number)
        if self.rank and self._peers is not None:
            self._peers.ask_to_stop()

    def all_reduce_mean(self, tensors: Sequence[Tensor]) -> None:
        """Make each tensor the mean of those that all processes have in its place.

        Small tensors go together, so that their number does not count; copying large ones into one
        would take longer than it saves. One tensor that holds everything is the fastest to give.
        """
        if self.world_size == 1:
            return
        with paddle.no_grad(), _connected():
            small = [tensor for tensor in tensors if tensor.size < _fused_size()]
            sent = [tensor for tensor in tensors if tensor.size >= _fused_size()]
            if small:
                sent.append(paddle.concat([tensor.flatten() for tensor in small]))
            for task in [distributed.all_reduce(tensor, sync_op=False) for tensor in sent]:
                task.wait()
            for tensor in sent:
                tensor.scale_(1 / self.world_size)
            if small:
                parts = sent[-1].split([tensor.size for tensor in small])
                for tensor, part in zip(small, parts, strict=True):
                    tensor.copy_(part.reshape(tensor.shape), False)

    def mean(self, metrics: dict[str, Tensor]) -> dict[str, Tensor]:
        """The means over all processes of what each has measured, each float32 ()."""
        if self.world_size == 1:
            return metrics
        together = paddle.stack(list(metrics.values()))
        self.all_reduce_mean([together])
        return dict(zip(metrics, together.unbind(), strict=True))

    def broadcast(self, *command: Any) -> None:
        """Say to those that follow what they are to do next; anything that can be pickled."""
        if self._peers is not None:
            self._peers.announce()
            self._from_leader(command)

    def receive(self) -> tuple[Any, ...]:
        """What the leader broadcasts next, however long it works alone until then."""
        if self._peers is not None:
            self._peers.wait()
        return tuple(self._from_leader(None))

    def _from_leader(self, given: Any) -> Any:
        """What rank 0 has called this with."""
        heard = [given]
        with _connected():
            distributed.broadcast_object_list(heard, src=0)
        return heard[0]

    def synchronised(self, network: Any) -> Any:
        """The network with batch norm over the whole batch, where Paddle can: on GPUs."""
        if self.world_size == 1 or _on_cpu():
            return network
        return paddle.nn.SyncBatchNorm.convert_sync_batchnorm(network)


def _on_cpu() -> bool:
    return bool(paddle.get_device() == "cpu")


def _fused_size() -> int:
    return _FUSED_ON_CPU if _on_cpu() else _FUSED_ON_GPU


def _host() -> str:
    """The name or address of rank 0's machine."""
    endpoint = os.environ.get("PADDLE_MASTER") or os.environ["PADDLE_TRAINER_ENDPOINTS"]
    return endpoint.split(",")[0].rpartition(":")[0]


def _last_line(error: Exception) -> str:
    return str(error).strip().rpartition("\n")[2]


@contextmanager
def _connected() -> Iterator[None]:
    """Make of gloo's error about another process that is gone one line.

    The launcher, or rank 0, finds the same out at that moment, knows which process it is and ends
    this one.

    Raises:
        RunError: if none of them does.
    """
    try:
        yield
    except RuntimeError as error:
        time.sleep(_ENDED_WITHIN)
        raise RunError(
            f"the connection to the other processes broke: {_last_line(error)}",
            "Go on from the last checkpoint with --resume.",
        ) from error


SINGLE_PROCESS = ProcessGroup()
