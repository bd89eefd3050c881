import time
from email.utils import formatdate

import pytest

from lsgan.scrape.fetch.response import Response
from lsgan.scrape.politeness.retries import retry_after
from tests.scrape.client_helpers import failure, reason


def test_a_failing_server_is_asked_four_times_with_growing_pauses(server, client, clock) -> None:
    error = failure(client.get, server.url("/500.jpg"), api=True)
    assert error.reason == "server-error"
    assert error.response is not None
    assert (error.response.status, error.response.body) == (500, b"oh")
    assert len(server.log("/500.jpg")) == 4
    assert len(clock.slept) == 3
    for slept, least in zip(clock.slept, (0.5, 1, 2), strict=True):
        assert least <= slept <= 3 * least


def test_pauses_are_not_the_same_twice(server, client, clock) -> None:
    for _ in range(5):
        failure(client.get, server.url("/500.jpg"), api=True)
    assert len(set(clock.slept)) == 15


@pytest.mark.parametrize("path", ["/503-then-fine", "/429-nothing"])
def test_a_refusal_without_a_time_is_met_with_a_pause(server, client, clock, path) -> None:
    assert client.get(server.url(path), api=True).body.startswith(b"\xff\xd8")
    assert len(clock.slept) == 1
    assert 0.4 < clock.slept[0] <= 1.5


@pytest.mark.parametrize("path", ["/429-seconds", "/503-seconds"])
def test_a_time_in_seconds_is_waited_for(server, client, clock, path) -> None:
    assert client.get(server.url(path), api=True).status == 200
    assert sum(clock.slept) == pytest.approx(3, abs=0.5)


def test_a_time_as_a_date_is_waited_for(server, client, clock) -> None:
    assert client.get(server.url("/429-date"), api=True).status == 200
    assert 3 < sum(clock.slept) <= 7


def test_too_long_a_time_ends_all_requests_to_the_host(server, client, clock) -> None:
    error = failure(client.get, server.url("/429-hour"), api=True)
    assert error.reason == "rate-limited"
    assert error.response is not None
    assert error.response.status == 429
    for call in (client.get, lambda url: client.download(url, "never-written")):
        assert reason(call, server.url("/good/1.jpg")) == "rate-limited"
    assert len(server.log()) == 1
    assert clock.slept == []
    assert client.get(server.url("/good/1.jpg", "localhost")).status == 200


def test_a_refusal_to_the_end_is_told_and_holds_the_host_back(server, client, clock) -> None:
    server.put("/busy", {"status": 429, "headers": {"Retry-After": "50"}})
    assert reason(client.get, server.url("/busy"), api=True) == "rate-limited"
    assert len(server.log("/busy")) == 4
    assert sum(clock.slept) == pytest.approx(150, abs=5)
    # Whoever asks next, for whatever, waits too.
    client.get(server.url("/echo"), api=True)
    assert sum(clock.slept) == pytest.approx(200, abs=5)


def test_attempts_are_counted_over_redirects(server, client) -> None:
    moved = {"status": 302, "headers": {"Location": "/broken"}}
    server.put("/moving", {"status": 500}, {"status": 500}, moved)
    server.put("/broken", {"status": 500})
    assert reason(client.get, server.url("/moving"), api=True) == "server-error"
    assert len(server.log("/broken")) == 2


def test_a_source_can_hold_a_host_back(server, client, clock) -> None:
    client.pause("127.0.0.1", 60)
    client.get(server.url("/echo"), api=True)
    assert sum(clock.slept) == pytest.approx(60, abs=5)
    assert reason(client.pause, "127.0.0.1", 121) == "rate-limited"
    assert reason(client.get, server.url("/echo"), api=True) == "rate-limited"
    assert len(server.log()) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0),
        ("7", 7),
        (" 120 ", 120),
        ("9" * 5000, float("inf")),
        ("", None),
        ("soon", None),
        ("-1", None),
        ("1.5", None),
        ("²", None),
        ("1e9", None),
        ("Wed, 99 Foo 2026 99:99:99 GMT", None),
        ("Mon, 01 Jan 1990 00:00:00 GMT", 0),
    ],
)
def test_retry_after_is_read_with_caution(clock, text, expected) -> None:
    assert retry_after(Response("", 429, {"retry-after": text}, b""), clock) == expected


def test_a_date_is_read_by_the_servers_clock(clock) -> None:
    # Ours may be an hour late.
    there = time.time() + 3600
    headers = {"retry-after": formatdate(there + 30, usegmt=True)}
    assert retry_after(Response("", 429, headers, b""), clock) == pytest.approx(3630, abs=10)
    headers["date"] = formatdate(there, usegmt=True)
    assert retry_after(Response("", 429, headers, b""), clock) == 30
