import http.client
import multiprocessing
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from lsgan.demo.server import NOT_FOUND, Reply, running
from lsgan.errors import OutputError

ROOT = Path(__file__).parents[2]


class Echo:
    def answer(self, target: str, base: str) -> Reply:
        if target == "/missing":
            return NOT_FOUND
        return Reply(f"{target} of {base}".encode(), "text/plain", headers={"X-Asked": target})


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with running(Echo) as base:
        yield base


def connect(base: str) -> http.client.HTTPConnection:
    return http.client.HTTPConnection(base.removeprefix("http://"), timeout=30)


def ask(connection: http.client.HTTPConnection, target: str, method="GET"):
    connection.request(method, target)
    answer = connection.getresponse()
    return answer, answer.read()


def refuse() -> Echo:
    raise PermissionError(13, "Permission denied")


def test_the_site_is_asked_for_each_path_and_knows_its_own_address(base) -> None:
    answer, body = ask(connect(base), "/a%20b?c=d")
    assert answer.status == 200
    assert body.decode() == f"/a%20b?c=d of {base}"
    assert answer.headers["Content-Type"] == "text/plain"
    assert answer.headers["X-Asked"] == "/a%20b?c=d"


def test_one_connection_serves_many_requests(base) -> None:
    connection = connect(base)
    connection.connect()
    first = connection.sock.getsockname()
    for target in ("/1", "/missing", "/2"):
        answer, body = ask(connection, target)
        assert answer.version == 11
        assert int(answer.headers["Content-Length"]) == len(body)
        assert connection.sock.getsockname() == first


def test_a_head_has_the_headers_of_the_whole_and_no_body(base) -> None:
    connection = connect(base)
    _, body = ask(connection, "/a")
    answer, nothing = ask(connection, "/a", "HEAD")
    assert nothing == b""
    assert int(answer.headers["Content-Length"]) == len(body)
    assert ask(connection, "/b")[1].startswith(b"/b of")  # nothing was left in the connection


def test_other_methods_are_not_supported(base) -> None:
    assert ask(connect(base), "/a", "POST")[0].status == 501


def test_a_silent_client_keeps_nobody_waiting(base) -> None:
    host, port = base.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port))) as silent:
        silent.sendall(b"GET / HTTP/1.1\r\n")
        assert ask(connect(base), "/a")[0].status == 200


def test_only_this_machine_can_connect(base) -> None:
    assert base.startswith("http://127.0.0.1:")


def test_it_ends_with_the_block() -> None:
    before = set(multiprocessing.active_children())
    with running(Echo) as base:
        assert ask(connect(base), "/")[0].status == 200
        assert set(multiprocessing.active_children()) > before
    assert set(multiprocessing.active_children()) == before
    with pytest.raises(ConnectionRefusedError):
        connect(base).connect()


def test_what_the_system_refuses_is_told_with_a_remedy() -> None:
    with pytest.raises(OutputError) as caught, running(refuse):
        pass
    assert caught.value.message == "cannot serve pages on 127.0.0.1: Permission denied"
    assert caught.value.remedy


def test_a_process_that_dies_at_its_start_is_told() -> None:
    died = partial(os._exit, 3)
    with pytest.raises(OutputError, match="its process ended at once"), running(died):
        pass


def test_an_error_in_the_block_comes_out_and_ends_it() -> None:
    with pytest.raises(ZeroDivisionError), running(Echo) as base:
        raise ZeroDivisionError
    with pytest.raises(ConnectionRefusedError):
        connect(base).connect()


@pytest.mark.skipif(os.name == "nt", reason="Ctrl-C cannot be sent to one process there")
def test_ctrl_c_leaves_it_to_its_parent() -> None:
    before = set(multiprocessing.active_children())
    with running(Echo) as base:
        (process,) = set(multiprocessing.active_children()) - before
        os.kill(process.pid, signal.SIGINT)
        assert ask(connect(base), "/")[0].status == 200
        assert process.is_alive()


PARENT = """
import multiprocessing, sys
from tests.demo.test_server import Echo, running
if __name__ == "__main__":
    with running(Echo) as base:
        print(base, flush=True)
        sys.stdin.read()
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="no kill -9 on this system")
def test_killing_the_parent_ends_it(tmp_path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = subprocess.Popen(
        [sys.executable, str(script)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # of the semaphores that nobody was left to close
    )
    base = parent.stdout.readline().decode().strip()
    assert ask(connect(base), "/")[0].status == 200
    parent.kill()
    parent.wait()
    deadline = time.monotonic() + 30
    while is_open(base):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def is_open(base: str) -> bool:
    try:
        connect(base).connect()
    except ConnectionError:
        return False
    return True
