import pytest

from lsgan.scrape.politeness.robots_tag import forbidding
from tests.scrape.client_helpers import failure


@pytest.mark.parametrize(
    "headers",
    [
        ["noindex"],
        ["NoAI"],
        ["nofollow, noimageai"],
        ["nofollow", "none"],
        ["lsgan: noai"],
        ["LSGAN : nofollow, noindex"],
        ["*: noai"],
        ["otherbot: nofollow, lsgan: noai"],
        ["otherbot: noindex", "noai"],
        ["max-snippet: 20, noindex"],
        ["unavailable_after: Wed, 25 Jun 2036 15:00:00 GMT, noai"],
    ],
)
def test_directives_that_forbid(headers) -> None:
    assert forbidding(headers)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [""],
        ["all"],
        ["nofollow, noarchive"],
        ["otherbot: noindex"],
        ["otherbot: noindex, noai"],
        ["lsgan: nofollow, otherbot: noai"],
        ["max-image-preview: none"],
        ["unavailable_after: 25 Jun 2036 15:00:00 GMT"],
        ["noindexing"],
        [",,:;,"],
    ],
)
def test_directives_that_do_not_or_concern_others(headers) -> None:
    assert forbidding(headers) == ""


def test_a_forbidden_file_is_not_even_read(server, client, tmp_path) -> None:
    server.put("/tagged", {"body": bytes(2_000_000), "headers": {"X-Robots-Tag": "noai"}})
    for call in (client.get, lambda url: client.download(url, tmp_path / "a")):
        error = failure(call, server.url("/tagged"))
        assert (error.reason, error.detail) == ("robots-tag", "noai")
    assert client.statistics()["127.0.0.1"]["bytes"] < 100_000
    assert not (tmp_path / "a").exists()
    assert len(server.log("/tagged")) == 2


def test_interfaces_for_programs_are_not_subject_to_it(server, client) -> None:
    assert client.get(server.url("/noai.jpg"), api=True).status == 200


def test_the_tag_of_a_redirect_says_nothing_of_its_target(server, client) -> None:
    headers = {"X-Robots-Tag": "noai", "Location": "/good/1.jpg"}
    server.put("/moved", {"status": 302, "headers": headers})
    assert client.get(server.url("/moved")).status == 200
