import contextlib
import random
import socket
import threading
from collections.abc import Iterator

import pytest

from lsgan.scrape.fetch.response import FetchError
from lsgan.scrape.fetch.timing import Timing
from tests.scrape.client_helpers import failure, new_client, reason, wait_until


def connections(server) -> int:
    return len({row["connection"] for row in server.log()})


def test_one_connection_serves_one_request_after_the_other(server, client, tmp_path) -> None:
    for number in range(5):
        client.get(server.url(f"/good/{number}.jpg"))
        client.download(server.url("/encoded?how=gzip"), tmp_path / "a")
        client.get(server.url("/redirect?to=/echo"))
        assert reason(client.get, server.url("/404.jpg")) == "not-found"
    assert len(server.log()) == 26
    assert connections(server) == 1


def test_as_many_connections_as_threads_at_most(server, client) -> None:
    def run() -> None:
        for _ in range(10):
            client.get(server.url("/bytes?count=2000"))

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert len(server.log()) == 41
    assert connections(server) <= 4


@pytest.mark.parametrize("path", ["/noai.jpg", "/gzip-bomb", "/no-length", "/good-then-close"])
def test_a_connection_that_cannot_serve_again_is_replaced(server, client, clock, path) -> None:
    with contextlib.suppress(FetchError):
        client.get(server.url(path))
    assert client.get(server.url("/good/1.jpg")).status == 200
    assert connections(server) == 2
    assert clock.slept == []


def test_an_idle_connection_that_dies_unseen_costs_no_attempt(server, client, clock, monkeypatch):
    client.get(server.url("/good-then-close"))
    monkeypatch.setattr("urllib3.connectionpool.is_connection_dropped", lambda _: False)
    assert client.get(server.url("/good/1.jpg")).status == 200
    assert clock.slept == []


def test_what_a_server_says_unasked_is_no_response(client) -> None:
    said = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    asked = threading.Event()

    def serve() -> None:
        first, _ = listener.accept()
        with first:
            first.recv(65536)
            first.sendall(said + b"first")
            asked.wait(20)
            first.sendall(said + b"false")
            second, _ = listener.accept()
            with second:
                second.recv(65536)
                second.sendall(said + b"truth")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        assert client.get(url, api=True).body == b"first"
        asked.set()
        pool = client._session._manager.connection_from_url(url)
        wait_until(lambda: not pool.pool.queue[-1].is_connected)
        assert client.get(url, api=True).body == b"truth"


def test_a_closed_client_keeps_no_connection(server) -> None:
    client = new_client()
    client.get(server.url("/good/1.jpg"))
    client.close()
    client.get(server.url("/good/2.jpg"))
    assert connections(server) == 2


@pytest.mark.parametrize("path", ["/garbage", "/http09", "/huge-headers", "/huge-headers?many"])
def test_what_is_not_http_is_a_failed_connection(server, client, path) -> None:
    assert reason(client.get, server.url(path), api=True) == "connection"
    assert len(server.log()) == 4


def test_https_to_a_server_that_does_not_speak_it(server, client) -> None:
    url = server.url("/good/1.jpg").replace("http:", "https:")
    assert reason(client.get, url, api=True) == "connection"


@contextlib.contextmanager
def answering(responses: list[bytes]) -> Iterator[int]:
    """A server that sends to each connection the next of `responses`, whatever it is asked."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=100)

    def serve() -> None:
        for response in responses:
            with contextlib.suppress(OSError):
                sock, _ = listener.accept()
                with sock:
                    sock.recv(65536)
                    sock.sendall(response)
                    sock.shutdown(socket.SHUT_WR)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1]
    finally:
        listener.close()


def mutated(rng: random.Random, whole: bytes) -> bytes:
    data = bytearray(whole)
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(len(data))
        kind = rng.randrange(3)
        if kind == 0:
            data[place] = rng.randrange(256)
        elif kind == 1:
            data[place:place] = rng.choice([b"-", b"\r\n", b"\0", b"9" * 30, b":", b",", b" "])
        else:
            del data[place : place + rng.randint(1, 5)]
    return bytes(data)


ANSWERS = [
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;a=b\r\nhello\r\n0\r\nX: y\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 429 Slow\r\nRetry-After: 1\r\nDate: Mon, 01 Jan 1990 00:00:00 GMT\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: deflate\r\nX-Robots-Tag: a: b, c\r\n\r\nx\x9c\x03\0",
]


@pytest.mark.parametrize("seed", range(len(ANSWERS)))
def test_nothing_a_server_says_raises_anything_but_a_fetch_error(seed) -> None:
    rng = random.Random(seed)
    responses = [mutated(rng, ANSWERS[seed]) for _ in range(200)]
    with answering(responses) as port:
        for number in range(40):
            # A new client each: no host is left alone for what it has said before.
            client = new_client(timing=Timing(silence=1, connect=1))
            with client, contextlib.suppress(FetchError):
                client.get(f"http://127.0.0.1:{port}/{number}", api=True)


ODD = {
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\nhello": "short-body",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-" + b"f" * 99 + b"\r\nx": "short-body",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"f" * 99 + b"\r\nx": "short-body",
    b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello": "connection",
    b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999999999\r\n\r\nhi": "short-body",
    b"HTTP/2 200\r\n\r\n": "connection",
    b"HTTP/1.1 abc\r\n\r\n": "connection",
    b"HTTP/1.1 99 No\r\n\r\n": "connection",
    b"": "connection",
    b"\r\n\r\n\r\n": "connection",
}


@pytest.mark.parametrize("response", ODD, ids=range(len(ODD)))
def test_odd_responses(response, client) -> None:
    with answering([response] * 4) as port:
        assert reason(client.get, f"http://127.0.0.1:{port}/", api=True) == ODD[response]


def test_control_characters_of_a_server_reach_no_terminal(client) -> None:
    with answering([b"\x1b[31mred\x07\r\n"] * 4) as port:
        error = failure(client.get, f"http://127.0.0.1:{port}/", api=True)
    assert "red" in error.detail
    assert "\x1b" not in error.detail
