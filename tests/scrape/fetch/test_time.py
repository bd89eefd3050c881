import threading
import time

import pytest

from lsgan.scrape.client import Client
from lsgan.scrape.fetch.response import AbortedError
from lsgan.scrape.fetch.timing import Clock, Timing
from lsgan.scrape.politeness.limits import HostLimit
from tests.scrape.client_helpers import closed_port, new_client, reason, wait_until

SLOW = ["/drip?every=0.02", "/drip-headers?every=0.02", "/silence", "/silence?after=head"]


@pytest.mark.parametrize("path", SLOW)
def test_the_deadline_ends_an_attempt_at_any_point(server, tmp_path, path) -> None:
    with new_client(deadline=0.4) as client:
        assert reason(client.get, server.url(path), api=True) == "deadline"
        client.get(server.url("/robots.txt"))
        assert reason(client.download, server.url(path), tmp_path / "a") == "deadline"
    # One more attempt each, then enough.
    assert len(server.log(path.partition("?")[0])) == 4


def test_time_spent_waiting_does_not_count(server, clock) -> None:
    with new_client(clock, deadline=2) as client:
        client.limit("127.0.0.1", HostLimit(1, 50))
        assert client.get(server.url("/429-seconds"), api=True).status == 200
        assert client.get(server.url("/good/1.jpg")).status == 200
    assert sum(clock.slept) > 140


@pytest.mark.parametrize("path", ["/silence", "/silence?after=head"])
def test_silence_is_too_slow(server, path) -> None:
    started = time.monotonic()
    with new_client(timing=Timing(silence=0.3)) as client:
        assert reason(client.get, server.url(path), api=True) == "too-slow"
    # Two attempts; nothing waits for as long as a connect may take.
    assert time.monotonic() - started < Timing().connect
    assert len(server.log("/silence")) == 2


def test_a_body_below_the_least_speed_is_too_slow(server, tmp_path) -> None:
    with new_client(timing=Timing(grace=0.3, tick=0.05), least_speed=2) as client:
        path = "/drip?every=0.01"  # 0.1 kB/s at most
        assert reason(client.get, server.url(path), api=True) == "too-slow"
        assert reason(client.download, server.url(path), tmp_path / "a") == "too-slow"
        silent = server.url("/silence?after=head")
        assert reason(client.get, silent, api=True) == "too-slow"


def test_the_speed_of_a_short_body_is_not_judged(server) -> None:
    with new_client(timing=Timing(grace=20), least_speed=1e9) as client:
        assert client.get(server.url("/good/1.jpg")).status == 200


def start(call, *args) -> tuple[threading.Thread, list[BaseException | object]]:
    """Call in a thread; the list gets what it returns or raises."""
    ended: list[BaseException | object] = []

    def run() -> None:
        try:
            ended.append(call(*args))
        except BaseException as error:
            ended.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread, ended


def assert_aborts(client: Client, thread: threading.Thread, ended: list[object]) -> None:
    client.abort()
    thread.join(20)
    assert [type(item) for item in ended] == [AbortedError]


@pytest.mark.parametrize("path", ["/silence", "/silence?after=head", "/drip?every=0.05"])
def test_abort_ends_a_fetch_under_way(server, path) -> None:
    with new_client(Clock(), deadline=3600) as client:
        thread, ended = start(lambda: client.get(server.url(path), api=True))
        wait_until(lambda: server.log(path.partition("?")[0]))
        assert_aborts(client, thread, ended)
        with pytest.raises(AbortedError):
            client.get(server.url("/good/1.jpg"), api=True)


def test_abort_ends_the_wait_that_a_server_has_asked_for(server) -> None:
    server.put("/busy", {"status": 429, "headers": {"Retry-After": "100"}})
    with new_client(Clock()) as client:
        thread, ended = start(lambda: client.get(server.url("/busy"), api=True))
        wait_until(lambda: server.log("/busy"))
        assert_aborts(client, thread, ended)


def test_abort_ends_the_wait_before_another_attempt() -> None:
    with new_client(Clock(), timing=Timing(backoff=1000)) as client:
        url = f"http://127.0.0.1:{closed_port()}/"
        thread, ended = start(lambda: client.get(url, api=True))
        wait_until(lambda: client.statistics().get("127.0.0.1", {}).get("seconds_waited", 0) > 99)
        assert_aborts(client, thread, ended)


def test_abort_ends_the_wait_for_another_threads_robots_txt(server) -> None:
    server.put("/robots.txt", {"status": 302, "headers": {"Location": "/silence"}})
    with new_client(Clock(), deadline=3600) as client:
        first = start(lambda: client.get(server.url("/good/1.jpg")))
        wait_until(lambda: server.log("/silence"))
        second = start(lambda: client.get(server.url("/good/2.jpg")))
        assert_aborts(client, *second)
        assert_aborts(client, *first)


def test_abort_ends_the_wait_for_another_threads_turn(server) -> None:
    with new_client(Clock(), concurrency=1) as client:
        host = client._hosts["127.0.0.1"]
        with host.turn():
            thread, ended = start(lambda: client.get(server.url("/good/1.jpg"), api=True))
            wait_until(lambda: host._changed._waiters)
            assert_aborts(client, thread, ended)


def test_abort_ends_a_look_up(monkeypatch) -> None:
    began, over = threading.Event(), threading.Event()
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: began.set() or over.wait(60) or [])
    with new_client(Clock()) as client:
        thread, ended = start(lambda: client.get("http://slow.example/", api=True))
        wait_until(began.is_set)
        assert_aborts(client, thread, ended)
    over.set()
