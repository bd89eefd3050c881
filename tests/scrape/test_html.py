"""Pages from strangers: their character sets, and those that are made to take time or memory."""

import codecs

import pytest

from lsgan.scrape.fetch.response import Response
from lsgan.scrape.html import Enclosing, parse, words
from lsgan.scrape.sources.next_page import next_page
from lsgan.scrape.sources.page_images import images

PAGE = "<html><head>{}</head><body><img src=a.jpg alt='喀纳斯 — Kanas'></body></html>"


def response(body: bytes | str, kind: str = "text/html") -> Response:
    whole = body if isinstance(body, bytes) else body.encode()
    return Response("https://example.org/", 200, {"content-type": kind}, whole)


@pytest.mark.parametrize(
    ("meta", "kind", "body"),
    [
        ("", "text/html; charset=utf-16-le", lambda page: page.encode("utf-16-le")),
        ("", "text/html", lambda page: codecs.BOM_UTF16_BE + page.encode("utf-16-be")),
        ("", "text/html; charset=gbk", lambda page: codecs.BOM_UTF8 + page.encode()),
        ("<meta charset=gbk>", "text/html", lambda page: codecs.BOM_UTF8 + page.encode()),
        ("<meta charset=utf-8>", "text/html; charset=gb18030", lambda page: page.encode("gb18030")),
        ("<meta charset=gb2312>", "text/html", lambda page: page.encode("gbk")),
        ("<meta charset=x-gbk>", "text/html", lambda page: page.encode("gbk")),
        ("<meta charset=unicode_escape>", "text/html", lambda page: page.encode()),
        ("<meta charset=punycode>", "text/html", lambda page: page.encode()),
        ("<meta charset=utf-16>", "text/html", lambda page: page.encode()),
        ("", "text/html", lambda page: page.encode()),
        ("<meta charset=no-such-thing>", "text/html", lambda page: page.encode()),
    ],
)
def test_the_character_set_is_what_a_browser_takes(meta, kind, body) -> None:
    soup = parse(response(body(PAGE.format(meta)), kind))
    assert soup is not None
    assert soup.img["alt"] == "喀纳斯 — Kanas"


def test_one_damaged_character_does_not_change_the_others() -> None:
    body = PAGE.format("<meta charset=gb18030>").encode("gb18030").replace(b"Kanas", b"\xff\xff")
    soup = parse(response(body))
    assert soup is not None
    assert soup.img["alt"].startswith("喀纳斯 ")


@pytest.mark.parametrize("charset", ["utf-7", "unicode_escape", "raw_unicode_escape", "utf-16-le"])
def test_no_character_set_makes_text_that_is_none(charset: str) -> None:
    body = b"<img alt='+2AA- \\ud800 \x00\xd8'>" if charset != "utf-16-le" else b"<\0a\0>\0\x00\xd8"
    soup = parse(response(body, f"text/html; charset={charset}"))
    assert soup is not None
    soup.decode().encode()


def test_a_page_without_an_element_is_none() -> None:
    for body in ("", "plain words", "https://example.org/", "<!-- nothing -->", "\0" * 99):
        assert parse(response(body)) is None


@pytest.mark.parametrize(
    "body",
    [
        "<div>" * 200_000 + "<img src=a.jpg>",
        "<a href=b><figure><b>" * 40_000 + "<img src=a.jpg>" * 1000,
        "<!--x-->" * 250_000 + "<img src=a.jpg>",
        "<a " + " ".join(f"a{number}=1" for number in range(20_000)) + "><img src=a.jpg>",
        "<p>" * 100_000 + "<img src=a.jpg>",
        "<picture><source srcset='" + "a.jpg 9x," * 10_000 + "'>" + "<img src=a.jpg>" * 10_000,
    ],
    ids=["nested", "nested links", "comments", "attributes", "paragraphs", "forms"],
)
def test_hostile_pages_are_read_to_the_end(body: str) -> None:
    """And each image is asked what it is inside of, which a query upwards would take hours for."""
    soup = parse(response(body))
    if soup is None:
        assert "a19999" in body
        return
    assert [one.url for one in images(soup, "https://h/")] == ["https://h/a.jpg"]
    assert next_page(response(body), soup, []) in ("", "https://h/b", "https://example.org/b")
    elements = soup.find_all("img")
    assert len(elements) == body.count("<img")
    enclosing = Enclosing(soup, ("a", "figure"))
    for element in elements:
        assert (enclosing.find(element, "figure") is not None) == ("figure" in body)


def test_of_endless_pages_and_texts_the_beginning_is_read() -> None:
    soup = parse(response("<p>" + "word " * 1_600_000 + "<img src=a.jpg>"))
    assert soup is not None
    assert soup.img is None
    assert len(words(soup)) < 9_000_000
