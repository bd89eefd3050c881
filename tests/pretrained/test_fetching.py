"""Published weights are fetched once, by several processes too, and no longer than a time."""

import hashlib
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lsgan.errors import RunError
from lsgan.features.inception import ADDRESS, download_weights
from lsgan.pretrained.fetching import fetch, fetched

CONTENT = bytes(range(256)) * 999
MD5 = hashlib.md5(CONTENT).hexdigest()


class _Server(ThreadingHTTPServer):
    """Serves `CONTENT` under every address and counts how often."""

    daemon_threads = True
    asked = 0


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_GET(self) -> None:
        self.server.asked += 1
        self.send_response(200)
        self.send_header("Content-Length", str(len(CONTENT)))
        self.end_headers()
        self.wfile.write(CONTENT)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Paddle's folder, empty, and no wait that a test could notice."""
    monkeypatch.setattr("paddle.utils.download.WEIGHTS_HOME", str(tmp_path / "home"))
    monkeypatch.setattr("lsgan.pretrained.fetching._SECONDS", 60)
    return tmp_path / "home"


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[_Server]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with _Server(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


def fetch_from(server: _Server) -> Path:
    address = f"http://127.0.0.1:{server.server_port}/some/w.pdparams"
    return fetch(address, "the weights", "Do without.", MD5)


@pytest.mark.parametrize("own", ["127.0.0.1:10", "127.0.0.1:9"])
def test_every_process_of_a_machine_fetches_for_itself(
    server: _Server, home: Path, monkeypatch: pytest.MonkeyPatch, own: str
) -> None:
    """Paddle's public function has "127.0.0.1:9" wait, the greater as text, for ever."""
    monkeypatch.setenv("PADDLE_TRAINER_ENDPOINTS", "127.0.0.1:10,127.0.0.1:9")
    monkeypatch.setenv("PADDLE_CURRENT_ENDPOINT", own)
    path = fetch_from(server)
    assert path == home / "w.pdparams"
    assert path.read_bytes() == CONTENT
    # Once, and nothing beside it is left.
    assert fetch_from(server) == path
    assert server.asked == 1
    assert list(home.iterdir()) == [path]


def test_several_at_once_do_not_disturb_each_other(server: _Server, home: Path) -> None:
    with ThreadPoolExecutor(4) as pool:
        for path in pool.map(lambda _: fetch_from(server), range(8)):
            assert path.read_bytes() == CONTENT
    assert list(home.iterdir()) == [path]


def test_a_file_that_was_cut_short_is_fetched_again(server: _Server, home: Path) -> None:
    home.mkdir()
    path = home / "w.pdparams"
    path.write_bytes(CONTENT[:-1])
    assert fetched("http://nowhere/w.pdparams", MD5) is None
    assert fetched("http://nowhere/w.pdparams") == path
    assert fetch_from(server) == path
    assert path.read_bytes() == CONTENT
    assert fetched("http://nowhere/w.pdparams", MD5) == path


def test_without_a_network_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(url: str, *_: object) -> str:
        assert url == ADDRESS
        raise RuntimeError("Downloading failed")

    monkeypatch.setattr("paddle.utils.download._download", refuse)
    with pytest.raises(RunError, match="could not be fetched") as caught:
        download_weights()
    assert "--weights" in caught.value.remedy


def test_a_silent_server_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()
    monkeypatch.setattr("lsgan.pretrained.fetching._SECONDS", 0.1)
    monkeypatch.setattr("paddle.utils.download._download", lambda *_: over.wait(60))
    try:
        with pytest.raises(RunError, match="could not be fetched"):
            download_weights()
    finally:
        over.set()
