import itertools
import threading

import pytest

from lsgan.scrape.fetch.response import AbortedError, FetchError
from lsgan.scrape.fetch.timing import Clock
from lsgan.scrape.politeness.limits import Host, HostLimit
from tests.scrape.client_helpers import SkippingClock, wait_until


def new_host(clock: Clock, concurrency=2, interval=0.0) -> Host:
    return Host(HostLimit(concurrency, interval), 1e9, 120, clock)


def run(count: int, function) -> None:
    threads = [threading.Thread(target=function, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
        assert not thread.is_alive()


def test_as_many_requests_run_at_a_time_as_are_allowed_and_no_more() -> None:
    host = new_host(SkippingClock(), concurrency=2)
    both = threading.Barrier(2, timeout=20)
    running: list[int] = []
    most: list[int] = []

    def request() -> None:
        with host.turn():
            running.append(1)
            both.wait()  # passes only when two are in here
            most.append(len(running))
            both.wait()
            running.pop()

    run(8, request)
    assert len(most) == 8
    assert max(most) == 2


def test_requests_start_no_sooner_after_each_other_than_the_interval() -> None:
    clock = SkippingClock()
    host = new_host(clock, concurrency=4, interval=100)
    starts: list[float] = []

    def request() -> None:
        for _ in range(3):
            with host.turn():
                starts.append(clock.now())

    run(4, request)
    starts.sort()
    assert len(starts) == 12
    assert all(later - sooner > 99 for sooner, later in itertools.pairwise(starts))


def test_a_crawl_delay_raises_the_interval_and_never_lowers_it() -> None:
    clock = SkippingClock()
    host = new_host(clock, interval=10)
    host.set_crawl_delay(5)
    for expected in (10, 30, 40):
        with host.turn():
            pass
        if expected == 30:
            host.set_crawl_delay(30)
            host.set_limit(HostLimit(1, 1))
        if expected == 40:
            host.set_limit(HostLimit(1, 40))
        began = clock.now()
        with host.turn():
            assert clock.now() - began == pytest.approx(expected, abs=1)


def test_a_pause_stops_those_who_wait_already() -> None:
    clock = SkippingClock()
    host = new_host(clock)
    host.pause(50)
    host.pause(20)
    began = clock.now()
    with host.turn():
        assert clock.now() - began == pytest.approx(50, abs=1)


def test_a_turn_is_given_back_after_an_error() -> None:
    host = new_host(SkippingClock(), concurrency=1)
    for _ in range(3):
        with pytest.raises(ValueError, match="x"), host.turn():
            raise ValueError("x")


def test_those_who_wait_for_a_turn_hear_that_the_host_is_left_alone() -> None:
    host = new_host(SkippingClock(), concurrency=1)
    heard: list[str] = []

    def request() -> None:
        with pytest.raises(FetchError) as caught, host.turn():
            pass
        heard.append(caught.value.reason)

    threads = [threading.Thread(target=request, daemon=True) for _ in range(3)]
    with host.turn():
        for thread in threads:
            thread.start()
        with pytest.raises(FetchError):
            host.pause(121)
        for thread in threads:
            thread.join(20)
    assert heard == ["rate-limited"] * 3


@pytest.mark.parametrize("wait", ["turn", "interval", "pause"])
def test_every_wait_ends_when_somebody_aborts(wait) -> None:
    clock = Clock()
    host = new_host(clock, concurrency=1 if wait == "turn" else 2, interval=3600)
    if wait == "pause":
        host.pause(100)
    ended: list[str] = []
    held = threading.Event()

    def request() -> None:
        try:
            with host.turn():
                held.wait(20)
        except AbortedError:
            ended.append("aborted")

    threads = [threading.Thread(target=request, daemon=True) for _ in range(2)]
    for thread in threads:
        thread.start()
    if wait != "pause":
        wait_until(lambda: host.statistics()["requests"] == 1)
    clock.abort()
    host.wake()
    wait_until(lambda: len(ended) == (2 if wait == "pause" else 1))
    held.set()
