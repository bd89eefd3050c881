"""Galleries on a server: images behind links and behind dead addresses, pages behind pages."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from lsgan.config import ScrapeSection
from lsgan.errors import ConfigError, OutputError
from lsgan.io.files import read_lines
from lsgan.scrape.job import Outcome, scrape
from lsgan.scrape.plan import plan
from tests.scrape.client_helpers import name_hosts
from tests.scrape.hostile import Hostile
from tests.scrape.hostile_images import good

HTML = {"Content-Type": "text/html; charset=utf-8"}


def put_page(server: Hostile, path: str, html: str, **headers: str) -> None:
    server.put(path, {"body": f"<!doctype html>{html}".encode(), "headers": {**HTML, **headers}})


def put_image(server: Hostile, path: str, number: int, width: int = 640) -> None:
    body = good(number, width, width * 3 // 4)
    server.put(path, {"body": body, "headers": {"Content-Type": "image/jpeg"}})


def settings(out: Path, page: str, **more: Any) -> ScrapeSection:
    quick = {"interval": 0.0, "concurrency": 4}
    return ScrapeSection(out=str(out), sources=["page"], pages=[page], **quick, **more)


def collect(server: Hostile, out: Path, path: str = "/gallery/") -> Outcome:
    asked = settings(out, server.url(path))
    return scrape(asked, allow_private_hosts=True, say=lambda _: None, progress=False)


def kept(out: Path) -> dict[str, int]:
    """The path of each kept image with its width."""
    rows = read_lines(out / "manifest.jsonl")
    return {"/" + row["url"].split("/", 3)[3]: row["width"] for row in rows}


@pytest.mark.parametrize(
    "image",
    [
        "<a href=/gone.jpg><img src=/real.jpg></a>",
        "<img src=/real.jpg srcset='/small.jpg 900w'>",
        "<img src=/real.jpg data-full=/page.jpg>",
        "<a href=/page.jpg><img src=/real.jpg></a>",
        "<a href=/download/7><img src=/small.jpg></a>",
    ],
)
def test_the_next_address_is_tried(server, tmp_path, image) -> None:
    put_page(server, "/gallery/", image)
    put_page(server, "/page.jpg", "<p>no image")
    put_image(server, "/small.jpg", 1, width=100)
    put_image(server, "/real.jpg", 1)
    put_image(server, "/download/7", 1)
    collect(server, tmp_path)
    assert list(kept(tmp_path).values()) == [640]


def test_a_thumbnail_leads_to_the_photograph_by_its_page(server, tmp_path) -> None:
    links = [f"<a href=/photo/{n}><img src=/thumb/{n}.jpg></a>" for n in range(4)]
    put_page(server, "/gallery/", f"<header><a href=/><img src=/logo.jpg></a></header>{links}")
    put_image(server, "/logo.jpg", 99, width=120)
    for n in range(4):
        more = "<aside>" + "".join(f"<img src=/thumb/{n}.jpg>" for n in range(4)) + "</aside>"
        put_page(server, f"/photo/{n}", f"{more}<img src=/large/{n}.jpg><img src=/logo.jpg>")
        put_image(server, f"/thumb/{n}.jpg", n, width=100)
        put_image(server, f"/large/{n}.jpg", n, width=800)
    collect(server, tmp_path)
    assert kept(tmp_path) == {f"/large/{n}.jpg": 800 for n in range(4)}
    assert {row["headers"].get("referer") for row in server.log("/large/2.jpg")} == {
        server.url("/photo/2")
    }


def test_a_page_that_forbids_it_leads_nowhere(server, tmp_path) -> None:
    put_page(server, "/gallery/", "<a href=/photo/1><img src=/small.jpg></a>")
    put_page(server, "/photo/1", "<meta name=robots content=noimageindex><img src=/large.jpg>")
    put_image(server, "/small.jpg", 1, width=300)
    put_image(server, "/large.jpg", 1)
    collect(server, tmp_path)
    assert kept(tmp_path) == {"/small.jpg": 300}
    assert not server.log("/large.jpg")


def test_what_is_told_of_a_loss_is_what_can_be_mended(server, tmp_path) -> None:
    put_page(server, "/gallery/", "<a href=/photo/1><img src=/small.jpg></a><img src=/gone.jpg>")
    put_page(server, "/photo/1", "<p>nothing")
    put_image(server, "/small.jpg", 1, width=100)
    report = collect(server, tmp_path).report
    assert {row["reason"] for row in report.losses} == {"too-small", "not-found"}
    assert "no further page was found on" in str(report)
    assert report.verdict() == "0 of 1000: no further page was found"


def test_an_image_that_wants_its_page_or_a_cookie_gets_it(server, tmp_path) -> None:
    put_page(
        server, "/gallery/", "<img src=/a.jpg><img src=/b.jpg>", **{"Set-Cookie": "seen=1; Path=/"}
    )
    put_image(server, "/a.jpg", 1)
    put_image(server, "/b.jpg", 2)
    collect(server, tmp_path)
    for path in ("/a.jpg", "/b.jpg"):
        headers = server.log(path)[0]["headers"]
        assert headers["referer"] == server.url("/gallery/")
        assert headers["cookie"] == "seen=1"


def test_cookies_and_pages_are_not_told_to_another_host(server, tmp_path, monkeypatch) -> None:
    # A name below another is another host.
    name_hosts(monkeypatch, {"h.example": ["127.0.0.1"], "below.h.example": ["127.0.0.1"]})
    other = server.url("/a.jpg", "below.h.example")
    cookie = {"Set-Cookie": "seen=1; Path=/; Domain=h.example"}
    put_page(server, "/gallery/", f"<img src={other}>", **cookie)
    put_image(server, "/a.jpg", 1)
    asked = settings(tmp_path, server.url("/gallery/", "h.example"))
    scrape(asked, allow_private_hosts=True, say=lambda _: None, progress=False)
    headers = server.log("/a.jpg")[0]["headers"]
    assert "cookie" not in headers
    assert headers["referer"] == server.url("/", "h.example")


def test_pages_without_a_link_are_counted_on_until_there_is_none(server, tmp_path) -> None:
    for n in range(3, 6):
        put_page(server, f"/gallery/page/{n}/", f"<img src=/{n}.jpg>")
        put_image(server, f"/{n}.jpg", n)
    report = collect(server, tmp_path, "/gallery/page/3/").report
    assert set(kept(tmp_path)) == {"/3.jpg", "/4.jpg", "/5.jpg"}
    assert "no further page was found" in report.verdict()


def test_feeds_and_sitemaps_lead_to_images(server, tmp_path) -> None:
    base = server.url("")
    server.put(
        "/sitemap.xml",
        {
            "body": f"""<?xml version="1.0"?>
                <sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
                <sitemap><loc>{base}/pages.xml</loc></sitemap>
                <sitemap><loc>{base}/feed</loc></sitemap></sitemapindex>""".encode(),
            "headers": {"Content-Type": "application/xml"},
        },
    )
    server.put(
        "/pages.xml",
        f"""<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"
            xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
            <url><loc>{base}/gone</loc></url><url><loc>{base}/private</loc></url>
            <url><loc>{base}/one</loc></url>
            <url><loc>{base}/two</loc><image:image><image:loc>{base}/2.jpg</image:loc>
            </image:image></url></urlset>""".encode(),
    )
    server.put(
        "/feed",
        f"""<rss version="2.0" xmlns:media="http://search.yahoo.com/mrss/"><channel>
            <item><title>Three &amp; more</title><link>{base}/three</link>
            <media:content url="{base}/3.jpg" medium="image" width="640" height="480"/></item>
            <item><link>{base}/four</link><description>&lt;img src="/4.jpg"&gt;</description></item>
            <item><enclosure url="{base}/5.jpg" type="image/jpeg" length="9"/></item>
            </channel></rss>""".encode(),
    )
    put_page(server, "/one", "<img src=/1.jpg><!-- <rdf:RDF xmlns:x='y'> -->")
    put_page(server, "/private", "<meta name=robots content=noai><img src=/9.jpg>")
    for n in range(1, 6):
        put_image(server, f"/{n}.jpg", n)
    collect(server, tmp_path, "/sitemap.xml")
    rows = read_lines(tmp_path / "manifest.jsonl")
    assert {row["url"] for row in rows} == {f"{base}/{n}.jpg" for n in range(1, 6)}
    assert [row["title"] for row in rows if row["url"].endswith("/3.jpg")] == ["Three & more"]


def test_a_proxy_is_asked_and_looks_the_names_up(server, tmp_path) -> None:
    private = ("127.0.0.1:9", "2130706433", "127.1", "localhost", "0x7f.0.0.1")
    images = "".join(f"<img src=http://{host}/{n}.jpg>" for n, host in enumerate(private))
    put_page(server, "/gallery/", "<img src=/a.jpg>" + images)
    put_image(server, "/a.jpg", 1)
    said: list[str] = []
    asked = settings(tmp_path, "http://photographs.invalid/gallery/", proxy=server.url(""))
    report = scrape(asked, say=said.append, progress=False).report
    assert list(kept(tmp_path)) == ["/a.jpg"]
    assert server.log("/a.jpg")[0]["path"] == "http://photographs.invalid/a.jpg"
    assert "resolves host names" in said[0]
    # What is an address and no name can still be refused.
    losses = {row["reason"]: row["count"] for row in report.losses}
    assert losses == {"private-address": len(private)}


def test_a_proxy_of_the_environment_is_told_of(server, tmp_path, monkeypatch) -> None:
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, server.url("/proxy"))
    put_page(server, "/gallery/", "<img src=/a.jpg>")
    put_image(server, "/a.jpg", 1)
    said: list[str] = []
    asked = settings(tmp_path, server.url("/gallery/"))
    scrape(asked, allow_private_hosts=True, say=said.append, progress=False)
    assert "--proxy" in said[0]
    assert list(kept(tmp_path)) == ["/a.jpg"]
    assert server.log("/gallery/")[0]["path"] == "/gallery/"


@pytest.mark.parametrize(
    "proxy", ["socks5://127.0.0.1:1080", "https://host:1", "host:8080", "http://a b/"]
)
def test_what_is_no_proxy_is_refused(tmp_path, proxy) -> None:
    with pytest.raises(ValidationError):
        settings(tmp_path, "http://example.org/", proxy=proxy)


@pytest.mark.parametrize("keep_duplicates", [False, True])
def test_near_copies_are_kept_if_that_is_asked_for(server, tmp_path, keep_duplicates) -> None:
    put_page(server, "/gallery/", "<img src=/a.jpg><img src=/b.jpg><img src=/c.jpg>")
    put_image(server, "/a.jpg", 1)
    put_image(server, "/b.jpg", 1, width=320)
    put_image(server, "/c.jpg", 1)
    asked = settings(tmp_path, server.url("/gallery/"), keep_duplicates=keep_duplicates)
    scrape(asked, allow_private_hosts=True, say=lambda _: None, progress=False)
    # The same bytes are one file.
    assert len(kept(tmp_path)) == 1 + keep_duplicates


def test_a_list_is_told_by_its_column(server, tmp_path) -> None:
    put_image(server, "/a.jpg", 1)
    path = tmp_path / "list.csv"
    path.write_text(f"id,where\n1,{server.url('/a.jpg')}\n")
    said: list[str] = []
    asked = ScrapeSection(out=str(tmp_path), sources=["urls"], url_files=[str(path)], interval=0)
    scrape(asked, allow_private_hosts=True, say=said.append, progress=False)
    assert said == [f"urls: {path}, column where"]
    assert list(kept(tmp_path)) == ["/a.jpg"]


def test_a_plan_has_a_line_for_each_source_and_checks_what_a_run_would(tmp_path) -> None:
    asked = settings(tmp_path, "https://example.org/" + "a" * 300)
    lines = plan(asked, False).splitlines()
    assert len([line for line in lines if line.startswith("page ")]) == 1
    assert max(map(len, lines)) < 250
    with pytest.raises(ConfigError, match="neither http nor https"):
        plan(settings(tmp_path, "example.org/gallery"), False)
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(OutputError, match="no folder"):
        plan(settings(file, "https://example.org/"), False)
