from pathlib import Path

import pytest

from lsgan.config import ScrapeSection, config_files
from lsgan.errors import ConfigError
from lsgan.scrape.client import Client
from lsgan.scrape.job import open_sources
from lsgan.scrape.wanted import Options, wanted


def section(**options: object) -> ScrapeSection:
    kanas = config_files.load(config_files.find("kanas.yaml"))
    return wanted(kanas, Options(**options)).scrape  # type: ignore[arg-type]


def test_nothing_asked_for_is_the_kanas_set() -> None:
    kanas = section()
    assert kanas == config_files.load(config_files.find("kanas.yaml")).scrape
    assert {"喀纳斯", "Kanas Lake", "Канас озеро"} <= set(kanas.queries)
    assert kanas.out == "data/kanas"
    assert kanas.sources == ["commons", "openverse"]


def test_a_place_takes_the_place_of_the_configurations_words() -> None:
    bled = section(place="Lake Bled", queries=["Blejsko jezero"], settings={"count": 500})
    assert bled.queries == ["Lake Bled", "Blejsko jezero"]
    assert bled.categories == ["Lake Bled"]
    assert bled.out == str(Path("data/lake-bled"))
    assert bled.count == 500
    assert section(place="喀纳斯 湖").out == str(Path("data/喀纳斯-湖"))
    assert section(place="Lake Bled", out=Path("elsewhere")).out == "elsewhere"


def test_pages_and_lists_alone_leave_the_search_out() -> None:
    page = section(pages=["https://example.org/gallery"])
    assert (page.sources, page.queries, page.categories) == (["page"], [], [])
    assert page.pages == ["https://example.org/gallery"]
    assert page.out == str(Path("data/example-org"))
    both = section(pages=["https://example.org/"], url_files=["lists/mine.csv"])
    assert both.sources == ["page", "urls"]


def test_pages_are_added_to_a_search() -> None:
    both = section(place="Lake Bled", pages=["https://example.org/"])
    assert both.sources == ["commons", "openverse", "page"]


def test_a_source_of_the_configuration_that_is_not_known_is_refused() -> None:
    settings = ScrapeSection(sources=["openvers"], queries=["Kanas"])
    with (
        Client(settings) as client,
        pytest.raises(ConfigError, match=r"scrape\.sources is 'openvers'.*did you mean openverse"),
    ):
        open_sources(settings, client)


def test_sources_that_are_named_are_the_ones_asked() -> None:
    assert section(sources=["bing", "commons", "bing"]).sources == ["bing", "commons"]
    assert "喀纳斯" in section(sources=["baidu"]).queries


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"sources": ["unsplash"]}, "Unsplash forbids data sets and the training of models"),
        ({"sources": ["Pexels"]}, "Pexels forbids"),
        ({"sources": ["comons"]}, "did you mean commons"),
        ({"place": "  "}, "the place has no name"),
        ({"settings": {"count": 0}}, "scrape.count is 0, but must be a whole number, at least 1"),
        ({"settings": {"min_width": -5}}, "scrape.min_width is -5"),
    ],
)
def test_what_is_not_possible_is_said(options: dict[str, object], expected: str) -> None:
    with pytest.raises(ConfigError, match=expected):
        section(**options)
