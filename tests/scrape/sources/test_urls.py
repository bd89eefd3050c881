import json
import os
import tracemalloc
from pathlib import Path

import pytest

from lsgan.config import ScrapeSection
from lsgan.errors import DataError
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.sources.source import Cursor, SourceError
from lsgan.scrape.sources.urls import Urls
from tests.scrape.sources.recorded_client import RecordedClient

ADDRESSES = [f"https://example.org/{number}/é.jpg" for number in range(3)]


def source(*paths: object) -> Urls:
    return Urls(RecordedClient(), ScrapeSection(url_files=[str(path) for path in paths]))


def read(path: Path) -> list[Candidate]:
    """All candidates of a file, each page by a new object."""
    found: list[Candidate] = []
    cursor: Cursor | None = None
    [name] = source(path).walks()
    while True:
        page = source(path).page(name, cursor)
        assert len(page.candidates) <= 200
        found += page.candidates
        if page.cursor is None:
            return found
        cursor = json.loads(json.dumps(page.cursor))


def written(path: Path, text: str, encoding: str = "utf-8") -> Path:
    path.write_bytes(text.encode(encoding))
    return path


# Text


def test_a_text_file_holds_one_address_a_line(tmp_path: Path) -> None:
    lines = ["# mine", "", ADDRESSES[0], f"  {ADDRESSES[1]}\t", "   # more", ADDRESSES[2]]
    path = written(tmp_path / "list.txt", "\n".join(lines))
    assert read(path) == [Candidate(url) for url in ADDRESSES]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-16-be-bom"]
)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_encodings_and_ends_of_lines_do_not_matter(tmp_path: Path, encoding: str, end: str) -> None:
    urls = ADDRESSES * 150
    text = end.join(urls) + end
    if encoding == "utf-16-be-bom":
        text, encoding = "\ufeff" + text, "utf-16-be"
    path = written(tmp_path / "list", text, encoding)
    assert [candidate.url for candidate in read(path)] == urls
    table = written(tmp_path / "table", text.replace(urls[0], f"url{end}{urls[0]}", 1), encoding)
    assert [candidate.url for candidate in read(table)] == urls


def test_what_is_no_address_is_accounted_for_as_well(tmp_path: Path) -> None:
    lines = ["ftp://example.org/a.jpg", "not an address", "https://example.org/a.jpg", "C:\\a.jpg"]
    path = written(tmp_path / "list", "\n".join(lines))
    assert [candidate.url for candidate in read(path)] == lines


@pytest.mark.parametrize("count", [199, 200, 201, 400])
def test_every_line_comes_once(tmp_path: Path, count: int) -> None:
    urls = [f"https://example.org/{number}" for number in range(count)]
    path = written(tmp_path / "list", "\n".join(urls))
    assert [candidate.url for candidate in read(path)] == urls


def test_a_large_file_is_never_in_memory_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "list"
    with path.open("w") as file:
        file.writelines(f"https://example.org/{number:090}.jpg\n" for number in range(60_000))
    urls = source(path)
    tracemalloc.start()
    try:
        [walk] = urls.walks()
        first = urls.page(walk, None)
        assert urls.page(walk, first.cursor).candidates[-1].url.endswith("0399.jpg")
        assert tracemalloc.get_traced_memory()[1] < 1_000_000 < path.stat().st_size
    finally:
        tracemalloc.stop()


# Tables


def test_a_table_tells_more_of_each_picture(tmp_path: Path) -> None:
    header = "Title,Image URL,Creator,License,License-URL,Source,Width,Height"
    row = '"Ridge, ""blue""\nat dawn",https://example.org/a.jpg,Maro,by 4.0,,https://example.org/p,90,x'
    path = written(tmp_path / "table.csv", f"# mine\n\n{header}\n{row}\n,,,\n,https://b.example\n")
    assert read(path) == [
        Candidate(
            url="https://example.org/a.jpg",
            page="https://example.org/p",
            title='Ridge, "blue" at dawn',
            author="Maro",
            license="CC BY 4.0",
            width=90,
        ),
        Candidate(url="https://b.example"),
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("column", ["url", "URL", "image_url", " Link "])
def test_the_column_of_addresses_has_several_names(
    tmp_path: Path, delimiter: str, column: str
) -> None:
    lines = [f"id{delimiter}{column}", *(f"7{delimiter}{url}" for url in ADDRESSES * 100)]
    path = written(tmp_path / "table.tsv", "\n".join(lines))
    assert [candidate.url for candidate in read(path)] == ADDRESSES * 100


def test_url_is_preferred_to_link(tmp_path: Path) -> None:
    path = written(
        tmp_path / "table.csv", "link,url\nhttps://example.org/page,https://example.org/a"
    )
    assert [candidate.url for candidate in read(path)] == ["https://example.org/a"]


def test_a_quote_that_is_never_closed_is_told(tmp_path: Path) -> None:
    rows = "".join(f"https://example.org/{number},a\n" for number in range(9000))
    path = written(tmp_path / "table.csv", f'url,title\nhttps://example.org/a,"b\n{rows}')
    with pytest.raises((SourceError, DataError), match="field"):
        read(path)


# Errors


def test_a_file_that_is_not_there_is_the_users_error(tmp_path: Path) -> None:
    path = written(tmp_path / "list", ADDRESSES[0])
    with pytest.raises(DataError, match=r"missing.*url_files"):
        source(path, tmp_path / "missing").walks()
    with pytest.raises(DataError, match="cannot read"):
        source(tmp_path).walks()
    with pytest.raises(DataError, match="cannot read"):
        source("a\0b").walks()


@pytest.mark.parametrize(
    "content", [b"", b"# nothing\n\n", b"url\n", b"title,picture\na,b\n", bytes(range(256)) * 9]
)
def test_a_file_without_an_address_is_the_users_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"no http or https address|cannot read"):
        source(path).walks()


def test_a_file_that_vanishes_ends_its_walk(tmp_path: Path) -> None:
    path = written(tmp_path / "list", ADDRESSES[0])
    urls = source(path)
    [walk] = urls.walks()
    path.unlink()
    with pytest.raises(SourceError):
        urls.page(walk, None)


def test_a_file_that_has_shrunk_ends_its_walk(tmp_path: Path) -> None:
    path = written(tmp_path / "list", "\n".join(ADDRESSES * 100))
    cursor = source(path).page(str(path), None).cursor
    os.truncate(path, 100)
    page = source(path).page(str(path), cursor)
    assert (page.candidates, page.cursor) == ([], None)


def test_a_file_named_twice_is_read_once_and_relative_to_the_working_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path / "list", ADDRESSES[0])
    monkeypatch.chdir(tmp_path)
    urls = source("list", "list")
    assert urls.walks() == ["list"]
    assert urls.address("list") == "list"
    assert urls.page("list", None).candidates == [Candidate(ADDRESSES[0])]
