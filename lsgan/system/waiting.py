"""How idle threads of Paddle's wait for their next work: busily, or asleep.

A training step on a CPU is made of hundreds of short operations, and a thread that sleeps between
two of them takes longer to wake than many of them take. A thread that waits busily, however, has
the core while another program could use it. So it is done only while none wants to.
"""

import os
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from lsgan.system import openmp
from lsgan.system.runtime import BLOCKTIME
from lsgan.system.threads import threads

# How long threads wait busily, in milliseconds, the shortest time that Intel's library knows.
_BUSILY = 1
# What other programs do is judged after so many seconds of work.
_PERIOD = 1.0
# So many cores' worth of time may others use while threads still wait busily.
_SLACK = 0.3


class Waiting:
    """Makes idle threads wait busily while all the cores that they compute on are free.

    A context, for the pieces of work in which the threads compute.

    Args:
        set_busy: has the threads of this process wait busily, or not.
        others: how much processor time other processes have used so far, in seconds.
        cores: how many cores the machine has.
    """

    def __init__(
        self, set_busy: Callable[[bool], None], others: Callable[[], float], cores: int
    ) -> None:
        self._set_busy, self._others, self._cores = set_busy, others, cores
        # Of the work since the last judgement: how long it took, and what others used meanwhile.
        self._passed, self._used = 0.0, 0.0

    def __enter__(self) -> None:
        self._passed -= time.monotonic()
        self._used -= self._others()

    def __exit__(self, *error: object) -> None:
        self._passed += time.monotonic()
        self._used += self._others()
        if self._passed >= _PERIOD:
            self._set_busy(self._used / self._passed + threads() <= self._cores + _SLACK)
            self._passed = self._used = 0.0


def adaptive_waiting() -> AbstractContextManager[None]:
    """The context in which the threads of this process are to compute.

    It changes how they wait where Paddle brings Intel's OpenMP, on Linux, and where it can be seen
    what other programs do, unless the user has set KMP_BLOCKTIME.
    """
    library = openmp.library()
    if library is None or threads() == 1 or os.environ.get("KMP_BLOCKTIME") != BLOCKTIME:
        return nullcontext()
    try:
        _others()
    except (OSError, ValueError):  # a sandbox may hide what the machine does
        return nullcontext()

    def set_busy(busy: bool) -> None:
        library.kmp_set_blocktime(_BUSILY if busy else 0)

    return Waiting(set_busy, _others, os.cpu_count() or 1)


def _others() -> float:
    """The processor time that other processes of this machine have used, in seconds."""
    # Of all processors: in user mode, there with low priority, in the kernel; then idle and
    # waiting for a disk; then in interrupts. See proc(5).
    line = Path("/proc/stat").read_text(encoding="ascii").splitlines()[0]
    user, nice, kernel, _, _, *interrupts = map(int, line.split()[1:8])
    busy = (user + nice + kernel + sum(interrupts)) / os.sysconf("SC_CLK_TCK")
    own = os.times()
    return busy - own.user - own.system
