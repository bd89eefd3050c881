import json
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from lsgan.config import ScrapeSection
from lsgan.errors import ConfigError
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.fetch.response import FetchError, Response
from lsgan.scrape.politeness.limits import HostLimit
from lsgan.scrape.sources.openverse import ENDPOINT, Openverse
from lsgan.scrape.sources.source import SourceError
from tests.scrape.sources.recorded_client import RecordedClient, damaged, failure, recorded

WALK = "search blue ridge"


def source(client: RecordedClient, **settings: Any) -> Openverse:
    return Openverse(client, ScrapeSection(queries=["blue ridge"], **settings))


def asked(**settings: Any) -> dict[str, str]:
    client = RecordedClient(recorded("openverse-page"))
    source(client, **settings).page(WALK, None)
    return client.asked[0]


def ending(response: Any) -> tuple[str, str]:
    with pytest.raises(SourceError) as caught:
        source(RecordedClient(response)).page(WALK, None)
    return caught.value.ending, caught.value.detail


def test_a_search_goes_from_page_to_page_in_new_objects() -> None:
    client = RecordedClient(recorded("openverse-page"), recorded("openverse-last"))
    first = source(client).page(WALK, None)
    last = source(client).page(WALK, json.loads(json.dumps(first.cursor)))
    assert last.cursor is None
    titles = [candidate.title for candidate in first.candidates + last.candidates]
    assert titles == ["Ridge 1", "Ridge 2", "Ridge 5", "Ridge 6"]
    assert [request["page"] for request in client.asked] == ["1", "2"]
    assert client.urls == [ENDPOINT, ENDPOINT]


def test_no_more_is_asked_than_is_served_without_a_key() -> None:
    for page, more in [(11, True), (12, False)]:
        client = RecordedClient(recorded("openverse-page") | {"page_count": 500})
        found = source(client).page(WALK, {"page": page})
        assert bool(found.cursor) is more
        assert client.asked[0]["page_size"] == "20"


def test_a_page_without_results_is_the_last() -> None:
    client = RecordedClient(recorded("openverse-page") | {"results": []})
    assert source(client).page(WALK, None).cursor is None


def test_all_that_is_told_of_an_image_is_kept() -> None:
    page = source(RecordedClient(recorded("openverse-page"))).page(WALK, None)
    assert page.candidates[0] == Candidate(
        url="https://files.example.org/1_b.jpg",
        page="https://photos.example.org/1",
        title="Ridge 1",
        author="Maro Lind",
        license="CC BY-SA 2.0",
        license_url="https://creativecommons.org/licenses/by-sa/2.0/",
        width=1024,
        height=768,
        media_type="image/jpeg",
    )
    assert [candidate.license for candidate in page.candidates[1:]] == ["CC0 1.0", "PDM 1.0"]
    unsized = page.candidates[1]
    assert (unsized.width, unsized.author, unsized.media_type) == (None, "", "")


def test_a_licence_without_version_and_address_is_named_all_the_same() -> None:
    [candidate] = source(RecordedClient(recorded("openverse-last"))).page(WALK, None).candidates
    assert (candidate.license, candidate.license_url) == ("CC BY-NC-ND", "")


def test_the_filters_are_those_that_lose_nothing() -> None:
    assert asked() == {"q": "blue ridge", "page": "1", "page_size": "20", "category": "photograph"}
    assert asked(aspect="wide")["aspect_ratio"] == "wide"
    assert asked(aspect="tall")["aspect_ratio"] == "tall"
    assert "aspect_ratio" not in asked(aspect="square") | asked(aspect="0.7-2.5")
    assert asked(min_width=640, min_height=480)["size"] == "medium,large"
    assert asked(min_width=1600, min_height=900)["size"] == "large"
    assert "size" not in asked(min_width=640, min_height=479)


def test_licences_are_asked_for_where_openverse_knows_all_of_them() -> None:
    assert asked(licenses=["CC BY", "cc0,pdm"])["license"] == "cc0,pdm,by"
    assert asked(licenses=["commercial"])["license"] == "cc0,pdm,by,by-sa,by-nd"
    assert "license" not in asked(licenses=["by", "unknown"]) | asked(licenses=["any"])
    with pytest.raises(ConfigError):
        source(RecordedClient(), licenses=["by-se"])


def test_the_address_is_that_of_the_first_request() -> None:
    parts = urlsplit(source(RecordedClient(), licenses=["by"]).address(WALK))
    assert parts._replace(query="").geturl() == ENDPOINT
    assert {key: value for key, [value] in parse_qs(parts.query).items()} == asked(licenses=["by"])


def test_a_refusal_is_told_with_its_reason() -> None:
    body = json.dumps(recorded("openverse-denied")).encode()
    for status in (401, 403):
        kind, detail = ending(failure("forbidden", status, body))
        assert kind == "blocked"
        assert "Authentication credentials were not provided." in detail
    assert ending(failure("client-error", 400, body))[0] == "changed"


def test_the_daily_limit_is_explained() -> None:
    kind, detail = ending(failure("rate-limited", 429))
    assert kind == "unavailable"
    assert "200 requests a day" in detail


def test_other_failures_of_the_client_are_passed_on() -> None:
    for error in (failure("server-error", 503), FetchError("host-down")):
        with pytest.raises(FetchError):
            source(RecordedClient(error)).page(WALK, None)


@pytest.mark.parametrize("body", [b"", b"<html></html>", b"[]", b"{}", b'{"results": {}}'])
def test_an_answer_in_another_form_has_changed(body: bytes) -> None:
    assert ending(Response("", 200, {}, body))[0] == "changed"


def test_no_damage_to_an_answer_raises_anything_but_a_source_error() -> None:
    for response in damaged(recorded("openverse-page")):
        try:
            page = source(RecordedClient(response)).page(WALK, None)
        except SourceError:
            continue
        json.dumps([page.cursor, *map(asdict, page.candidates)], ensure_ascii=False).encode()
        assert all(candidate.url.startswith("http") for candidate in page.candidates)


def test_openverse_is_asked_slowly() -> None:
    client = RecordedClient()
    source(client, interval=0.1, concurrency=8)
    assert client.limits == {
        "api.openverse.org": HostLimit(concurrency=1, interval=3.0),
    }
