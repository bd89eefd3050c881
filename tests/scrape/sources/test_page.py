import random

import pytest

from lsgan.scrape.candidate import Candidate
from lsgan.scrape.sources.source import SourceError
from tests.scrape.sources.pages import RECORDED, addresses, only, read


def test_a_gallery_is_read_whole() -> None:
    page = read((RECORDED / "page-gallery.html").read_bytes())
    assert [candidate.url for candidate in page.candidates] == [
        "https://static.example.org/full/lake-1.jpg",
        "https://static.example.org/img/lake-2-1200.jpg",
        "https://static.example.org/img/lake-3.jpg",
        "https://static.example.org/full/lake-4.png?download=1",
        "https://example.org/cover.jpg",
    ]
    first, second, third, fourth, cover = page.candidates
    assert first == Candidate(
        url="https://static.example.org/full/lake-1.jpg",
        page="https://example.org/gallery/",
        title="The lake at dawn",
        author="Anna Berg",
        license="CC BY 4.0",
        license_url="https://creativecommons.org/licenses/by/4.0/",
        width=4000,
        height=3000,
        others=("https://static.example.org/img/lake-1-300.jpg",),
        larger="https://static.example.org/full/lake-1.jpg",
    )
    assert (second.width, second.title) == (1200, "A second lake")
    # Of an image on another host the page's own licence says nothing.
    assert (third.title, third.license) == ("Third", "")
    assert fourth.title == "The fourth"
    assert (cover.license, cover.author) == ("CC BY-SA 3.0", "")
    assert page.cursor is not None
    assert page.cursor["url"] == "https://example.org/gallery/?page=2"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<img src='a.jpg'>", "a.jpg"),
        ("<img src='data:image/gif;base64,R0lG' data-src='a.jpg'>", "a.jpg"),
        ("<img src='small.jpg' data-original='a.jpg'>", "a.jpg"),
        ("<img src='small.jpg' data-lazy-src='a.jpg'>", "a.jpg"),
        ("<noscript><img src='a.jpg'></noscript>", "a.jpg"),
        ("<img src=s.jpg srcset='m.jpg 500w, a.jpg 900w, s.jpg 90w'>", "a.jpg"),
        ("<img src=s.jpg srcset='s.jpg, a.jpg 2x'>", "a.jpg"),
        ("<img src=s.jpg data-srcset='a,b.jpg 900w, c.jpg 100w'>", "a,b.jpg"),
        ("<picture><source srcset='a.webp 900w'><img src=s.jpg></picture>", "a.webp"),
        ("<a href='a.JPEG?x=1'><img src='s.jpg' srcset='m.jpg 2x'></a>", "a.JPEG?x=1"),
        ("<a href='/page.html'><img src='a.jpg'></a>", "a.jpg"),
        ("<a href='/wiki/File:Lake.jpg'><img src='a.jpg'></a>", "a.jpg"),
        ("<img src=a.jpg srcset='a.jpg'>", "a.jpg"),
        ("<img srcset='s.jpg' data-original='a.jpg'>", "a.jpg"),
        ("<img srcset='a.jpg'>", "a.jpg"),
        ("<picture><source srcset='x.avif 9w' type=image/avif><img src=a.jpg></picture>", "a.jpg"),
        ("<p>" + "a<wbr>" * 400 + "</p><img src=a.jpg>", "a.jpg"),
        ("<video>" + "<source src=v.mp4>" * 400 + "</video><img src=a.jpg>", "a.jpg"),
        ("<a href='a.jpg'>a lake</a>", "a.jpg"),
        ("<meta property='og:image' content='a.jpg'>", "a.jpg"),
        ("<meta name='twitter:image' content='a.jpg'>", "a.jpg"),
        ("<link rel='image_src' href='a.jpg'>", "a.jpg"),
        ('<script type="application/ld+json">{"image": ["a.jpg"]}</script>', "a.jpg"),
        ('<script type="application/ld+json">{"@graph": [{"@type": ["ImageObject"],'
         ' "url": "a.jpg", "thumbnail": {"@type": "ImageObject", "url": "s.jpg"}}]}</script>',
         "a.jpg"),
        ("<div class=lazy data-src='a.jpg'></div>", "a.jpg"),
        ("<a data-full='a.jpg' href='/page'><img src='s.jpg'></a>", "a.jpg"),
        ("<img src='t.jpg' data-orig-file='a.jpg' data-thumb='u.jpg'>", "a.jpg"),
        ("<picture><source media='(min-width: 9px)' srcset='a.jpg'><img src=s.jpg></picture>",
         "a.jpg"),
        ("<amp-img src=a.jpg></amp-img>", "a.jpg"),
        ("<svg><image href='a.jpg'/></svg>", "a.jpg"),
        ("<input type=image src=a.jpg>", "a.jpg"),
        ("<video poster=a.jpg></video>", "a.jpg"),
        ("<object data=a.jpg type=image/jpeg></object>", "a.jpg"),
        ("<a href='a' type='image/jpeg'>a lake</a>", "a"),
        ("<link rel=preload as=image href=a.jpg>", "a.jpg"),
        ("<link rel=preload as=image href=s.jpg imagesrcset='a.jpg 900w'>", "a.jpg"),
        ("<meta itemprop=image content=a.jpg>", "a.jpg"),
        ("<div style='background: url(a.jpg) no-repeat'></div>", "a.jpg"),
        ("<div style='background-image: image-set(\"s.jpg\" 1x, \"a.jpg\" 2x)'></div>", "a.jpg"),
        ("<style>.x { color: red; background-image: url('a.jpg') }</style><p>x", "a.jpg"),
        (r'<script>x = {"big": "https:\/\/example.org\/gallery\/a.jpg"}</script><p>x', "a.jpg"),
        ("<img src=a.jpg srcset='s.jpg 1w'>", "a.jpg"),
        ("<img src='a.jpg?x=1&amp;y=2'>", "a.jpg?x=1&y=2"),
        ("<img src='\\gallery\\a.jpg'>", "a.jpg"),
        ("<img src='a.jpg#one'><img src='a.jpg#two'>", "a.jpg"),
        ("<base href='https://example.org/gallery/'><img src='a.jpg'>", "a.jpg"),
    ],
)  # fmt: skip
def test_every_way_to_show_an_image_is_known(html: str, expected: str) -> None:
    assert addresses(f"<html><body>{html}") == [f"https://example.org/gallery/{expected}"]


@pytest.mark.parametrize(
    "src",
    ["", "data:image/png;base64,AAAA", "javascript:alert(1)", "blob:x", "a.svg", "favicon.ico",
     "file:///etc/passwd", "http://[broken/a.jpg"],
)  # fmt: skip
def test_what_can_be_no_photograph_is_left_out(src: str) -> None:
    assert addresses(f"<img src='{src}'>") == []


def test_sizes_of_the_layout_are_not_the_files() -> None:
    candidate = only("<img src=a.jpg width=100 height=50>")
    assert (candidate.width, candidate.height) == (None, None)


def test_a_licence_of_the_figure_goes_before_that_of_the_page() -> None:
    html = (
        "<link rel=license href=https://creativecommons.org/licenses/by-sa/4.0/>"
        "<figure><img src=a.jpg><a rel=license href=//creativecommons.org/publicdomain/zero/1.0/>"
        "</a></figure>"
    )
    assert only(html).license == "CC0 1.0"


def test_a_licence_that_may_be_another_images_is_taken_for_none() -> None:
    cc = "https://creativecommons.org/licenses"
    figure = f"<figure><img src=a.jpg><a rel=license href={cc}/by/4.0/></a></figure>"
    assert [c.license for c in read(figure + "<img src=b.jpg>").candidates] == ["CC BY 4.0", ""]
    several = f"<a rel=license href={cc}/by/4.0/></a><a rel=license href={cc}/by-nc/4.0/></a>"
    assert only(several + "<img src=a.jpg>").license == ""


def test_a_licence_in_words_is_no_address() -> None:
    image = '{"@type": "http://schema.org/ImageObject", "url": "a.jpg", "license": "CC BY 4.0"}'
    candidate = only(f'<html><script type="application/ld+json">{image}</script>')
    assert (candidate.license, candidate.license_url) == ("CC BY 4.0", "")


def test_images_of_authors_are_left_out() -> None:
    article = '{"image": "a.jpg", "author": {"@type": "Person", "image": "face.jpg"}}'
    assert len(addresses(f'<html><script type="application/ld+json">{article}</script>')) == 1


def test_the_character_set_is_found() -> None:
    meta = "<meta charset=gb2312><img src=a.jpg alt='喀纳斯'>".encode("gb2312")
    assert read(meta, kind="text/html").candidates[0].title == "喀纳斯"
    header = "<img src=a.jpg alt='喀纳斯'>".encode("gb18030")
    assert read(header, kind="text/html; charset=gb18030").candidates[0].title == "喀纳斯"
    assert read("<img src=a.jpg alt='喀纳斯'>", kind="text/html").candidates[0].title == "喀纳斯"


def test_an_address_that_is_an_image_is_taken_itself() -> None:
    [candidate] = read(b"\xff\xd8\xff", "https://example.org/a", "image/jpeg").candidates
    assert (candidate.url, candidate.media_type) == ("https://example.org/a", "image/jpeg")


def test_what_is_no_page_is_said() -> None:
    with pytest.raises(SourceError, match="no web page but application/pdf") as caught:
        read(b"%PDF-1.7", kind="application/pdf")
    assert caught.value.ending == "changed"


@pytest.mark.parametrize(
    "word", ["noai", "NOIMAGEAI", "index, noindex", "none", "noml", "noimageindex"]
)
def test_a_page_that_forbids_it_is_not_read(word: str) -> None:
    with pytest.raises(SourceError, match="robots tag") as caught:
        read(f"<meta name=ROBOTS content='{word}'><img src=a.jpg>")
    assert caught.value.ending == "blocked"


def test_damaged_pages_do_no_harm() -> None:
    whole = (RECORDED / "page-gallery.html").read_bytes()
    rng = random.Random(1)
    pages = [whole[:end] for end in range(1, len(whole), 37)]
    for _ in range(100):
        damaged = bytearray(whole)
        for _ in range(20):
            damaged[rng.randrange(len(damaged))] = rng.randrange(256)
        pages.append(bytes(damaged))
    pages += [b"<meta charset=idna><p>x", b"<a " + b"b " * 100_000]
    pages += [b"", b"<", b"\0" * 1000, b"<html>", rng.randbytes(5000), b"<" * 100_000]
    for page in pages:
        try:
            result = read(page)
        except SourceError:
            continue
        assert all(isinstance(candidate, Candidate) for candidate in result.candidates)
        assert all(candidate.url.startswith("http") for candidate in result.candidates)


def test_damaged_linked_data_does_no_harm() -> None:
    for value in ("null", "7", "[]", '"a"', "{}", '[{"@type": 7, "contentUrl": 8}]',
                  '{"contentUrl": "a.jpg", "license": [{}], "creator": [[1]], "width": {}}',
                  '{"image": [[["a"]]]}', "[" * 5000, '{"image": {"url": null}}'):  # fmt: skip
        read(f'<html><script type="application/ld+json">{value}</script>')
