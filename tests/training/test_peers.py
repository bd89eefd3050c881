"""The connections by which processes on several machines notice that one has died."""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable

import pytest

from lsgan.training import peers
from lsgan.training.peers import Peers


class ExitError(Exception):
    """In place of the end of the process."""


@pytest.fixture
def exits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The exit codes with which threads have ended the process."""
    codes: list[int] = []

    def note(code: int) -> None:
        codes.append(code)
        raise ExitError

    monkeypatch.setattr(peers.os, "_exit", note)
    monkeypatch.setattr(threading, "excepthook", lambda _: None)
    return codes


def connection() -> tuple[socket.socket, socket.socket]:
    """Both ends of a TCP connection."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = socket.create_connection(server.getsockname())
        return one, server.accept()[0]


def pair() -> tuple[Peers, socket.socket]:
    """Rank 0 of two, and the other end of its connection."""
    here, there = connection()
    return Peers(0, 2, {1: here}), there


def wait(until: Callable[[], object]) -> None:
    deadline = time.monotonic() + 30
    while not until():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_one_that_is_gone_without_a_word_has_died(
    exits: list[int], capfd: pytest.CaptureFixture[str]
) -> None:
    _, there = pair()
    there.close()
    wait(lambda: exits)
    assert exits == [2]
    said = capfd.readouterr().err
    assert "lsgan: process 2 of 2" in said
    assert "has died, so the training ends. Go on from the last checkpoint with --resume." in said


def test_the_others_are_told(exits: list[int]) -> None:
    gone, stays = connection(), connection()
    Peers(0, 3, {1: gone[0], 2: stays[0]})
    gone[1].close()
    assert stays[1].recv(1) == b"!"
    wait(lambda: exits)


def test_an_error_that_rank_0_has_told_is_not_told_again(
    exits: list[int], capfd: pytest.CaptureFixture[str]
) -> None:
    here, there = connection()
    Peers(1, 2, {0: here})
    there.sendall(b"!")
    wait(lambda: exits)
    assert exits == [2]
    assert capfd.readouterr().err == ""


def test_one_that_ends_as_it_should_says_so(exits: list[int]) -> None:
    first, there = pair()
    other = Peers(1, 2, {0: there})
    first.close(failed=False)
    other.close(failed=False)
    time.sleep(0.2)
    assert exits == []


def test_the_others_end_when_rank_0_does(exits: list[int]) -> None:
    first, there = pair()
    other = Peers(1, 2, {0: there})
    ending = threading.Thread(target=lambda: other.close(failed=False), daemon=True)
    ending.start()
    ending.join(0.2)
    assert ending.is_alive()
    first.close(failed=False)
    ending.join(30)
    assert not ending.is_alive()
    assert exits == []


def test_that_rank_0_has_died_at_the_end_is_told(
    exits: list[int], capfd: pytest.CaptureFixture[str]
) -> None:
    here, there = connection()
    other = Peers(1, 2, {0: here})
    there.close()
    other.close(failed=False)
    wait(lambda: exits)
    assert "lsgan: process 1 of 2 on 127.0.0.1 has died" in capfd.readouterr().err


def test_where_a_launcher_watches_all_it_ends_them(exits: list[int]) -> None:
    here, there = connection()
    Peers(0, 2, {1: here}, is_watched=True)
    there.close()
    time.sleep(0.2)
    assert exits == []


def test_the_others_wait_until_rank_0_broadcasts(exits: list[int]) -> None:
    first, there = pair()
    other = Peers(1, 2, {0: there})
    heard: list[int] = []

    def listen() -> None:
        for number in range(2):
            other.wait()
            heard.append(number)

    threading.Thread(target=listen, daemon=True).start()
    time.sleep(0.2)
    assert heard == []
    first.announce()
    wait(lambda: heard == [0])
    first.announce()
    wait(lambda: heard == [0, 1])
    first.close(failed=False)
    other.close(failed=False)
    assert exits == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
def test_a_wish_to_stop_reaches_rank_0(exits: list[int]) -> None:
    signals: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _: signals.append(number))
    try:
        first, there = pair()
        other = Peers(1, 2, {0: there})
        other.ask_to_stop()
        wait(lambda: signals)
        first.close(failed=False)
        other.close(failed=False)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert signals == [signal.SIGTERM]
    assert exits == []


def test_only_who_knows_the_token_is_let_in() -> None:
    token = b"t" * 16
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        sent = (b"", b"t", b"x" * 20, token + (3).to_bytes(4, "big"))
        clients = [socket.create_connection(address) for _ in sent]
        for client, greeting in zip(clients, sent, strict=True):
            client.sendall(greeting)
        for client in clients[:3]:
            client.shutdown(socket.SHUT_WR)
        found = peers._accept(server, token, 1)
    assert list(found) == [3]
    for each in (*clients, *found.values()):
        each.close()


def test_connect_hands_out_the_port() -> None:
    handed: list[tuple[int, bytes]] = []
    ready = threading.Event()

    def broadcast(given: tuple[int, bytes]) -> tuple[int, bytes]:
        if given[0]:
            handed.append(given)
            ready.set()
        assert ready.wait(30)
        return handed[0]

    made: list[Peers] = []

    def join(rank: int) -> None:
        made.append(peers.connect(rank, 2, "127.0.0.1", broadcast))

    threads = [threading.Thread(target=join, args=(rank,)) for rank in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(made) == 2
    for each in sorted(made, key=lambda one: one._rank):
        each.close(failed=False)


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the address")
def test_the_interface_to_a_host() -> None:
    assert peers.interface_to("127.0.0.1") == "lo"
    assert peers.interface_to("no such host.invalid") == ""


def test_a_process_ends_with_its_launcher(
    exits: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    parents = iter([7, 7, 1])
    monkeypatch.setattr(peers, "_LOOK_EVERY", 0)
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    with pytest.raises(ExitError):
        peers.follow_launcher()
    assert exits == [2]
