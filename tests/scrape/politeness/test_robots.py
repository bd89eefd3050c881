import random
import threading

import pytest

from lsgan.scrape.politeness.robots import MAX_BYTES, TOKEN, parse
from tests.scrape.client_helpers import closed_port, count_as_public, failure, new_client, reason

ALL = b"User-agent: *\nDisallow: /\n"


def allowed(text: str, path="/forbidden/a.jpg") -> bool:
    return bool(parse(text.encode()).can_fetch(f"http://h{path}", TOKEN))


def test_what_is_forbidden_is_not_asked_for(server, client, tmp_path) -> None:
    for call in (client.get, lambda url: client.download(url, tmp_path / "a")):
        assert reason(call, server.url("/forbidden/1.jpg")) == "robots"
        assert reason(call, server.url("/good/../forbidden/1.jpg")) == "robots"
        assert reason(call, server.url("/redirect?to=/forbidden/1.jpg")) == "robots"
        assert reason(call, server.url("/%66orbidden/1.jpg")) == "robots"
    assert server.log("/forbidden/1.jpg") == []
    assert client.get(server.url("/good/1.jpg")).status == 200
    assert len(server.log("/robots.txt")) == 1


def test_interfaces_for_programs_are_exempt(server, client) -> None:
    assert client.get(server.url("/forbidden/1.jpg"), api=True).status == 200
    assert server.log("/robots.txt") == []


def test_every_origin_is_asked(server, client) -> None:
    elsewhere = server.url("/forbidden/1.jpg", "localhost")
    server.put("/robots.txt", b"")
    assert client.get(server.url("/forbidden/1.jpg")).status == 200
    server.put("/robots.txt", ALL)
    assert reason(client.get, elsewhere) == "robots"
    assert reason(client.get, server.url(f"/redirect?to={elsewhere}")) == "robots"
    hosts = [row["headers"]["host"].partition(":")[0] for row in server.log("/robots.txt")]
    assert hosts == ["127.0.0.1", "localhost"]


def test_many_threads_ask_once_and_all_obey(server, client) -> None:
    server.put("/robots.txt", {"body": ALL, "after": 0.2})
    reasons: list[str] = []
    threads = [
        threading.Thread(
            target=lambda: reasons.append(reason(client.get, server.url("/good/1.jpg")))
        )
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert reasons == ["robots"] * 12
    assert len(server.log("/robots.txt")) == 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 418, 451])
def test_without_a_robots_txt_everything_is_allowed(server, client, status) -> None:
    server.put("/robots.txt", {"status": status, "body": ALL})
    assert client.get(server.url("/forbidden/1.jpg")).status == 200


@pytest.mark.parametrize("status", [500, 503, 429, 304, 999])
def test_with_one_that_cannot_be_read_nothing_is(server, client, status) -> None:
    server.put("/robots.txt", {"status": status})
    assert reason(client.get, server.url("/good/1.jpg")) == "robots-unknown"
    asked = len(server.log())
    assert reason(client.get, server.url("/good/2.jpg")) == "robots-unknown"
    assert len(server.log()) == asked


@pytest.mark.parametrize(
    "path", ["/garbage", "/short-body", "/redirect-loop", "/redirect-file", "/encoded?how=unknown"]
)
def test_one_that_is_broken_forbids_everything(server, client, path) -> None:
    server.put("/robots.txt", {"status": 302, "headers": {"Location": path}})
    assert reason(client.get, server.url("/good/1.jpg")) == "robots-unknown"


def test_an_unreachable_host_has_none_that_can_be_read(client) -> None:
    assert reason(client.get, f"http://127.0.0.1:{closed_port()}/") == "robots-unknown"


def test_a_host_that_refuses_for_long_is_left_alone(server, client) -> None:
    server.put("/robots.txt", {"status": 429, "headers": {"Retry-After": "3600"}})
    assert reason(client.get, server.url("/good/1.jpg")) == "robots-unknown"
    assert reason(client.get, server.url("/good/1.jpg")) == "rate-limited"
    assert len(server.log()) == 1


def test_redirects_are_followed_to_it(server, client) -> None:
    server.put("/robots.txt", {"status": 301, "headers": {"Location": "/forbidden/rules"}})
    server.put("/forbidden/rules", ALL)
    assert reason(client.get, server.url("/good/1.jpg")) == "robots"


def test_it_cannot_lead_to_a_private_address(server, monkeypatch) -> None:
    count_as_public(monkeypatch)
    server.put("/robots.txt", {"status": 301, "headers": {"Location": "http://10.0.0.1/"}})
    with new_client(private=False) as client:
        assert failure(client.get, server.url("/good/1.jpg")).ending in ("refused", "failed")


@pytest.mark.parametrize(("asked", "waited"), [("7", 7), ("1000", 30), ("0", 0), ("nan", 0)])
def test_a_crawl_delay_is_kept_up_to_half_a_minute(server, client, clock, asked, waited) -> None:
    server.put("/robots.txt", f"User-agent: *\nCrawl-delay: {asked}\n".encode())
    client.get(server.url("/good/1.jpg"))
    client.get(server.url("/good/2.jpg"))
    # robots.txt itself is the first of three requests.
    assert sum(clock.slept) == pytest.approx(2 * waited, abs=1)


def test_our_own_group_goes_before_that_of_all() -> None:
    text = "User-agent: *\nDisallow: /\n\nUser-agent: LSGAN\nDisallow: /forbidden\n"
    assert not allowed(text)
    assert allowed(text, "/good")
    assert not allowed("user-agent: lsgan/1.0 # us\ndisallow: /")
    assert not allowed("User-agent: otherbot\nUser-agent: lsgan\nDisallow: /")


def test_groups_of_others_do_not_concern_us() -> None:
    assert allowed("User-agent: otherbot\nDisallow: /\n")
    assert allowed("User-agent: ls\nDisallow: /\n")
    assert allowed("User-agent: gan\nDisallow: /\n")
    assert allowed("User-agent: lsgan-images\nDisallow: /\n")


def test_the_longest_rule_decides_and_wildcards_work() -> None:
    text = "User-agent: *\nDisallow: /forbidden/\nAllow: /forbidden/a\nDisallow: /*.png$\n"
    assert allowed(text)
    assert not allowed(text, "/forbidden/b.jpg")
    assert not allowed(text, "/x/a.png")
    assert allowed(text, "/x/a.png?b")


def test_only_the_beginning_of_an_endless_one_is_read(server, client) -> None:
    server.put("/robots.txt", {"status": 302, "headers": {"Location": "/endless-chunked"}})
    assert client.get(server.url("/good/1.jpg")).status == 200
    assert client.statistics()["127.0.0.1"]["bytes"] < 2_000_000


def test_a_compressed_bomb_is_no_more_than_its_beginning(server, client) -> None:
    server.put("/robots.txt", {"status": 302, "headers": {"Location": "/gzip-bomb"}})
    assert client.get(server.url("/good/1.jpg")).status == 200


def test_what_lies_beyond_the_cap_does_not_count() -> None:
    rules = b"User-agent: *\nDisallow: /\n"
    assert not parse(b"#" * 1000 + b"\n" + rules).can_fetch("http://h/", TOKEN)
    assert parse(b"#" * MAX_BYTES + b"\n" + rules).can_fetch("http://h/", TOKEN)


@pytest.mark.parametrize(
    "content",
    [
        "User-agent: *\nDisallow: /" + "a" * 10**6,
        "User-agent: *\nDisallow: /" + "a*" * 10**6 + "b",
        "User-agent: *\nDisallow: /" + "*a" * 20 + "b$",
        "User-agent: *\n" + "Disallow: /*a*a*a*a*a*a*b\n" * 20_000,
        "".join(f"User-agent: {i}\n" for i in range(12_000)) + "Disallow: /a\n" * 20_000,
        "User-agent: *\n" + "Disallow: /" + "%" * 10**6,
        "User-agent: *\nCrawl-delay: " + "9" * 10**6,
        "User-agent: *\nDisallow:" + " " * 10**6 + "/x",
        "\0" * 10**6,
        "\n" * 10**6,
        ":" * 10**6,
        "User-agent:\n" * 100_000,
    ],
    ids=range(12),
)
def test_hostile_rules_neither_crash_nor_stall(content) -> None:
    # Without the precautions some of these take minutes, and all memory.
    parse(content.encode()).can_fetch("http://h/" + "a" * 2000, TOKEN)


def test_random_bytes_are_rules_without_meaning() -> None:
    rng = random.Random(0)
    for _ in range(20):
        parse(rng.randbytes(5000)).can_fetch("http://h/a", TOKEN)
        parse(b"User-agent: *\nDisallow: " + rng.randbytes(500)).can_fetch("http://h/a", TOKEN)
