import html
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
from lsgan.scrape.sources import bing
from lsgan.scrape.sources.bing import NOTICE, Bing
from lsgan.scrape.sources.source import SourceError
from tests.scrape.client_helpers import new_client
from tests.scrape.hostile import Hostile
from tests.scrape.sources.recorded_client import RECORDED, RecordedClient, damaged, failure

WALK = "search blue ridge"
RESULT = {
    "murl": "https://files.example.org/1.jpg",
    "purl": "https://walks.example.org/1",
    "t": "Ridge",
}


class PagesClient(RecordedClient):
    """Is asked for pages, to which robots.txt applies."""

    def get(
        self,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        api: bool = False,
    ) -> Response:
        assert not api
        return super().get(url, params=params, headers=headers, api=True)


def source(client: Any, **settings: Any) -> Bing:
    return Bing(client, ScrapeSection(queries=["blue ridge"], **settings))


def response(markup: str | bytes) -> Response:
    body = markup if isinstance(markup, bytes) else markup.encode()
    return Response("https://www.bing.com/images/async", 200, {"content-type": "text/html"}, body)


def recorded(name: str) -> Response:
    return response((RECORDED / f"bing-{name}.html").read_bytes())


def result(told: Any) -> str:
    return f'<ul class="dgControl_list"><a class="iusc" m="{html.escape(json.dumps(told))}"></a>'


def asked(**settings: Any) -> dict[str, str]:
    client = PagesClient(recorded("page"))
    source(client, **settings).page(WALK, None)
    return client.asked[0]


def ending(given: Any, cursor: Any = None) -> str:
    with pytest.raises(SourceError) as caught:
        source(PagesClient(given)).page(WALK, cursor)
    return caught.value.ending


def test_a_search_goes_from_page_to_page_in_new_objects() -> None:
    client = PagesClient(recorded("page"), recorded("page"), recorded("end"))
    cursor, sizes = None, []
    while not sizes or cursor:
        page = source(client).page(WALK, json.loads(json.dumps(cursor)))
        cursor = page.cursor
        sizes.append(len(page.candidates))
    assert sizes == [2, 2, 0]
    assert [request["first"] for request in client.asked] == ["1", "36", "71"]
    assert {request["q"] for request in client.asked} == {"blue ridge"}


def test_all_that_is_told_of_an_image_is_kept() -> None:
    page = source(PagesClient(recorded("page"))).page(WALK, None)
    assert page.candidates == [
        Candidate(
            url="https://files.example.org/ridge-1.jpg?w=1&h=2",
            page="https://walks.example.org/ridge?day=1&amp=2",
            title="Blue Ridge at dawn",
        ),
        Candidate(
            url="https://files.example.org/ridge-2.png",
            page="https://walks.example.org/2",
            title='The Blue Ridge "at noon"',
        ),
    ]


def test_a_walk_ends_after_a_thousand_results() -> None:
    for first, following in [(946, 981), (965, 1000), (966, None), (981, None)]:
        page = source(PagesClient(recorded("page"))).page(WALK, {"first": first})
        assert page.cursor == (following and {"first": following})


def test_photographs_of_the_wanted_proportions_are_asked_for() -> None:
    assert asked() == {
        "q": "blue ridge",
        "async": "1",
        "first": "1",
        "count": "35",
        "qft": "+filterui:photo-photo",
    }
    for aspect in ("wide", "tall", "square"):
        assert asked(aspect=aspect)["qft"] == f"+filterui:photo-photo+filterui:aspect-{aspect}"
    assert asked(aspect="0.7-2.5") == asked()


def test_the_address_is_that_of_the_first_request() -> None:
    client = PagesClient(recorded("page"))
    source(client).page(WALK, None)
    parts = urlsplit(source(PagesClient()).address(WALK))
    assert parts._replace(query="").geturl() == client.urls[0]
    assert client.urls[0] == "https://www.bing.com/images/async"
    assert {key: value for key, [value] in parse_qs(parts.query).items()} == client.asked[0]


def test_each_query_is_a_query() -> None:
    settings = ScrapeSection(queries=["a  lake", "喀纳斯", "a lake", " "])
    assert Bing(PagesClient(), settings).queries() == ["search a lake", "search 喀纳斯"]  # type: ignore[arg-type]


def test_a_search_without_results_ends() -> None:
    for name in ("nothing", "end"):
        page = source(PagesClient(recorded(name))).page(WALK, None)
        assert (page.candidates, page.cursor) == ([], None)


def test_an_empty_page_after_the_first_is_the_end() -> None:
    page = source(PagesClient(response(" \n"))).page(WALK, {"first": 71})
    assert (page.candidates, page.cursor) == ([], None)


@pytest.mark.parametrize("reason", ["robots", "robots-tag", "forbidden", "rate-limited"])
def test_a_refusal_of_the_client_or_the_server_is_one(reason: str) -> None:
    assert ending(failure(reason, 403)) == "blocked"


def test_a_captcha_is_a_refusal() -> None:
    for cursor in (None, {"first": 36}):
        assert ending(recorded("captcha"), cursor) == "blocked"


@pytest.mark.parametrize(
    "markup",
    [
        "<h1>Before you continue</h1><button>Accept all cookies</button>",
        "<form action='https://challenges.example.net/turnstile'></form>",
        "<p>您的请求需要验证</p>",
    ],
)
def test_a_demand_for_consent_or_proof_is_a_refusal(markup: str) -> None:
    assert ending(response(markup)) == "blocked"


def test_the_words_of_a_query_are_no_refusal() -> None:
    markup = (
        "<div class='dgControl' data-q='captcha'>is blocked<ul class='dgControl_list'></ul></div>"
    )
    assert source(PagesClient(response(markup))).page(WALK, None).cursor is None


def test_other_failures_of_the_client_are_passed_on() -> None:
    for error in (failure("server-error", 503), FetchError("host-down")):
        with pytest.raises(FetchError):
            source(PagesClient(error)).page(WALK, None)


@pytest.mark.parametrize(
    "markup",
    [
        "<html><body><main>Welcome to the new images</main></body></html>",
        '{"results": []}',
        "",
        "<script>const known = 'mimg imgpt no results captcha'</script><p>All is new</p>",
        "<p>您没有权限访问此页面</p>",
        "<ul class='dgControl_list'><a class='iusc' data-m='{}'>a</a></ul>",
        result({"image": "https://files.example.org/1.jpg"}),
    ],
)
def test_an_answer_in_another_form_has_changed(markup: str) -> None:
    assert ending(response(markup)) == "changed"


def test_no_damage_to_an_answer_raises_anything_but_a_source_error() -> None:
    draw = random.Random(1)
    page = recorded("page").body
    broken = [response(result(value)) for value in [*damaged({"a": RESULT}), *damaged(RESULT)]]
    broken += [response(page[: draw.randrange(len(page))]) for _ in range(100)]
    for _ in range(200):
        body = bytearray(page)
        for _ in range(20):
            body[draw.randrange(len(body))] = draw.choice(b"<>\"'&;{}[]\\\x00\xff a")
        broken.append(response(bytes(body)))
    broken += [response("[" * 100_000), response(f'<a class=iusc m="{"[" * 100_000}">')]
    kept = 0
    for given in broken:
        try:
            found = source(PagesClient(given)).page(WALK, None)
        except SourceError as error:
            error.detail.encode()
            continue
        json.dumps([found.cursor, *map(asdict, found.candidates)], ensure_ascii=False).encode()
        assert all(candidate.url.startswith("http") for candidate in found.candidates)
        kept += len(found.candidates)
    assert kept > 100


def test_bing_is_asked_slowly() -> None:
    for interval, expected in [(0.1, 2.0), (7.0, 7.0)]:
        client = PagesClient()
        source(client, interval=interval, concurrency=8)
        assert client.limits["www.bing.com"] == HostLimit(concurrency=1, interval=expected)


def test_the_notice_tells_the_risk_in_two_lines() -> None:
    assert NOTICE.startswith("bing: ")
    assert len(NOTICE.splitlines()) <= 2
    assert "licence" in NOTICE


def test_what_robots_txt_forbids_is_not_asked(
    hostile: Hostile, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile.reset()
    hostile.put("/robots.txt", b"User-agent: *\nDisallow: /images/\n")
    monkeypatch.setattr(bing, "SEARCH", hostile.url("/images/async"))
    with new_client() as client, pytest.raises(SourceError) as caught:
        source(client).page(WALK, None)
    assert caught.value.ending == "blocked"
    assert "robots" in caught.value.detail
    assert not hostile.log("/images/async")
