import json
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from lsgan.config import ScrapeSection
from lsgan.errors import ConfigError
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.fetch.response import FetchError, Response
from lsgan.scrape.sources.commons import Commons
from lsgan.scrape.sources.source import Cursor, SourceError
from tests.scrape.sources.recorded_client import RecordedClient, damaged, failure, recorded

SEARCH, CATEGORY = "search blue tarn", "category Blue Tarn"
API = "commons.wikimedia.org"


def source(client: RecordedClient, **settings: Any) -> Commons:
    return Commons(client, ScrapeSection(**{"queries": ["blue tarn"], **settings}))


def query(client: RecordedClient, name: str, **settings: Any) -> list[Candidate]:
    """All candidates, each page asked by a new object with the cursor that JSON has kept."""
    found: list[Candidate] = []
    cursor: Cursor | None = None
    while True:
        page = source(client, **settings).page(name, cursor)
        found += page.candidates
        if page.cursor is None:
            return found
        cursor = json.loads(json.dumps(page.cursor))


def ending(client: RecordedClient, name: str = SEARCH) -> tuple[str, str]:
    with pytest.raises(SourceError) as caught:
        source(client).page(name, None)
    return caught.value.ending, caught.value.detail


def category(*titles: str) -> dict[str, Any]:
    return {"query": {"pages": [{"ns": 14, "title": f"Category:{title}"} for title in titles]}}


# Queries


def test_every_query_and_every_category_is_a_walk_once() -> None:
    client = RecordedClient()
    commons = source(
        client, queries=["Kanas  lake", " ", "Kanas lake", "喀纳斯"], categories=["Tarns"]
    )
    assert commons.queries() == ["search Kanas lake", "search 喀纳斯", "category Tarns"]
    assert client.asked == []


def test_walks_of_another_wiki_have_other_names() -> None:
    endpoints = ["https://a.example.org/w/api.php", "http://a.example.org/v/api.php"]
    client = RecordedClient(recorded("commons-search-last"))
    wikis = [source(client, endpoint=endpoint, categories=["Tarns"]) for endpoint in endpoints]
    assert wikis[0].queries() == [
        f"{SEARCH} at a.example.org/w",
        "category Tarns at a.example.org/w",
    ]
    assert set(wikis[0].queries()).isdisjoint(wikis[1].queries())
    wikis[0].page(wikis[0].queries()[0], None)
    assert client.urls == endpoints[:1]
    assert client.asked[0]["gsrsearch"].endswith(" blue tarn")


@pytest.mark.parametrize("endpoint", ["commons", "", "file:///etc/passwd", "http://["])
def test_an_endpoint_that_is_no_address_is_the_users_error(endpoint: str) -> None:
    with pytest.raises(ConfigError, match="endpoint"):
        source(RecordedClient(), endpoint=endpoint)


@pytest.mark.parametrize("name", [SEARCH, CATEGORY])
def test_the_address_is_that_of_the_first_request(name: str) -> None:
    client = RecordedClient(recorded("commons-search-last"))
    commons = source(client)
    commons.page(name, None)
    parts = urlsplit(commons.address(name))
    assert parts._replace(query="").geturl() == client.urls[0] == ScrapeSection().endpoint
    assert {key: value for key, [value] in parse_qs(parts.query).items()} == client.asked[0]


# Requests


def test_a_search_asks_for_bitmaps_of_the_least_size_and_their_licences() -> None:
    client = RecordedClient(recorded("commons-search-last"))
    source(client, min_width=640, min_height=1, file_width=960).page(SEARCH, None)
    asked = client.asked[0]
    assert asked["gsrsearch"] == "filetype:bitmap filew:>639 fileh:>0 blue tarn"
    assert asked["iiurlwidth"] == "960"
    assert {"url", "size", "mime", "extmetadata"} <= set(asked["iiprop"].split("|"))
    assert {"LicenseShortName", "LicenseUrl", "Artist"} <= set(
        asked["iiextmetadatafilter"].split("|")
    )
    fixed = {"action": "query", "format": "json", "formatversion": "2", "maxlag": "5"}
    fixed |= {"generator": "search", "gsrnamespace": "6", "gsrlimit": "50", "prop": "imageinfo"}
    assert asked.items() >= fixed.items()


def test_the_whole_continue_object_goes_into_the_next_request() -> None:
    onward = {"iistart": "2020-01-01T00:00:00Z", "gsroffset": 0, "continue": "||"}
    first = recorded("commons-search") | {"continue": onward}
    client = RecordedClient(first, recorded("commons-search-last"))
    found = query(client, SEARCH)
    assert client.asked[1] == client.asked[0] | {**onward, "gsroffset": "0"}
    assert [candidate.title for candidate in found][-1] == "Old Bridge"


def test_a_search_ends_when_continue_does_not_advance() -> None:
    client = RecordedClient(recorded("commons-search"), recorded("commons-search"))
    assert len(query(client, SEARCH)) == 6
    assert client.responses == []


def test_a_search_ends_where_the_wiki_serves_no_more() -> None:
    onward = {"continue": {"gsroffset": 10_000, "continue": "gsroffset||"}}
    client = RecordedClient(recorded("commons-search") | onward)
    assert source(client).page(SEARCH, None).cursor is None


def test_a_wiki_without_search_words_is_asked_without_them() -> None:
    client = RecordedClient(
        recorded("commons-empty"), recorded("commons-search"), recorded("commons-search-last")
    )
    assert len(query(client, SEARCH)) == 4
    assert ["gsrwhat" in asked for asked in client.asked] == [False, True, True]
    assert [asked["gsrsearch"] for asked in client.asked[1:]] == ["blue tarn", "blue tarn"]
    assert [asked.get("gsroffset") for asked in client.asked] == [None, None, "50"]


def test_nothing_found_at_all_ends_the_query() -> None:
    client = RecordedClient(recorded("commons-empty"), recorded("commons-empty"))
    page = source(client).page(SEARCH, None)
    assert (page.candidates, page.cursor) == ([], None)


# Categories


def test_every_category_is_entered_once_though_they_contain_each_other() -> None:
    client = RecordedClient(
        recorded("commons-category"),
        recorded("commons-category-last"),
        recorded("commons-category-cycle"),
        *[recorded("commons-empty")] * 2,
    )
    found = query(client, CATEGORY, category_depth=3)
    assert [candidate.title for candidate in found] == ["Tarn one", "Tarn two", "Shore"]
    assert [asked["gcmtitle"].removeprefix("Category:") for asked in client.asked] == [
        *("Blue Tarn", "Blue Tarn", "Tarn shores", "Tarn islands", "Tarn shores at night")
    ]
    assert client.asked[1]["gcmcontinue"] == "file|4c|108"
    assert "gcmcontinue" not in client.asked[2]


def test_subcategories_are_entered_to_the_depth_that_is_set() -> None:
    responses = [category("b", "c"), category("d"), category("e"), category("f")]
    for depth, entered in [(0, "a"), (1, "abc"), (2, "abcde")]:
        client = RecordedClient(*responses, *[recorded("commons-empty")] * 4)
        query(client, "category a", category_depth=depth)
        assert "".join(asked["gcmtitle"][-1] for asked in client.asked) == entered
        assert client.asked[-1]["gcmtype"] == "file"


def test_a_category_may_be_named_with_its_prefix() -> None:
    client = RecordedClient(recorded("commons-category-last"))
    source(client).page("category Category: Blue Tarn", None)
    assert client.asked[0]["gcmtitle"] == "Category:Blue Tarn"


def test_empty_categories_are_passed_over_but_not_without_end() -> None:
    names = [f"c{number}" for number in range(30)]
    client = RecordedClient(category(*names), *[recorded("commons-empty")] * 30)
    page = source(client, category_depth=1).page(CATEGORY, None)
    assert page.candidates == []
    assert page.cursor is not None
    assert 1 < len(client.asked) < 30


# Errors


def test_a_busy_wiki_is_left_alone_as_long_as_it_says() -> None:
    lag = json.dumps(recorded("commons-maxlag")).encode()
    busy = [
        Response("", 200, headers, lag)
        for headers in ({}, {"retry-after": "0"}, {"retry-after": "7"})
    ]
    client = RecordedClient(*busy, {"error": {"code": "ratelimited"}}, recorded("commons-search"))
    assert len(source(client).page(SEARCH, None).candidates) == 3
    assert client.pauses == [(API, 5), (API, 0), (API, 7), (API, 5)]
    assert all(asked == client.asked[0] for asked in client.asked)


def test_a_wiki_that_stays_busy_is_unavailable() -> None:
    client = RecordedClient(*[recorded("commons-maxlag")] * 20)
    kind, detail = ending(client)
    assert kind == "unavailable"
    assert "6.2 seconds lagged" in detail
    assert len(client.asked) == 6


def test_the_api_refuses_with_its_own_words() -> None:
    kind, detail = ending(RecordedClient(recorded("commons-denied")))
    assert (kind, detail.split(":")[0]) == ("blocked", "readapidenied")
    kind, detail = ending(RecordedClient({"error": {"code": "badvalue", "info": "<b>no</b>"}}))
    assert (kind, detail) == ("unavailable", "badvalue: no")


def test_status_403_is_a_refusal_and_its_text_is_told() -> None:
    said = b"<html><style>p {}</style><p>Set a User-Agent.</p></html>"
    kind, detail = ending(RecordedClient(failure("forbidden", 403, said)))
    assert kind == "blocked"
    assert "Set a User-Agent." in detail
    assert "style" not in detail


def test_other_failures_of_the_client_are_passed_on() -> None:
    for error in (failure("server-error", 500), FetchError("host-down"), FetchError("robots")):
        with pytest.raises(FetchError) as caught:
            source(RecordedClient(error)).page(SEARCH, None)
        assert caught.value is error


@pytest.mark.parametrize("body", [b"", b"<html>Hello</html>", b"[]", b"7", b"{", b"[" * 10**5])
def test_an_answer_that_is_no_json_object_has_changed(body: bytes) -> None:
    assert ending(RecordedClient(Response("", 200, {}, body)))[0] == "changed"


@pytest.mark.parametrize(
    "response",
    [
        {"query": []},
        {"query": {"pages": {"1": {}}}},
        {"query": {"pages": []}, "continue": "on"},
        {"error": "no"},
    ],
)
def test_another_outer_form_has_changed(response: Any) -> None:
    assert ending(RecordedClient(response, response))[0] == "changed"


@pytest.mark.parametrize(
    ("name", "file"),
    [(SEARCH, "commons-search"), (CATEGORY, "commons-category"), (SEARCH, "commons-maxlag")],
)
def test_no_damage_to_an_answer_raises_anything_but_a_source_error(name: str, file: str) -> None:
    for response in damaged(recorded(file)):
        client = RecordedClient(response, *[recorded("commons-search")] * 9)
        try:
            page = source(client).page(name, None)
        except SourceError:
            continue
        json.dumps([*map(asdict, page.candidates)], ensure_ascii=False).encode()
        assert all(isinstance(candidate.url, str) for candidate in page.candidates)
        if page.cursor:
            source(client).page(name, json.loads(json.dumps(page.cursor)))
            urlencode(client.asked[-1])
