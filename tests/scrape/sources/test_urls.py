import gzip
import json
import os
import tracemalloc
from pathlib import Path

import pytest

from lsgan.config import ScrapeSection
from lsgan.errors import DataError
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.sources import url_list
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
    [name] = source(path).queries()
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
        [query] = urls.queries()
        first = urls.page(query, None)
        assert urls.page(query, first.cursor).candidates[-1].url.endswith("0399.jpg")
        assert tracemalloc.get_traced_memory()[1] < 1_000_000 < path.stat().st_size
    finally:
        tracemalloc.stop()


# Tables


def test_a_table_tells_more_of_each_image(tmp_path: Path) -> None:
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


# Lists as data sets publish them

A, B = "https://example.org/a.jpg", "https://example.org/b,1.jpg"


@pytest.mark.parametrize(
    ("content", "column"),
    [
        (f"n01_1\t{A}\nn01_2\t{B}\n", ""),
        (f"a lake\t{A}\nanother\t{B}\n", ""),
        (f'"{A}"\n"{B}"\n', ""),
        (f"<{A}>\n- <{B}>\n", ""),
        (f"{A} a lake\n{B}\n", ""),
        (f"//example.org/a.jpg\n{B}\n", ""),
        (f"id\tphoto_image_url\n1\t{A}\n2\t{B}\n", "photo_image_url"),
        (f'ID,OriginalURL,Author\n1,{A},x\n2,"{B}",y\n', "OriginalURL"),
        (f'URL,TEXT\n{A},"a\nb"\n"{B}",c\n', "URL"),
        (f"sep=;\nurl;title\n{A};x\n{B};y\n", "url"),
        (f"where|what\n{A}|x\n{B}|y\n", "where"),
        (json.dumps([{"url": A}, {"url": B}], indent=1), "url"),
        (json.dumps({"photos": {"photo": [{"id": 1, "src": A}, {"src": B}]}}), "src"),
        (json.dumps([A, B]), ""),
        (json.dumps({"t": "x", "image": A}) + "\n" + json.dumps({"image": B}) + "\n", "image"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_every_form_of_list_is_read_and_its_column_named(
    tmp_path: Path, content: str, column: str, packed: bool
) -> None:
    path = tmp_path / "list"
    path.write_bytes(gzip.compress(content.encode()) if packed else content.encode())
    found = [candidate.url.replace("http:", "https:") for candidate in read(path)]
    assert found == [A, B if "- <" not in content else B.partition(",")[0]]
    told = source(path).address(str(path))
    assert told == (f"{path}, column {column}" if column else str(path))


def test_json_tells_more_of_each_image(tmp_path: Path) -> None:
    terms = "https://creativecommons.org/licenses/by/2.0/"
    record = {"url": A, "caption": "A lake", "author": "Maro", "license": terms, "width": 90}
    path = written(tmp_path / "list.jsonl", json.dumps(record) + "\n" + json.dumps({"url": B}))
    assert read(path)[0] == Candidate(
        A, title="A lake", author="Maro", license="CC BY 2.0", license_url=terms, width=90
    )


def test_no_address_is_lost_between_pages_or_empty(tmp_path: Path) -> None:
    urls = [f"https://example.org/{number}.jpg" for number in range(600)]
    text = "\n".join(" ".join(urls[n : n + 3]) for n in range(0, 600, 3))
    listed = written(tmp_path / "list", text)
    cursor, found = None, []
    while True:
        page = source(listed).page(str(listed), cursor)
        found += [candidate.url for candidate in page.candidates]
        if page.cursor is None:
            break
        cursor = page.cursor
    assert found == urls
    blank = written(tmp_path / "blank", json.dumps([A, "", " ", {"url": " "}]))
    assert [candidate.url for candidate in read(blank)] == [A]


def test_a_long_list_of_json_is_read_page_by_page(tmp_path: Path) -> None:
    urls = [f"https://example.org/{number}.jpg" for number in range(450)]
    whole = written(tmp_path / "whole", json.dumps([{"url": url} for url in urls]))
    lines = written(tmp_path / "lines", "".join(json.dumps({"url": u}) + "\n" for u in urls))
    assert [one.url for one in read(whole)] == [one.url for one in read(lines)] == urls


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("form", [json.dumps, "\n".join])
def test_a_list_is_opened_once_however_many_pages_it_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form, pack
) -> None:
    urls = [f"https://example.org/{number}.jpg" for number in range(900)]
    path = tmp_path / "list"
    path.write_bytes(pack(form(urls).encode()))
    read_by_one = source(path)
    openings: list[str] = []

    def counted(path: str):
        openings.append(path)
        return url_list.opened(path)

    monkeypatch.setattr("lsgan.scrape.sources.urls.opened", counted)
    pages = [read_by_one.page(str(path), None)]
    while pages[-1].cursor is not None:
        pages.append(read_by_one.page(str(path), pages[-1].cursor))
    assert [one.url for page in pages for one in page.candidates] == urls
    assert len(openings) == 1
    # Another position than that of the last page.
    assert read_by_one.page(str(path), pages[0].cursor).candidates == pages[1].candidates
    assert read_by_one.page(str(path), pages[0].cursor).candidates == pages[1].candidates


# Errors


def test_a_file_that_is_not_there_is_the_users_error(tmp_path: Path) -> None:
    path = written(tmp_path / "list", ADDRESSES[0])
    with pytest.raises(DataError, match=r"missing.*url_files"):
        source(path, tmp_path / "missing").queries()
    with pytest.raises(DataError, match="cannot read"):
        source(tmp_path).queries()
    with pytest.raises(DataError, match="cannot read"):
        source("a\0b").queries()


@pytest.mark.parametrize(
    "content",
    [
        b'{"url": 1}\n' + b"[" * 99_999,
        gzip.compress(bytes(99), mtime=0)[:20],
        b"[" * 100_000,
        b'{"a": 1}',
        b"\x1f\x8b\x08cut",
        b"",
        b"# nothing\n\n",
        b"url\n",
        b"title,image\na,b\n",
        bytes(range(256)) * 9,
    ],
)
def test_a_file_without_an_address_is_the_users_error(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"no http or https address|cannot read"):
        source(path).queries()


def test_a_file_that_vanishes_ends_its_query(tmp_path: Path) -> None:
    path = written(tmp_path / "list", ADDRESSES[0])
    urls = source(path)
    [query] = urls.queries()
    path.unlink()
    with pytest.raises(SourceError):
        urls.page(query, None)


def test_a_file_that_has_shrunk_ends_its_query(tmp_path: Path) -> None:
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
    assert urls.queries() == ["list"]
    assert urls.address("list") == "list"
    assert urls.page("list", None).candidates == [Candidate(ADDRESSES[0])]
