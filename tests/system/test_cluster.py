import logging
import os
import signal
import socket
import time
from contextlib import closing

import pytest
from distributed import LocalCluster

from lsgan.errors import ClusterError
from lsgan.system import cluster as module
from lsgan.system.cluster import connect

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def address():
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None
    ) as cluster:
        yield cluster.scheduler_address


def slow_double(item):
    time.sleep(0.02)
    return item * 2


def double_or_die(item):
    if item == 13:
        os._exit(3)
    return item * 2


def crashed(item):
    return -item


def other_versions(names):
    return tuple((name, "0.0.1") for name in names)


def test_results_come_in_order_and_items_are_taken_as_the_work_advances(address):
    taken = []

    def items():
        for item in range(200):
            taken.append(item)
            yield item

    with connect(address) as cluster, closing(cluster.map(abs, items(), crashed, 4)) as results:
        assert [next(results) for _ in range(5)] == [0, 1, 2, 3, 4]
        assert len(taken) < 100
        assert list(results) == list(range(5, 200))
        assert list(cluster.map(abs, [], crashed)) == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
def test_what_a_killed_worker_had_is_done_again(address):
    with connect(address) as cluster, closing(
        cluster.map(slow_double, range(200), crashed, 4)
    ) as results:
        first = [next(results) for _ in range(20)]
        os.kill(min(cluster.everywhere(os.getpid).values()), signal.SIGKILL)
        assert first + list(results) == [2 * item for item in range(200)]


def test_only_the_item_that_kills_its_workers_is_lost(address):
    with connect(address) as cluster:
        results = list(cluster.map(double_or_die, range(40), crashed, 8))
    assert results == [-item if item == 13 else item * 2 for item in range(40)]
