from typing import Any

import pytest

from lsgan.config import ScrapeSection
from lsgan.scrape.catalogue import Catalogue
from lsgan.scrape.fetch.response import FetchError
from lsgan.scrape.filters import Filters
from lsgan.scrape.finder import Finder
from lsgan.scrape.sources.source import SourceError
from tests.scrape.fakes import FakeSource


def finder(catalogue: Catalogue, *sources: FakeSource, said: list[str] | None = None) -> Finder:
    lines = [] if said is None else said
    return Finder(catalogue, sources, Filters(ScrapeSection()), lines.append)


def choose(catalogue: Catalogue, searcher: Finder, limit: int) -> list[str]:
    """Names of the chosen, in their turn."""
    names = []
    for number in searcher.choose(limit):
        [row] = catalogue.rows("SELECT url FROM candidates WHERE id = ?", number)
        names.append(row["url"].rpartition("/")[2])
    return names


def ending(catalogue: Catalogue, source: str, query: str) -> str:
    return catalogue.query(source, query).ending


def test_sources_take_turns_and_queries_within_them(catalogue: Catalogue) -> None:
    searcher = finder(
        catalogue,
        FakeSource("commons", {"search a": [["a1", "a2", "a3"]], "search b": [["b1", "b2"]]}),
        FakeSource("openverse", {"search a": [["o1", "o2", "o3"]]}),
    )
    assert choose(catalogue, searcher, 6) == ["a1", "o1", "b1", "o2", "a2", "o3"]
    # A source that is dry leaves its share to the others.
    assert choose(catalogue, searcher, 9) == ["b2", "a3"]
    assert choose(catalogue, searcher, 9) == []


def test_the_source_with_the_fewest_kept_comes_first(catalogue: Catalogue) -> None:
    searcher = finder(
        catalogue,
        FakeSource("commons", {"search a": [[f"a{i}" for i in range(9)]]}),
        FakeSource("openverse", {"search a": [[f"o{i}" for i in range(9)]]}),
    )
    for number in searcher.choose(4):
        [row] = catalogue.rows("SELECT url FROM candidates WHERE id = ?", number)
        catalogue.settle(number, "kept" if "commons" in row["url"] else "rejected")
    assert choose(catalogue, searcher, 4) == ["o2", "o3", "a2", "o4"]


def test_no_page_is_asked_before_it_is_needed_nor_twice(catalogue: Catalogue) -> None:
    source = FakeSource("commons", {"search a": [["a1", "a2"], ["a3", "a4"], ["a5"]]})
    searcher = finder(catalogue, source)
    choose(catalogue, searcher, 2)
    assert source.asked == [("search a", 0)]
    choose(catalogue, searcher, 1)
    # Another process goes on with the same catalogue.
    assert choose(catalogue, finder(catalogue, source), 9) == ["a4", "a5"]
    assert source.asked == [("search a", 0), ("search a", 1), ("search a", 2)]
    assert ending(catalogue, "commons", "search a") == "exhausted"


def test_pages_that_repeat_for_ever_end(catalogue: Catalogue) -> None:
    source = FakeSource("bing", {"search a": [["a1", "a2"]]}, endless=True)
    searcher = finder(catalogue, source)
    assert choose(catalogue, searcher, 99) == ["a1", "a2"]
    assert len(source.asked) < 10
    assert ending(catalogue, "bing", "search a") == "exhausted"


def test_empty_pages_do_not_end_a_walk_unless_they_go_on_for_ever(catalogue: Catalogue) -> None:
    source = FakeSource("commons", {"category a": [[], [], ["a1"], [], ["a2"]]})
    assert choose(catalogue, finder(catalogue, source), 9) == ["a1", "a2"]
    empty = FakeSource("openverse", {"search a": [[]]}, endless=True)
    assert choose(catalogue, finder(catalogue, empty), 9) == []
    assert len(empty.asked) < 10


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (SourceError("blocked", "Forbid spider access"), "blocked"),
        (SourceError("changed", "no results in the page"), "changed"),
        (SourceError("unavailable", "maxlag"), "unavailable"),
        (FetchError("robots"), "blocked"),
        (FetchError("rate-limited"), "unavailable"),
        (FetchError("deadline"), "unavailable"),
    ],
)
def test_a_source_that_fails_is_named_and_the_others_go_on(
    catalogue: Catalogue, error: Any, expected: str
) -> None:
    said: list[str] = []
    searcher = finder(
        catalogue,
        FakeSource("baidu", {"search a": [["x1"], error]}),
        FakeSource("commons", {"search a": [["a1", "a2", "a3"]]}),
        said=said,
    )
    assert sorted(choose(catalogue, searcher, 9)) == ["a1", "a2", "a3", "x1"]
    assert ending(catalogue, "baidu", "search a") == expected
    assert len(said) == 1
    assert f"baidu, search a: {expected}" in said[0]


def test_what_other_queries_have_left_is_not_fetched(catalogue: Catalogue) -> None:
    choose(catalogue, finder(catalogue, FakeSource("commons", {"search a": [["a1", "a2"]]})), 1)
    other = finder(catalogue, FakeSource("commons", {"search b": [["b1"]]}))
    assert choose(catalogue, other, 9) == ["b1"]
