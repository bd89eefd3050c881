import http.client
import json
import os
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import urljoin, urlsplit

import pytest

from lsgan.demo.gallery import Gallery, serve, title_of
from lsgan.errors import DataError

BASE = "http://127.0.0.1:8000"
VOID = {"img", "link", "meta"}


class Page(HTMLParser):
    """What a page holds; fails where an element is closed that was not the last one opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: dict[str, list[str]] = {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs) -> None:
        self.tags.append((tag, dict(attrs)))
        self.open.extend([] if tag in VOID else [tag])

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open:
            self.texts.setdefault(self.open[-1], []).append(data)

    def all(self, tag: str, **attributes) -> list[dict[str, str]]:
        return [
            found
            for name, found in self.tags
            if name == tag and attributes.items() <= found.items()
        ]

    @property
    def images(self) -> list[str]:
        return [image["data-src"] for image in self.all("img")]

    @property
    def facts(self) -> list[dict]:
        return json.loads(next(text for text in self.texts["script"] if "@context" in text))


def gallery(tmp_path: Path, names: list[str], per_page=60) -> Gallery:
    for name in names:
        (tmp_path / name).write_bytes(b"content of " + os.fsencode(name))
    return Gallery(tmp_path, names, per_page)


def page(site: Gallery, target: str) -> Page:
    reply = site.answer(target, BASE)
    assert (reply.status, reply.media_type) == (200, "text/html; charset=utf-8")
    return Page(reply.body.decode())


def walk(site: Gallery) -> list[Page]:
    """The pages in the order of their links to the next."""
    pages, target = [], "/"
    while target:
        pages.append(page(site, target))
        following = pages[-1].all("link", rel="next")
        assert [link["href"] for link in pages[-1].all("a", rel="next")] == [
            link["href"] for link in following
        ]
        target = following[0]["href"] if following else ""
        assert len(pages) <= len(site.names)
    return pages


def numbered(count: int) -> list[str]:
    return [f"landscape-{index:05d}.jpg" for index in range(count)]


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (4, 1), (5, 2), (8, 2), (9, 3)])
def test_the_pages_lead_on_to_the_last_and_show_every_image_once(tmp_path, count, pages) -> None:
    site = gallery(tmp_path, numbered(count), per_page=4)
    walked = walk(site)
    assert len(walked) == pages
    expected = [f"/images/{name}" for name in numbered(count)]
    assert [address for one in walked for address in one.images] == expected
    assert [
        link["href"] for one in walked for link in one.all("a") if "rel" not in link
    ] == expected


def test_every_image_is_described_as_the_web_does(tmp_path) -> None:
    (first, second) = page(gallery(tmp_path, numbered(2)), "/").facts
    assert first["@type"] == "ImageObject"
    assert first["contentUrl"] == f"{BASE}/images/landscape-00000.jpg"
    assert first["creator"]["name"] == "lsgan"
    assert first["license"] == "https://creativecommons.org/publicdomain/zero/1.0/"
    assert (first["name"], second["name"]) == ("Landscape 0", "Landscape 1")


def test_a_page_tells_its_licence_and_the_titles(tmp_path) -> None:
    shown = page(gallery(tmp_path, numbered(2)), "/")
    (license_link,) = shown.all("link", rel="license")
    assert license_link["href"] == "https://creativecommons.org/publicdomain/zero/1.0/"
    assert shown.texts["figcaption"] == ["Landscape 0", "Landscape 1"]
    assert [image["alt"] for image in shown.all("img")] == ["Landscape 0", "Landscape 1"]
    assert {image["loading"] for image in shown.all("img")} == {"lazy"}


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("landscape-00012.jpg", "Landscape 12"),
        ("Kanas_Lake in-winter.JPEG", "Kanas Lake in winter"),
        ("0007.png", "Image 7"),
        ("喀纳斯3.webp", "喀纳斯 3"),
    ],
)
def test_titles_come_from_the_names(name, title) -> None:
    assert title_of(name) == title


@pytest.mark.parametrize(
    "name",
    [
        "Lake & 'valley' #1 100% é;+.jpg",
        "%2e%2e.jpg",
        pytest.param(
            '"><script>alert(1)<script>.jpg',
            marks=pytest.mark.skipif(os.name == "nt", reason="no such names there"),
        ),
        pytest.param(
            os.fsdecode(b"not \xff utf-8.jpg"),
            marks=pytest.mark.skipif(sys.platform != "linux", reason="no such names there"),
        ),
    ],
)
def test_odd_names_neither_break_the_page_nor_get_lost(tmp_path, name) -> None:
    site = gallery(tmp_path, [name])
    shown = page(site, "/")
    (address,) = shown.images
    assert site.answer(address, BASE).body == b"content of " + os.fsencode(name)
    assert urljoin(BASE, address) == shown.facts[0]["contentUrl"]
    assert shown.texts["figcaption"] == [title_of(name)]
    assert len(shown.all("script")) == 2


def test_images_come_with_their_types(tmp_path) -> None:
    names = ["a.jpg", "b.JPEG", "c.png", "d.webp", "e.gif", "f.bmp", "g.tif", "h.tiff"]
    site = gallery(tmp_path, names)
    replies = [site.answer(f"/images/{name}", BASE) for name in names]
    assert [reply.media_type.removeprefix("image/") for reply in replies] == [
        "jpeg", "jpeg", "png", "webp", "gif", "bmp", "tiff", "tiff",
    ]  # fmt: skip


def test_robots_may_go_everywhere_but_into_private(tmp_path) -> None:
    reply = gallery(tmp_path, ["a.jpg"]).answer("/robots.txt", BASE)
    assert reply.media_type.startswith("text/plain")
    assert reply.body.decode().split("\n") == ["User-agent: *", "Disallow: /private/", ""]


def test_an_image_deleted_meanwhile_is_not_found(tmp_path) -> None:
    site = gallery(tmp_path, ["a.jpg"])
    (tmp_path / "a.jpg").unlink()
    assert site.answer("/images/a.jpg", BASE).status == 404


OUTSIDE = [
    "/images/../secret.jpg",
    "/images/%2e%2e/secret.jpg",
    "/images/..%2fsecret.jpg",
    "/images/..%5csecret.jpg",
    "/images/%2e%2e%2fsecret.jpg",
    "/images//secret.jpg",
    "/../secret.jpg",
    "/secret.jpg",
    "//secret.jpg",
    "/images/inner/deep.jpg",
    "/images/inner%2fdeep.jpg",
    "/images/./a.jpg",
    "/images/a.jpg%00.png",
    "/images/a.jpg/",
    "/images/A.jpg",
    "/images/.hidden.jpg",
    "/images/notes.txt",
    "/images/",
    "/images",
    "/private/",
    "/page/0",
    "/page/1",
    "/page/2",
    "/page/02",
    "/page/999999999999999999999",
    "/page/x",
    "/favicon.ico",
]


def test_nothing_but_the_listed_images_can_be_had(tmp_path) -> None:
    folder = tmp_path / "shown"
    (folder / "inner").mkdir(parents=True)
    for path in ("secret.jpg", "shown/inner/deep.jpg", "shown/.hidden.jpg", "shown/notes.txt"):
        (tmp_path / path).write_bytes(b"secret")
    (folder / "a.jpg").write_bytes(b"shown")
    with serve(folder) as address:
        connection = http.client.HTTPConnection(urlsplit(address).netloc, timeout=30)

        def ask(target: str) -> tuple[int, bytes]:
            connection.request("GET", target)
            answer = connection.getresponse()
            return answer.status, answer.read()

        for target in [*OUTSIDE, f"/images/{folder / 'a.jpg'}"]:
            status, body = ask(target)
            assert (target, status) == (target, 404)
            assert b"secret" not in body
        assert ask("/images/a.jpg") == (200, b"shown")
        status, body = ask("/")
        assert Page(body.decode()).images == ["/images/a.jpg"]
        assert Page(body.decode()).facts[0]["contentUrl"] == f"{address}images/a.jpg"


def test_a_folder_that_cannot_be_shown_is_told(tmp_path) -> None:
    with pytest.raises(DataError, match="holds no image"), serve(tmp_path):
        pass
    with pytest.raises(DataError, match="cannot read"), serve(tmp_path / "nowhere"):
        pass
    with pytest.raises(ValueError, match="at least one image, got 0"), serve(tmp_path, 0):
        pass


def test_the_server_loads_neither_paddle_nor_numpy() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import lsgan.demo.gallery, sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert not {"paddle", "numpy", "PIL"} & set(loaded)
