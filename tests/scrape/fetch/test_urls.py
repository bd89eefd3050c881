import pytest

from lsgan.scrape.fetch.urls import MAX_LENGTH, join, parse
from tests.scrape.client_helpers import reason


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://example.org", "http://example.org/"),
        ("HTTPS://Example.ORG:443/A?b=C#part", "https://example.org/A?b=C"),
        ("http://example.org:80/", "http://example.org/"),
        ("http://example.org:8080/", "http://example.org:8080/"),
        ("http://example.org./a", "http://example.org/a"),
        ("  http://example.org/a b\n", "http://example.org/a%20b"),
        ("http://example.org/a%20b%zz%", "http://example.org/a%20b%25zz%25"),
        ("http://example.org/喀纳斯?q=湖&r=a b", None),
        ("http://bücher.example/ü", "http://xn--bcher-kva.example/%C3%BC"),
        ("http://①②⑦.0.0.1/", "http://127.0.0.1/"),
        ("http://[2001:DB8:0::1]:81/", "http://[2001:db8::1]:81/"),
        ("http://my_host-1.example/", "http://my_host-1.example/"),
        ("http://example.org/a/./b/../c/%2e%2E/d", "http://example.org/a/d"),
        ("http://example.org/../../a/..", "http://example.org/"),
        ("http://example.org//a//b/", "http://example.org/a//b/"),
        ('http://example.org/a"<>\\^`{|}', "http://example.org/a%22%3C%3E%5C%5E%60%7B%7C%7D"),
        ("http://example.org?a", "http://example.org/?a"),
        ("http://example.org/%E5%96%80;v=1,2/(x)!*'", "http://example.org/%E5%96%80;v=1,2/(x)!*'"),
    ],
)
def test_an_address_is_written_in_one_way(text, expected) -> None:
    if expected is None:
        expected = "http://example.org/%E5%96%80%E7%BA%B3%E6%96%AF?q=%E6%B9%96&r=a%20b"
    assert str(parse(text)) == expected
    assert str(parse(expected)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "example.org/a.jpg",
        "//example.org/a.jpg",
        "ftp://example.org/",
        "file:///etc/passwd",
        "data:image/png;base64,AAAA",
        "javascript:alert(1)",
        "http://",
        "http:///path",
        "http://user@example.org/",
        "http://user:secret@example.org/",
        "http://good.example\\@evil.example/",
        "http://@example.org/",
        "http://exam ple.org/",
        "http://example.org:0/",
        "http://example.org:65536/",
        "http://example.org:port/",
        "http://a..b/",
        "http://.example.org/",
        "http://-/",
        "http://" + "a" * 64 + ".org/",
        "http://" + "a." * 200 + "org/",
        "http://" + "é" * 5000 + "/",
        "http://[::1/",
        "http://[fe80::1%25eth0]/",
        "http://[fe80::1%eth0]/",
        "http://[v1.x]/",
        "http://[::g]/",
        "http://a%00b/",
        "http://exa\0mple.org/",
        "http://example.org%2fevil/",
        "http://example.org\uff0fevil/",
        "http://example.org/\ud800",
        "http://example.org/" + "a" * MAX_LENGTH,
    ],
)
def test_anything_else_is_a_bad_address(text) -> None:
    assert reason(parse, text) == "bad-url"


def test_parameters_follow_the_query_there_is() -> None:
    url = parse("http://h/api?a=1#x", {"q": "喀纳斯 & lake", "gsm": "1e"})
    assert url.path == "/api?a=1&q=%E5%96%80%E7%BA%B3%E6%96%AF+%26+lake&gsm=1e"
    assert parse("http://h/api", {"a": "b"}).path == "/api?a=b"


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("/x", "http://h:81/x"),
        ("x?y", "http://h:81/a/x?y"),
        ("//other/x", "http://other/x"),
        ("https://other/", "https://other/"),
        ("?q", "http://h:81/a/b?q"),
        (" /space ", "http://h:81/space"),
        ("/\u00e5\u0096\u0080", "http://h:81/%E5%96%80"),  # UTF-8 read as Latin-1
        ("/\u00e9", "http://h:81/%C3%A9"),  # Latin-1 in truth
    ],
)
def test_a_location_is_read_from_where_it_was_met(location, expected) -> None:
    assert str(join(parse("http://h:81/a/b"), location)) == expected


@pytest.mark.parametrize("location", ["file:///etc/passwd", "http://[", "gopher://h/", "//"])
def test_a_location_that_leads_nowhere_is_a_bad_address(location) -> None:
    if location == "//":
        assert str(join(parse("http://h/a"), location)) == "http://h/a"
    else:
        assert reason(join, parse("http://h/"), location) == "bad-url"
