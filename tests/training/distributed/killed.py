"""`lsgan`, one of whose processes is killed when a training comes to a certain moment.

Environment variables say which: LSGAN_TEST_RUN is the run's folder, LSGAN_TEST_MOMENT one of those
in moments.py, and LSGAN_TEST_VICTIM the rank of the process that SIGKILL hits. Every process that
trains runs this file, and so has the same wrappers around what happens at these moments.
"""

import os
import signal
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from moments import AT_START, OF_LEADER

from lsgan.checkpoints.run import Run
from lsgan.cli import main
from lsgan.system import runtime

runtime.start("cpu")

import paddle  # noqa: E402
from paddle import distributed  # noqa: E402

from lsgan.evaluation.checkpoint_evaluator import CheckpointEvaluator  # noqa: E402
from lsgan.training import callbacks, train  # noqa: E402
from lsgan.training.augmentation import Augmentation  # noqa: E402
from lsgan.training.distributed import ProcessGroup  # noqa: E402

OUT = Path(os.environ["LSGAN_TEST_RUN"])
MOMENT = os.environ.get("LSGAN_TEST_MOMENT", "")
VICTIM = int(os.environ.get("LSGAN_TEST_VICTIM", "-1"))


def rank() -> int:
    """This process's, -2 in the one that starts the others."""
    return int(os.environ.get("PADDLE_TRAINER_ID", "-2"))


def pid_file(number: int) -> Path:
    return OUT.with_name(f"{OUT.name}-{number}.pid")


def reach(moment: str) -> None:
    """Kill the victim if this is the moment, in a start or once there is a checkpoint; once."""
    mark = OUT.with_name("killed")
    if not moment or moment != MOMENT or mark.exists():
        return
    if not (moment in AT_START or Run(OUT).kept()):
        return
    if rank() == VICTIM or (rank() == 0 and moment in OF_LEADER):
        mark.touch()
        with suppress(ProcessLookupError):  # it has been killed before
            os.kill(int(pid_file(VICTIM).read_text()), signal.SIGKILL)


def wrap(owner: Any, name: str, before: str = "", after: str = "") -> None:
    original: Callable[..., Any] = getattr(owner, name)

    def wrapped(*given: Any, **named: Any) -> Any:
        reach(before)
        answer = original(*given, **named)
        reach(after)
        return answer

    setattr(owner, name, wrapped)


def wrap_backward() -> None:
    original = paddle.Tensor.backward

    def backward(self: Any, *given: Any, **named: Any) -> None:
        def reached(_: Any) -> None:
            reach("backward")

        self.register_hook(reached)
        original(self, *given, **named)

    paddle.Tensor.backward = backward


def wrap_renaming() -> None:
    original = Path.replace

    def replace(self: Path, target: Any) -> Path:
        is_checkpoint = str(target).endswith(".safetensors")
        reach("before renaming" if is_checkpoint else "")
        answer = original(self, target)
        reach("after renaming" if is_checkpoint else "")
        return answer

    Path.replace = replace  # type: ignore[method-assign]


def wrap_joining() -> None:
    original = ProcessGroup.init

    def init(self: ProcessGroup) -> None:
        pid_file(self.rank).write_text(str(os.getpid()))
        reach("before joining")
        original(self)
        reach("after joining")

    ProcessGroup.init = init  # type: ignore[method-assign]


def wrap_ending() -> None:
    original = ProcessGroup.receive

    def receive(self: ProcessGroup) -> tuple[Any, ...]:
        heard = original(self)
        reach("ending" if heard[0] == "end" else "")
        return heard

    ProcessGroup.receive = receive  # type: ignore[method-assign]
    wrap(train, "finish", before="ending")


wrap_joining()
wrap(Augmentation, "apply", before="forward")
wrap_backward()
wrap(distributed, "all_reduce", after="all-reduce")
wrap_ending()
wrap_renaming()
wrap(CheckpointEvaluator, "evaluate", before="evaluating")
wrap(callbacks, "save_png", before="sampling")

if __name__ == "__main__":
    main()
