"""How idle threads of Paddle's wait for their next work: busily, or asleep.

A training step on a CPU is made of hundreds of short operations, and a thread that sleeps between
two of them takes longer to wake than many of them take. A thread that waits busily, however, has
the core while another program could use it. So it is done only while none wants to.
"""

import ctypes
import importlib.util
import os
import sys
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from lsgan.system.runtime import BLOCKTIME
from lsgan.system.threads import threads

# How long threads wait busily, in milliseconds, the shortest time that Intel's library knows.
_BUSILY = 1
# Seconds between two looks at what other programs do.
_PERIOD = 1.0
# So many cores' worth of time may others use while threads still wait busily.
_SLACK = 0.3


class Waiting:
    """Makes idle threads wait busily while all the cores that they compute on are free.

    Args:
        set_busy: has the threads of this process wait busily, or not.
        others: how much processor time other processes have used so far, in seconds.
        cores: how many cores the machine has.
    """

    def __init__(
        self, set_busy: Callable[[bool], None], others: Callable[[], float], cores: int
    ) -> None:
        self._set_busy, self._others, self._cores = set_busy, others, cores
        self._looked, self._used = time.monotonic(), others()

    def adapt(self) -> None:
        """Look at what other programs have done since the last time, if that is long ago."""
        now = time.monotonic()
        if now - self._looked < _PERIOD:
            return
        used = self._others()
        wanted = (used - self._used) / (now - self._looked)
        self._looked, self._used = now, used
        self._set_busy(wanted + threads() <= self._cores + _SLACK)


def of_this_process() -> Waiting | None:
    """How Paddle's threads wait in this process; None where that is not to be changed.

    It can be where Paddle brings Intel's OpenMP, on Linux, unless the user has set KMP_BLOCKTIME.
    """
    library = _openmp()
    if library is None or threads() == 1 or os.environ.get("KMP_BLOCKTIME") != BLOCKTIME:
        return None

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


@cache
def _openmp() -> ctypes.CDLL | None:
    """Intel's OpenMP, which Paddle has loaded."""
    found = importlib.util.find_spec("paddle")
    if sys.platform != "linux" or found is None or found.origin is None:
        return None
    try:
        library = ctypes.CDLL(str(Path(found.origin).parent / "libs" / "libiomp5.so"))
        return library if hasattr(library, "kmp_set_blocktime") else None
    except OSError:
        return None
