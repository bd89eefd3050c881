import threading
import time

import pytest

from lsgan.system import threads
from lsgan.system.threads import each, even_shares, shares


@pytest.fixture(autouse=True)
def two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "2")
    threads._pool.cache_clear()


@pytest.mark.parametrize(
    ("variable", "expected"), [("3", 3), ("2,4", 2), ("", 1), ("0", 1), ("many", 1)]
)
def test_as_many_as_openmp_is_told(
    monkeypatch: pytest.MonkeyPatch, variable: str, expected: int
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", variable)
    assert threads.threads() == expected


def test_parts_run_at_once_and_come_back_in_order() -> None:
    both_are_here = threading.Barrier(2, timeout=10)

    def part(number: int) -> int:
        both_are_here.wait()
        time.sleep(0.01 * (2 - number))
        return number

    assert each(part, range(2)) == [0, 1]


def test_a_part_of_a_part_stays_on_its_thread() -> None:
    def outer(_: int) -> bool:
        here = threading.get_ident()
        return each(lambda _: threading.get_ident(), range(3)) == [here] * 3

    assert all(each(outer, range(4)))


def test_one_part_or_one_thread_needs_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    here = threading.get_ident()
    assert each(lambda _: threading.get_ident(), range(1)) == [here]
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    assert each(lambda _: threading.get_ident(), range(3)) == [here] * 3


def test_what_fails_in_a_part_fails_here() -> None:
    def part(number: int) -> float:
        return 1 / number

    with pytest.raises(ZeroDivisionError):
        each(part, [1, 0])


def test_shares_make_up_the_whole() -> None:
    assert shares(7, 3) == [slice(0, 3), slice(3, 6), slice(6, 7)]
    assert shares(3, 5) == [slice(0, 3)]


@pytest.mark.parametrize(
    ("length", "most", "lengths"),
    [(16, 7, [4, 4, 4, 4]), (16, 16, [8, 8]), (5, 16, [3, 2]), (1, 4, [1]), (0, 4, [])],
)
def test_even_shares_keep_all_threads_busy(length: int, most: int, lengths: list[int]) -> None:
    found = even_shares(length, most)
    assert [part.stop - part.start for part in found] == lengths
    assert [number for part in found for number in range(length)[part]] == list(range(length))
