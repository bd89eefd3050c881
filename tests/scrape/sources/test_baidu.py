import json
import random
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from lsgan.config import ScrapeSection
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.fetch.response import FetchError, Response
from lsgan.scrape.politeness.limits import HostLimit
from lsgan.scrape.sources import baidu
from lsgan.scrape.sources.baidu import NOTICE, Baidu
from lsgan.scrape.sources.source import SourceError
from tests.scrape.client_helpers import new_client
from tests.scrape.hostile import Hostile
from tests.scrape.sources.recorded_client import RecordedClient, damaged, failure, recorded

WALK = "search blue ridge"
HOME = Response("https://image.baidu.com/", 200, {"content-type": "text/html"}, b"<html></html>")


class PagesClient(RecordedClient):
    """Is asked for pages, to which robots.txt applies, and notes the headers."""

    def __init__(self, *responses: Any) -> None:
        super().__init__(*responses)
        self.headers: list[dict[str, str]] = []

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        api: bool = False,
    ) -> Response:
        assert not api
        self.headers.append(dict(headers or {}))
        return super().get(url, params=params, api=True)


def source(client: Any, **settings: Any) -> Baidu:
    return Baidu(client, ScrapeSection(queries=["blue ridge"], **settings))


def response(body: str | bytes, url: str = "https://image.baidu.com/search/acjson") -> Response:
    sent = body if isinstance(body, bytes) else body.encode()
    return Response(url, 200, {"content-type": "application/json;charset=utf-8"}, sent)


def ending(*given: Any) -> str:
    with pytest.raises(SourceError) as caught:
        source(PagesClient(*given)).page(WALK, None)
    return caught.value.ending


def read(given: Any) -> list[Candidate]:
    return source(PagesClient(HOME, given)).page(WALK, None).candidates


def sent_cookies(set_cookie: str) -> str | None:
    home = Response("https://image.baidu.com/", 200, {"set-cookie": set_cookie}, b"")
    client = PagesClient(home, recorded("baidu-page"))
    source(client).page(WALK, None)
    return client.headers[1].get("Cookie")


def test_all_that_is_told_of_an_image_is_kept() -> None:
    assert read(recorded("baidu-page"))[0] == Candidate(
        url="https://files.example.org/ridge-1.jpg",
        page="https://walks.example.org/1",
        title="The Blue Ridge & its lake",
        width=1600,
        height=1067,
    )


def test_the_nearest_to_the_original_is_taken() -> None:
    found = read(recorded("baidu-page"))
    assert [candidate.url for candidate in found] == [
        "https://files.example.org/ridge-1.jpg",
        "http://files.example.org/ridge-2.jpg",
        "http://f.example.org/a1.jpg",
        "https://img0.example.net/middle-4.jpg",
        "https://img0.example.net/hover-5.jpg",
    ]
    assert (found[1].page, found[1].width, found[1].height) == (
        "http://walks.example.org/2",
        None,
        None,
    )


def test_a_search_goes_from_page_to_page_in_new_objects() -> None:
    client = PagesClient(HOME, recorded("baidu-page"), HOME, recorded("baidu-last"))
    first = source(client).page(WALK, None)
    last = source(client).page(WALK, json.loads(json.dumps(first.cursor)))
    assert (first.cursor, last.cursor) == ({"pn": 30}, None)
    assert [candidate.url[-6:] for candidate in last.candidates] == ["31.jpg"]
    assert [client.asked[i]["pn"] for i in (1, 3)] == ["0", "30"]
    assert [client.asked[i]["gsm"] for i in (1, 3)] == ["0", "1e"]
    assert (
        client.asked[1].items()
        >= {
            "tn": "resultjson_com",
            "ipn": "rj",
            "ct": "201326592",
            "fp": "result",
            "word": "blue ridge",
            "queryWord": "blue ridge",
            "ie": "utf-8",
            "oe": "utf-8",
            "rn": "30",
        }.items()
    )


def test_the_home_page_is_visited_once() -> None:
    client = PagesClient(HOME, *[recorded("baidu-page")] * 3)
    walker = source(client)
    for offset in (0, 30, 60):
        walker.page(WALK, {"pn": offset})
    assert (
        client.urls == ["https://image.baidu.com/"] + ["https://image.baidu.com/search/acjson"] * 3
    )
    assert client.headers == [{}] + [{"Referer": "https://image.baidu.com/"}] * 3


def test_cookies_of_the_home_page_are_sent_back() -> None:
    assert sent_cookies("BAIDUID=0A1B:FG=1; Path=/") == "BAIDUID=0A1B:FG=1"
    joined = (
        "BAIDUID=0A1B:FG=1; expires=Thu, 31-Dec-37 23:55:55 GMT; max-age=2147483647; path=/, "
        "BIDUPSID=0A1B; Expires=Sat, 01 Jan 2050 00:00:00 GMT; domain=.baidu.com; HttpOnly, PSTM=17"
    )
    assert sent_cookies(joined) == "BAIDUID=0A1B:FG=1; BIDUPSID=0A1B; PSTM=17"
    assert sent_cookies("H-PS=1; path=/, B=\x01\xff") == "H-PS=1"
    for nothing in ("", ",,;=", "; path=/", "no cookie at all"):
        assert sent_cookies(nothing) is None


def test_a_search_ends_without_entries() -> None:
    for data in ([], [{}]):
        given = recorded("baidu-page") | {"data": data}
        page = source(PagesClient(HOME, given)).page(WALK, {"pn": 60})
        assert (page.candidates, page.cursor) == ([], None)


def test_a_search_ends_with_the_number_that_is_told() -> None:
    for offset, following in [(30, 60), (60, None), (90, None)]:
        given = recorded("baidu-page") | {"displayNum": 90, "listNum": 90}
        page = source(PagesClient(HOME, given)).page(WALK, {"pn": offset})
        assert page.cursor == (following and {"pn": following})


def test_a_search_goes_on_where_no_number_is_told() -> None:
    for number in (None, 0, "many"):
        given = recorded("baidu-page") | {"displayNum": number, "listNum": number}
        page = source(PagesClient(HOME, given)).page(WALK, {"pn": 600})
        assert page.cursor == {"pn": 630}


def test_the_lesser_number_counts() -> None:
    given = recorded("baidu-page") | {"displayNum": 415337, "listNum": 60}
    assert source(PagesClient(HOME, given)).page(WALK, {"pn": 30}).cursor is None


def test_a_refusal_is_told_in_words_that_can_be_kept_and_shown() -> None:
    with pytest.raises(SourceError) as caught:
        refusal = response('{"antiFlag": 1, "message": "\\ud800\x1b[2J"}')
        source(PagesClient(HOME, refusal)).page(WALK, None)
    assert caught.value.detail.isprintable()
    assert caught.value.detail.encode()


def test_bodies_that_are_hardly_json_are_read() -> None:
    body = (
        r'{"data":[{"thumbURL":"https://a.example.org/1.jpg","fromPageTitle":"the lake\'s %s"},{}]}'
    )
    [candidate] = read(response(body % "shore\n\tat noon \\\\\\' \\q"))
    assert candidate.title == "the lake's shore at noon \\' q"


def test_refusals_are_never_searches_without_results() -> None:
    checkpoint = response("<html></html>", "https://wappass.baidu.com/static/captcha/")
    for refusal in (
        recorded("baidu-denied"),
        {"antiFlag": 1, "data": []},
        {"message": "Forbid spider access"},
        {"message": "Forbid spider access", "data": []},
        response("Forbid spider access"),
        response("<html><title>百度安全验证</title></html>"),
        checkpoint,
        failure("robots", 403),
        failure("robots-tag", 200),
        failure("forbidden", 403),
    ):
        assert ending(HOME, refusal) == "blocked"
    assert ending(checkpoint) == "blocked"
    assert ending(failure("forbidden", 403)) == "blocked"


def test_other_failures_of_the_client_are_passed_on() -> None:
    for error in (failure("server-error", 503), failure("rate-limited", 429)):
        for responses in ((error,), (HOME, error)):
            with pytest.raises(FetchError):
                source(PagesClient(*responses)).page(WALK, None)


@pytest.mark.parametrize(
    "body",
    ["", "<html></html>", "[]", "{}", '{"data": {}}', "[" * 100_000, '{"data": [{"image": "x"}]}'],
)
def test_an_answer_in_another_form_has_changed(body: str) -> None:
    assert ending(HOME, response(body)) == "changed"


def test_no_damage_to_an_answer_raises_anything_but_a_source_error() -> None:
    draw = random.Random(1)
    whole = json.dumps(recorded("baidu-page")).encode()
    broken: list[Any] = damaged(recorded("baidu-page"))
    broken += [response(whole[: draw.randrange(len(whole))]) for _ in range(100)]
    for _ in range(300):
        body = bytearray(whole)
        for _ in range(draw.randrange(1, 10)):
            body[draw.randrange(len(body))] = draw.choice(b"\"'{}[]\\\x00\xff 0a")
        broken.append(response(bytes(body)))
    kept = 0
    for given in broken:
        try:
            page = source(PagesClient(HOME, given)).page(WALK, None)
        except SourceError:
            continue
        json.dumps([page.cursor, *map(asdict, page.candidates)], ensure_ascii=False).encode()
        assert all(candidate.url.startswith("http") for candidate in page.candidates)
        kept += len(page.candidates)
    assert kept > 1000


def test_the_address_is_that_of_the_first_search() -> None:
    client = PagesClient(HOME, recorded("baidu-page"))
    source(client).page(WALK, None)
    parts = urlsplit(source(PagesClient()).address(WALK))
    assert parts._replace(query="").geturl() == client.urls[1]
    assert {key: value for key, [value] in parse_qs(parts.query).items()} == client.asked[1]


def test_each_query_is_a_query() -> None:
    settings = ScrapeSection(queries=["a  lake", "喀纳斯", "a lake", " "])
    assert Baidu(PagesClient(), settings).queries() == ["search a lake", "search 喀纳斯"]  # type: ignore[arg-type]


def test_baidu_is_asked_slowly() -> None:
    for interval, expected in [(0.1, 2.0), (7.0, 7.0)]:
        client = PagesClient()
        source(client, interval=interval, concurrency=8)
        assert client.limits["image.baidu.com"] == HostLimit(concurrency=1, interval=expected)


def test_the_notice_tells_the_risk_in_two_lines() -> None:
    assert NOTICE.startswith("baidu: ")
    assert len(NOTICE.splitlines()) <= 2
    assert "licence" in NOTICE


def test_a_real_client_sends_cookies_and_the_referer(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile.reset()
    hostile.put("/home", {"headers": {"Set-Cookie": "ID=7:a; Path=/"}, "body": b"<html></html>"})
    hostile.put("/acjson", json.dumps(recorded("baidu-page")).encode())
    monkeypatch.setattr(baidu, "HOME", hostile.url("/home"))
    monkeypatch.setattr(baidu, "SEARCH", hostile.url("/acjson"))
    with new_client() as client:
        assert len(source(client).page(WALK, None).candidates) == 5
    [visit] = hostile.log("/acjson")
    assert visit["headers"]["cookie"] == "ID=7:a"
    assert visit["headers"]["referer"] == hostile.url("/home")
