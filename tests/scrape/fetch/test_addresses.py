import socket
import threading

import pytest

from lsgan.scrape.fetch import sockets
from lsgan.scrape.fetch.addresses import is_allowed, is_public
from tests.scrape.client_helpers import count_as_public, name_hosts, new_client, reason


@pytest.mark.parametrize(
    "text",
    [
        "8.8.8.8",
        "208.80.154.224",
        "2620:0:861:ed1a::1",
        "2a00:1450:4001::1",
        "::ffff:8.8.8.8",
        "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)
def test_addresses_of_the_public_internet(text) -> None:
    assert is_public(text)


@pytest.mark.parametrize(
    "text",
    [
        "0.0.0.0",
        "0.1.2.3",
        "10.0.0.1",
        "100.64.0.1",
        "127.0.0.1",
        "127.9.9.9",
        "169.254.169.254",
        "172.16.0.1",
        "172.31.255.255",
        "192.168.1.1",
        "192.0.2.1",
        "198.18.0.1",
        "203.0.113.9",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd12::1",
        "fec0::1",
        "ff02::1",
        "ff0e::1",
        "2001:db8::1",
        "100::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.169.254",
        "::127.0.0.1",
        "64:ff9b::a00:1",
        "64:ff9b:1::808:808",
        "2002:a00:1::1",
        "2002:7f00:1::",
        "2001:0:808:808::1",
    ],
)
def test_addresses_that_are_not(text) -> None:
    assert not is_public(text)


@pytest.mark.parametrize(
    "text",
    [
        "169.254.169.254",
        "169.254.42.42",
        "100.100.100.200",
        "168.63.129.16",
        "fe80::a9fe:a9fe",
        "fd00:ec2::254",
        "fd20:ce::254",
        "fd00:c1::a9fe:a9fe",
        "fd00:42::42",
        "::ffff:169.254.169.254",
        "::ffff:100.100.100.200",
        "::169.254.169.254",
        "::ffff:0:169.254.169.254",
        "64:ff9b::a9fe:a9fe",
        "64:ff9b:1::a9fe:a9fe",
        "64:ff9b::100.100.100.200",
        "2002:a9fe:a9fe::1",
        "2002:a83f:8110::1",
        "2001:0:a9fe:a9fe::1",
        "2001:0:808:808:0:0:5601:5601",
    ],
)
def test_where_clouds_hand_out_keys_nobody_may_ask(text) -> None:
    assert not is_allowed(text, allow_private=False)
    assert not is_allowed(text, allow_private=True)


@pytest.mark.parametrize("text", ["127.0.0.1", "10.0.0.1", "::1", "fd12::1", "100.64.0.1"])
def test_private_addresses_may_be_asked_when_that_is_allowed(text) -> None:
    assert is_allowed(text, allow_private=True)
    assert not is_allowed(text, allow_private=False)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_private_hosts_are_refused_however_they_are_written(server, host) -> None:
    with new_client(private=False) as client:
        url = f"http://{host}:{server.port}/good/1.jpg"
        # Some systems do not know the shorter ways to write an address.
        assert reason(client.get, url) in ("private-address", "host-unknown")
        assert reason(client.get, url, api=True) in ("private-address", "host-unknown")
    assert server.log() == []


def test_a_name_with_nothing_but_private_addresses_is_refused(monkeypatch) -> None:
    name_hosts(monkeypatch, {"inside.example": ["10.0.0.1", "::1"]})
    with new_client(private=False) as client:
        assert reason(client.get, "http://inside.example/") == "private-address"


def test_only_the_public_addresses_of_a_name_are_connected_to(server, monkeypatch) -> None:
    count_as_public(monkeypatch)
    name_hosts(monkeypatch, {"mixed.example": ["10.0.0.1", "127.0.0.1", "192.168.0.1"]})
    tried = []
    real = sockets._connect_to

    def connect(address, attempt):
        tried.append(address.sockaddr[0])
        return real(address, attempt)

    monkeypatch.setattr(sockets, "_connect_to", connect)
    with new_client(private=False) as client:
        assert client.get(server.url("/echo", "mixed.example"), api=True).status == 200
    assert tried == ["127.0.0.1"]


def test_what_was_checked_is_what_is_connected_to(server, monkeypatch) -> None:
    # A name server that changes its mind between the check and the connection.
    count_as_public(monkeypatch)
    addresses = {"rebound.example": ["127.0.0.1"]}
    asked = name_hosts(monkeypatch, addresses)
    real = sockets._connect_to

    def connect(address, attempt):
        addresses["rebound.example"] = ["169.254.169.254"]
        return real(address, attempt)

    monkeypatch.setattr(sockets, "_connect_to", connect)
    with new_client(private=False) as client:
        url = server.url("/good-then-close", "rebound.example")
        assert client.get(url, api=True).status == 200
        assert asked == ["rebound.example"]
        assert server.log()[0]["headers"]["host"] == f"rebound.example:{server.port}"
        # A new connection is a new look-up, which is checked like the first.
        assert reason(client.get, url, api=True) == "private-address"


def test_the_next_address_is_tried_when_one_is_dead(server, monkeypatch, client, clock) -> None:
    name_hosts(monkeypatch, {"two.example": ["127.0.0.2", "127.0.0.1"]})
    assert client.get(server.url("/echo", "two.example"), api=True).status == 200
    assert clock.slept == []


def test_a_name_without_an_address_is_unknown(monkeypatch, client) -> None:
    name_hosts(monkeypatch, {"empty.example": []})
    assert reason(client.get, "http://empty.example/") == "host-unknown"

    def refuse(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    assert reason(client.get, "http://nowhere.example/", api=True) == "host-unknown"


def test_a_resolver_that_hangs_is_left_behind_at_the_deadline(monkeypatch) -> None:
    over = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: over.wait(60) and [])
    with new_client(deadline=0.3) as client:
        assert reason(client.get, "http://slow.example/", api=True) == "deadline"
    over.set()


def test_proxies_of_the_environment_are_not_used(server, monkeypatch, client) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert client.get(server.url("/echo"), api=True).status == 200


@pytest.mark.parametrize("path", ["/redirect-private", "/redirect-private-10"])
def test_a_redirect_to_a_private_address_is_refused(server, monkeypatch, path) -> None:
    count_as_public(monkeypatch)
    with new_client(private=False) as client:
        assert reason(client.get, server.url(path)) == "private-address"
        assert reason(client.get, server.url(path), api=True) == "private-address"
