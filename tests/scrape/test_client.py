import contextlib

import pytest

import lsgan
from lsgan.scrape.client import Client, user_agent
from lsgan.scrape.fetch.response import FetchError
from lsgan.scrape.politeness.limits import HostLimit
from tests.scrape.client_helpers import (
    closed_port,
    failure,
    name_hosts,
    new_client,
    reason,
    settings,
)


def test_an_answer_holds_what_came(server, client) -> None:
    headers = {"X-Two": "a", "Content-Type": "text/plain; charset=latin-1"}
    server.put("/hello", {"body": b"gr\xfc\xdfe", "headers": headers, "status": 203})
    response = client.get(server.url("/hello#part"))
    assert response.url == server.url("/hello")
    assert response.status == 203
    assert response.headers["x-two"] == "a"
    assert response.text == "grüße"


def test_the_operators_address_is_told_to_every_server(server) -> None:
    with new_client(contact="me@example.org") as client:
        client.get(server.url("/good/1.jpg"))
    for row in server.log():
        assert row["headers"]["user-agent"].startswith(
            f"lsgan/{lsgan.__version__} (me@example.org) "
        )
    assert len(server.log()) == 2


def test_the_user_agent_is_always_a_valid_header() -> None:
    assert user_agent("").startswith(
        f"lsgan/{lsgan.__version__} (no contact given) python-urllib3/"
    )
    assert user_agent("喀纳斯\r\nX-Evil: 1").isascii()
    assert user_agent("喀纳斯\r\nX-Evil: 1").isprintable()


def test_parameters_and_headers_are_sent(server, client) -> None:
    response = client.get(
        server.url("/echo?a=1"), params={"q": "喀纳斯 & lake"}, headers={"Referer": "http://r/"}
    )
    assert response.json() == {"a": "1", "q": "喀纳斯 & lake"}
    assert server.log("/echo")[0]["headers"]["referer"] == "http://r/"


# Redirects


def test_five_redirects_are_followed_and_a_sixth_is_not(server, client) -> None:
    response = client.get(server.url("/redirects/5"))
    assert response.url == server.url("/redirects/0")
    assert response.body.startswith(b"\xff\xd8")
    assert reason(client.get, server.url("/redirects/6")) == "too-many-redirects"
    assert reason(client.get, server.url("/redirect-loop")) == "too-many-redirects"
    assert len(server.log("/redirect-loop")) == 6


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_every_kind_of_redirect_is_followed(server, client, tmp_path, status) -> None:
    url = server.url(f"/redirect?status={status}&to=/good/1.jpg")
    assert client.get(url).url == server.url("/good/1.jpg")
    client.download(url, tmp_path / "a")
    assert (tmp_path / "a").read_bytes().startswith(b"\xff\xd8")


@pytest.mark.parametrize("to", ["file:///etc/passwd", "ftp://h/", "http://u:p@h/", "data:,x"])
def test_a_redirect_out_of_the_web_is_a_bad_address(server, client, to) -> None:
    assert reason(client.get, server.url("/redirect"), params={"to": to}) == "bad-url"
    assert reason(client.get, server.url("/redirect-file")) == "bad-url"


def test_secrets_are_not_told_to_another_host(server, client) -> None:
    headers = {"Cookie": "a=b", "Authorization": "x", "REFERER": "http://r/", "X-Other": "y"}
    elsewhere = server.url("/echo", "localhost")
    client.get(server.url("/redirect?to=/good/1.jpg"), headers=headers)
    client.get(server.url(f"/redirect?to={elsewhere}"), headers=headers)
    same, other = server.log("/good/1.jpg")[0], server.log("/echo")[0]
    assert {"cookie", "authorization", "referer", "x-other"} <= set(same["headers"])
    assert not {"cookie", "authorization", "referer"} & set(other["headers"])
    assert other["headers"]["x-other"] == "y"


# Statuses


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (101, "server-error"),
        (300, "server-error"),
        (301, "server-error"),
        (304, "server-error"),
        (400, "client-error"),
        (401, "forbidden"),
        (403, "forbidden"),
        (404, "not-found"),
        (410, "not-found"),
        (418, "client-error"),
        (451, "forbidden"),
        (999, "server-error"),
    ],
)
def test_statuses(server, client, status, expected) -> None:
    error = failure(client.get, server.url(f"/status/{status}"), api=True)
    assert error.reason == expected
    assert (error.response is not None) == (status >= 400)
    if 400 <= status < 500:
        assert len(server.log()) == 1  # asking again would not help


def test_an_error_shows_what_the_server_said(server, client) -> None:
    server.put("/no", {"status": 403, "body": b"because" * 20_000, "headers": {"X-Why": "so"}})
    response = failure(client.get, server.url("/no")).response
    assert response is not None
    assert (response.status, response.headers["x-why"]) == (403, "so")
    assert response.body == (b"because" * 20_000)[:65_536]


def test_an_error_is_told_though_its_body_is_broken(server, client) -> None:
    server.put("/no", {"status": 404, "headers": {"Content-Length": "9", "Connection": "close"}})
    server.put("/odd", {"status": 404, "body": b"x", "headers": {"Content-Encoding": "br"}})
    assert reason(client.get, server.url("/no")) == "not-found"
    assert reason(client.get, server.url("/odd")) == "not-found"


# Hosts that do not response


def test_a_host_that_fails_five_times_in_a_row_is_left_alone(client) -> None:
    url = f"http://127.0.0.1:{closed_port()}/"
    for _ in range(5):
        assert reason(client.get, url, api=True) == "connection"
    requests = client.statistics()["127.0.0.1"]["requests"]
    assert requests == 20
    assert reason(client.get, url, api=True) == "host-down"
    assert reason(client.get, url) == "host-down"
    assert client.statistics()["127.0.0.1"]["requests"] == requests


def test_any_answer_shows_that_a_host_is_alive(server, client) -> None:
    url = f"http://127.0.0.1:{closed_port()}/"
    for status in (200, 404, 200, 500):
        for _ in range(4):
            assert reason(client.get, url, api=True) == "connection"
        with contextlib.suppress(FetchError):
            client.get(server.url(f"/status/{status}"), api=True)
    assert reason(client.get, url, api=True) == "connection"


def test_hosts_do_not_answer_for_each_other(server, client, monkeypatch, clock) -> None:
    name_hosts(monkeypatch, {"dead.example": []})
    for _ in range(5):
        assert reason(client.get, "http://dead.example/", api=True) == "host-unknown"
    assert reason(client.get, "http://dead.example/", api=True) == "host-down"
    client.pause("localhost", 100)
    clock.slept.clear()
    assert client.get(server.url("/good/1.jpg")).status == 200
    assert clock.slept == []


def test_a_host_has_a_budget_of_bytes(server, tmp_path) -> None:
    with new_client(max_host_megabytes=0.05) as client:
        url = server.url("/bytes?count=30000")
        client.download(url, tmp_path / "a")
        assert reason(client.download, url, tmp_path / "a") == "host-budget"
        asked = len(server.log())
        assert reason(client.get, server.url("/good/1.jpg")) == "host-budget"
        assert len(server.log()) == asked
        # Under another name it is another host.
        assert client.get(server.url("/echo", "localhost")).status == 200


def test_statistics_count_requests_bytes_and_waits(server, client) -> None:
    assert client.statistics() == {}
    client.limit("127.0.0.1", HostLimit(1, 10))
    client.get(server.url("/bytes?count=5000"), api=True)
    client.get(server.url("/bytes?count=5000"), api=True)
    figures = client.statistics()["127.0.0.1"]
    assert set(figures) == {"requests", "bytes", "seconds_waited"}
    assert figures["requests"] == 2
    assert 10_000 < figures["bytes"] < 11_000
    assert 8 < figures["seconds_waited"] <= 10.1


def test_a_client_can_be_made_with_settings_alone() -> None:
    with Client(settings()) as client:
        assert client.statistics() == {}
