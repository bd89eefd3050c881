"""Threads wait busily only while no other program wants the cores."""

import ctypes
import os
import subprocess
import sys
import time

import pytest

from lsgan.system import openmp, waiting
from lsgan.system.waiting import Waiting


class Clock:
    now = 100.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    monkeypatch.setattr(time, "monotonic", lambda: Clock.now)
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    return Clock


@pytest.mark.parametrize(
    ("cores", "used", "expected"),
    [
        (2, [0.0, 0.1, 1.0, 1.0, 0.0], [True, True, False, False, True]),
        (4, [0.0, 1.0, 2.0, 3.0], [True, True, True, False]),
        (1, [0.0], [False]),
    ],
)
def test_they_sleep_while_others_want_their_cores(
    clock: Clock, cores: int, used: list[float], expected: list[bool]
) -> None:
    total, found = [5.0], []
    waits = Waiting(found.append, lambda: total[0], cores)
    for cores_used in used:
        with waits:
            clock.now += 2.0
            total[0] += 2.0 * cores_used
        # What happens between two pieces of work is none of its business.
        clock.now += 3.0
        total[0] += 6.0
    assert found == expected


def test_it_judges_once_a_second(clock: Clock) -> None:
    found = []
    waits = Waiting(found.append, lambda: 0.0, 2)
    for _ in range(10):
        with waits:
            clock.now += 0.4
    assert len(found) == 3


def test_what_the_user_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(openmp, "library", lambda: ctypes.CDLL(None))
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    for value, adapts in (("0", True), ("1", False), ("200", False)):
        monkeypatch.setenv("KMP_BLOCKTIME", value)
        assert isinstance(waiting.adaptive_waiting(), Waiting) == adapts
    monkeypatch.setenv("KMP_BLOCKTIME", "0")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert not isinstance(waiting.adaptive_waiting(), Waiting)


def test_where_others_cannot_be_seen_nothing_is_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    def hidden() -> float:
        raise PermissionError

    monkeypatch.setattr(openmp, "library", lambda: ctypes.CDLL(None))
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("KMP_BLOCKTIME", "0")
    monkeypatch.setattr(waiting, "_others", hidden)
    assert not isinstance(waiting.adaptive_waiting(), Waiting)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_the_time_of_other_processes_is_counted_and_that_of_this_one_is_not() -> None:
    before, start = waiting._others(), time.monotonic()
    other = "import time\nwhile time.process_time() < 0.6: pass"
    subprocess.run([sys.executable, "-c", other], check=True)
    assert waiting._others() - before > 0.5
    own = os.times().user
    before, start = waiting._others(), time.monotonic()
    while os.times().user - own < 0.6:
        pass
    # Others may have run meanwhile, on all cores but this.
    spent = (time.monotonic() - start) * (os.cpu_count() or 1)
    assert waiting._others() - before < spent - 0.5


@pytest.mark.skipif(openmp.library() is None, reason="Paddle brings no OpenMP of Intel's here")
def test_paddles_library_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    monkeypatch.setenv("KMP_BLOCKTIME", "0")
    waits = waiting.adaptive_waiting()
    before = openmp.library().kmp_get_blocktime()
    try:
        for busy in (True, False):
            waits._set_busy(busy)
            assert openmp.library().kmp_get_blocktime() == int(busy)
    finally:
        openmp.library().kmp_set_blocktime(before)


@pytest.mark.skipif(openmp.library() is None, reason="Paddle brings no OpenMP of Intel's here")
def test_within_one_thread_there_is_but_one() -> None:
    threads = openmp.library().omp_get_max_threads
    before = threads()
    with pytest.raises(ZeroDivisionError), openmp.one_thread():
        assert threads() == 1
        raise ZeroDivisionError
    assert threads() == before
