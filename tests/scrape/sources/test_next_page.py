"""Which page follows a page of a gallery."""

import json

import pytest

from lsgan.config import ScrapeSection
from lsgan.scrape.sources.next_page import counted_on
from lsgan.scrape.sources.page import Gallery
from tests.scrape.sources.pages import HTML, Site, read


@pytest.mark.parametrize(
    "link",
    [
        "<link rel=next href=/gallery/2>",
        "<a rel='nofollow next' href=/gallery/2>2</a>",
        "<a href=/gallery/2>Next page ›</a>",
        "<a href=/gallery/2>»</a>",
        "<a href=/gallery/2>下一页</a>",
        "<a class='btn next' href=/gallery/2><img src=arrow.svg></a>",
        "<a class=next href='#slide-2'></a><a rel=next href=/gallery/2>next</a>",
        "<a href=/gallery/9>»</a><a href=/gallery/2>›</a>",
        "<a rel=next href=https://EXAMPLE.org:443/gallery/2>next</a>",
        "<a aria-label='Next' href=/gallery/2#top></a>",
        "<a href=/gallery/2>次へ</a>",
        "<a href=/gallery/2>Página siguiente</a>",
        "<a href=/gallery/2>Volgende ></a>",
        "<a href=/gallery/2>Następna »</a>",
        "<a href=/gallery/2>다음</a>",
        "<a href=/gallery/2>Далее</a>",
        "<a href=/gallery/2>← Older Entries</a>",
        "<a href=/gallery/2>Next 20</a>",
        "<a href=/gallery/2>❯</a>",
        "<a href=/gallery/2><img src=/arrow.gif alt=Next></a>",
        "<a href=/gallery/2><i class='fa fa-angle-right'></i></a>",
        "<li class=next><a href=/gallery/2></a></li>",
        "<a class=pagination__next href=/gallery/2></a>",
        "<a class='btn load-more' href=/gallery/2>Load more</a>",
        "<button onclick=\"location.href='/gallery/2'\">Next</button>",
        "<form action=/gallery/2><input type=submit value=Next></form>",
        "<span class=current>1</span> <a href=/gallery/2>2</a> <a href=/gallery/3>3</a>",
        "<a href=/gallery/1>1</a><a href=/gallery/2 >2</a><a href=/gallery/3>3</a>",
    ],
)
def test_the_next_page_is_found(link: str) -> None:
    cursor = read(link).cursor
    assert cursor is not None
    assert cursor["url"].lower().replace(":443", "") == "https://example.org/gallery/2"


def test_the_next_page_is_found_in_the_header() -> None:
    url = "https://example.org/gallery/"
    site = Site({url: (HTML, b"<img src=a.jpg>")})
    site.headers["link"] = '<https://example.org/gallery/2>; rel="next", </x>; rel="last"'
    cursor = Gallery(site, ScrapeSection(pages=[url])).page(url, None).cursor  # type: ignore[arg-type]
    assert cursor is not None
    assert cursor["url"] == "https://example.org/gallery/2"


def test_a_page_with_a_number_is_followed_by_the_next_number() -> None:
    row = "".join(f"<a href=/gallery/{number}>{number}</a> " for number in range(2, 10))
    cursor = read(row, "https://example.org/gallery?page=3&size=7").cursor
    assert cursor is not None
    assert cursor["url"] == "https://example.org/gallery/4"


@pytest.mark.parametrize(
    ("url", "following"),
    [
        ("https://h/?page=2&x=%20", "https://h/?page=3&x=+"),
        ("https://h/a?q=1&p=9", "https://h/a?q=1&p=10"),
        ("https://h/blog/page/4/", "https://h/blog/page/5/"),
        ("https://h/2024/", ""),
        ("https://h/?page=two", ""),
    ],
)
def test_pages_are_counted_on(url: str, following: str) -> None:
    assert counted_on(url) == following


@pytest.mark.parametrize(
    "link",
    [
        "<a rel=next href=https://elsewhere.example.com/2>next</a>",
        "<a href=/gallery/2>The next lake</a>",
        "<a rel=next>next</a>",
        "<a rel=next href=javascript:next()>next</a>",
        "<meta name=robots content='index,nofollow'><a rel=next href=/gallery/2>next</a>",
    ],
)
def test_other_links_are_not_followed(link: str) -> None:
    assert read(link).cursor is None


def test_pages_that_lead_in_a_circle_end() -> None:
    one, two = "https://example.org/1", "https://example.org/2"
    site = Site(
        {
            one: (HTML, b"<img src=a.jpg><a rel=next href=/2>"),
            two: (HTML, b"<img src=b.jpg><a rel=next href=/1>"),
        }
    )
    cursor, found = None, []
    for _ in range(9):
        # Each page in a new object, as after a restart.
        gallery = Gallery(site, ScrapeSection(pages=[one]))  # type: ignore[arg-type]
        assert gallery.queries() == [one]
        page = gallery.page(one, cursor)
        found += [candidate.url for candidate in page.candidates]
        if page.cursor is None:
            break
        cursor = json.loads(json.dumps(page.cursor))
    assert found == ["https://example.org/a.jpg", "https://example.org/b.jpg"]
    assert site.asked == [one, two]
