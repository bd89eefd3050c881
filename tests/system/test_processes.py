import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lsgan.system.processes import SurvivingPool, map_surviving
from tests.data.samples import ROOT


def double_or_die(item):
    if item % 25 == 13:
        os._exit(3)
    return item * 2


def crashed(item):
    return -item


def own_process(_):
    return os.getpid()


def refuse_to_start():
    raise OSError("cannot start")


@pytest.mark.parametrize("count", [0, 1, 7, 8, 9, 200])
def test_results_come_in_order(count):
    assert list(map_surviving(abs, range(-count, 0), 2, abs)) == list(range(count, 0, -1))


def test_only_the_item_that_kills_its_process_is_lost():
    results = list(map_surviving(double_or_die, range(60), 2, crashed))
    assert results == [-i if i % 25 == 13 else i * 2 for i in range(60)]


def test_one_worker_needs_no_other_process():
    assert set(map_surviving(own_process, range(20), 1, abs)) == {os.getpid()}
    assert os.getpid() not in set(map_surviving(own_process, range(20), 2, abs))


def test_a_pool_that_cannot_start_blames_no_item(monkeypatch):
    monkeypatch.setattr("lsgan.system.processes._initialize", refuse_to_start)
    with pytest.raises(RuntimeError):
        list(map_surviving(abs, range(20), 2, crashed))


SLEEPER = """
import time
from lsgan.system.processes import SurvivingPool, map_surviving
def tell(_):
    import os, sys
    print(os.getpid(), flush=True)
    time.sleep(60)
if __name__ == "__main__":
    list(map_surviving(tell, range(64), 2, tell))
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
def test_killing_the_parent_ends_the_workers(tmp_path):
    script = tmp_path / "sleeper.py"
    script.write_text(SLEEPER)
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # of the semaphores that nobody was left to close
    )
    workers = [int(parent.stdout.readline()) for _ in range(2)]
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 10
    while any(is_running(worker) for worker in workers):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_running(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{process}/stat")
    try:  # one that has ended and that nobody has waited for is still listed
        return status.read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return not Path("/proc/self").exists()


def test_single_calls_from_threads_survive_too():
    pool = SurvivingPool(2)
    try:
        with ThreadPoolExecutor(4) as threads:
            items = range(30)
            results = list(threads.map(lambda i: pool.call(double_or_die, i, crashed), items))
        assert results == [-i if i % 25 == 13 else i * 2 for i in items]
        assert pool.call(double_or_die, 1, crashed) == 2
    finally:
        pool.close()
