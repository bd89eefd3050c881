"""Decoding on a Dask cluster: the same data set as on one machine."""

import os
import shutil
import signal
import threading
import time
from dataclasses import replace

import pytest

from lsgan.data import cluster_decoding
from lsgan.data import prepare as module
from lsgan.data.decode import attempt
from lsgan.data.prepare import prepare
from lsgan.data.settings import PrepareSettings
from lsgan.errors import ClusterError, DataError
from lsgan.system.cluster import connect
from tests.data.samples import contents, photographs, texture
from tests.local_cluster import local_cluster


@pytest.fixture(scope="module")
def address():
    with local_cluster(2, threads=2) as scheduler:
        yield scheduler


@pytest.fixture(scope="module")
def sources(tmp_path_factory):
    """Two folders and an archive, with copies of each other and files of no use."""
    folder = tmp_path_factory.mktemp("sources")
    first = photographs(folder / "first", 60)
    second = photographs(folder / "second", 3)
    shutil.copy(first / "0001.jpg", second / "copy.jpg")
    texture(5, 160, 160).save(second / "larger.png")
    texture(200, 90, 90).save(second / "tiff.tif")
    (first / "page.jpg").write_text("<html>")
    (first / "empty.jpg").touch()
    (first / "notes.txt").write_text("notes")
    shutil.copy(first / "page.jpg", second / "zipped.jpg")
    archive = shutil.make_archive(str(folder / "archive"), "zip", second)
    return [first, second, folder / archive]


@pytest.fixture(scope="module")
def expected(sources, tmp_path_factory):
    out = tmp_path_factory.mktemp("one machine") / "out"
    summary = prepare(sources, out, PrepareSettings(workers=2))
    return replace(summary, out=None, seconds=0), contents(out)


def packed(sources, out, settings):
    summary = prepare(sources, out, settings)
    return replace(summary, out=None, seconds=0), contents(out)


def slow_attempt(path, **settings):
    time.sleep(0.03)
    return attempt(path, **settings)


def die_of_one(path, **settings):
    if path.name == "0013.jpg":
        os._exit(1)
    return attempt(path, **settings)


def unseen(files):
    return [False] * len(files)


def test_the_data_set_is_that_of_one_machine_byte_for_byte(address, sources, expected, tmp_path):
    found = packed(sources, tmp_path / "out", PrepareSettings(cluster=address))
    assert found == expected
    assert found[0].near >= 1
    assert set(found[0].rejected) == {"empty", "not-an-image"}


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
def test_the_files_of_a_killed_worker_are_decoded_again(
    address, sources, expected, tmp_path, monkeypatch
):
    monkeypatch.setattr(module, "attempt", slow_attempt)
    with connect(address) as cluster:
        workers = cluster.everywhere(os.getpid)
    killed = threading.Timer(0.4, os.kill, (min(workers.values()), signal.SIGKILL))
    killed.start()
    assert packed(sources, tmp_path / "out", PrepareSettings(cluster=address)) == expected
    assert killed.finished.is_set()
    with connect(address) as cluster:
        assert cluster.everywhere(os.getpid) != workers


def test_an_image_that_ends_its_workers_costs_only_itself(address, sources, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "attempt", die_of_one)
    summary = prepare(sources[:1], tmp_path / "out", PrepareSettings(cluster=address))
    assert summary.rejected == {"empty": 1, "not-an-image": 1, "decoder-crashed": 1}
    assert summary.kept == 59


@pytest.mark.parametrize("which", ["", "0031.jpg"])
def test_files_that_a_worker_does_not_see_are_sent_to_it(
    address, sources, expected, tmp_path, monkeypatch, capsys, which
):
    described = cluster_decoding._described

    def changed(path):
        """As where another file lies at this path of the worker's."""
        file = described(path)
        return replace(file, changed=file.changed + 1) if which in file.path else file

    monkeypatch.setattr(cluster_decoding, "_described", changed)
    assert packed(sources, tmp_path / "out", PrepareSettings(cluster=address)) == expected
    assert ("not every worker sees" in capsys.readouterr().err) == (not which)


def test_what_is_too_large_to_be_sent_is_decoded_here(address, sources, tmp_path, monkeypatch):
    monkeypatch.setattr(cluster_decoding, "_seen", unseen)
    monkeypatch.setattr(cluster_decoding, "_MOST_SENT", 0)
    found = packed(sources[1:2], tmp_path / "out", PrepareSettings(cluster=address))
    assert found == packed(sources[1:2], tmp_path / "here", PrepareSettings(workers=1))


def test_a_cluster_that_is_not_there_leaves_no_folder(sources, tmp_path):
    with pytest.raises(ClusterError, match="cannot use 'nonsense'"):
        prepare(sources, tmp_path / "out", PrepareSettings(cluster="nonsense"))
    assert not (tmp_path / "out").exists()


def test_options_that_exclude_each_other_are_refused():
    with pytest.raises(DataError, match="--workers"):
        PrepareSettings(cluster="a:1", workers=2)
    with pytest.raises(DataError, match="digits"):
        PrepareSettings(cluster="a:1", origin="mnist")
