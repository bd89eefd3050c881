import os
import signal
import socket
import time
from contextlib import closing

import pytest
from distributed import LocalCluster

from lsgan.errors import ClusterError
from lsgan.system import cluster as module
from lsgan.system import versions
from lsgan.system.cluster import connect
from tests.local_cluster import local_cluster

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def address():
    with local_cluster(2) as scheduler:
        yield scheduler


def slow_double(item):
    time.sleep(0.02)
    return item * 2


def double_or_die(item):
    if item == 13:
        os._exit(3)
    return item * 2


def crashed(item):
    return -item


def unimportable(_):
    raise ModuleNotFoundError("No module named 'lsgan.new'", name="lsgan.new")


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
    with (
        connect(address) as cluster,
        closing(cluster.map(slow_double, range(200), crashed, 4)) as results,
    ):
        first = [next(results) for _ in range(20)]
        os.kill(min(cluster.everywhere(os.getpid).values()), signal.SIGKILL)
        assert first + list(results) == [2 * item for item in range(200)]


def test_only_the_item_that_kills_its_workers_is_lost(address):
    with connect(address) as cluster:
        results = list(cluster.map(double_or_die, range(40), crashed, 8))
    assert results == [-item if item == 13 else item * 2 for item in range(40)]


def test_a_scheduler_that_cannot_be_reached_or_is_none_is_told_with_a_remedy(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        with (
            pytest.raises(ClusterError, match="within 1 s") as caught,
            connect(f"tcp://127.0.0.1:{port}", timeout=1),
        ):
            pass
        assert "dask scheduler" in caught.value.remedy
    other = tmp_path / "other.json"
    other.write_text("{")
    for address in (f"127.0.0.1:{port}", "nonsense", "http://127.0.0.1:1", "a:b", "", str(other)):
        with pytest.raises(ClusterError, match="dask scheduler"), connect(address, timeout=1):
            pass


def test_a_worker_is_no_scheduler(address):
    with connect(address) as cluster:
        worker = next(iter(cluster.everywhere(os.getpid)))
    with pytest.raises(ClusterError, match="no scheduler but a worker"), connect(worker):
        pass


def test_workers_of_other_versions_are_refused_also_those_that_join_later(address, monkeypatch):
    with connect(address) as cluster:
        cluster._expected = (("lsgan", "0.0.1"), ("numpy", "none"))
        with pytest.raises(ClusterError, match=r"tcp://.* has lsgan .* asks for 0\.0\.1"):
            cluster.check_versions()
        with pytest.raises(ClusterError, match=r"a worker has lsgan .* asks for 0\.0\.1"):
            list(cluster.map(abs, range(4), crashed))
        with pytest.raises(ClusterError, match="a worker has no lsgan"):
            cluster._results(cluster.client.submit(unimportable, 0))
    monkeypatch.setattr("lsgan.__version__", "0.0.1")
    versions.versions.cache_clear()
    with pytest.raises(ClusterError, match="the same versions"), connect(address):
        pass
    versions.versions.cache_clear()


def test_a_cluster_without_workers_is_waited_for_and_then_given_up(monkeypatch, capsys):
    monkeypatch.setattr(module, "_LOOK", 0.2)
    with (
        LocalCluster(n_workers=0, processes=True, dashboard_address=":0") as empty,
        connect(empty.scheduler_address, patience=0.5) as cluster,
        pytest.raises(ClusterError, match="no worker for 0 s") as caught,
    ):
        list(cluster.map(abs, range(4), crashed))
    assert "dask worker tcp://" in caught.value.remedy
    assert "waiting for one" in capsys.readouterr().err


def test_a_scheduler_that_is_lost_ends_the_work_with_one_line():
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address=":0") as lost,
        connect(lost.scheduler_address) as cluster,
        closing(cluster.map(slow_double, range(200), crashed, 4)) as results,
    ):
        next(results)
        lost.close()
        with pytest.raises(ClusterError, match="is lost"):
            list(results)
