"""What `metadata.jsonl` and `metadata.csv` of Hugging Face's image folders tell."""

import json
from pathlib import Path

import pytest

from lsgan.data.prepare import prepare
from lsgan.data.settings import PrepareSettings
from lsgan.io.files import read_lines
from tests.data.samples import photographs

ONE = PrepareSettings(workers=1)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return photographs(tmp_path / "photos", 4)


def write(path: Path, *rows: object) -> None:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")


def lists(out: Path) -> tuple[dict[str, dict], list[tuple[str, str, str]]]:
    """The attribution of each image that has one, and the rejected files."""
    rows = read_lines(out / "manifest.jsonl")
    rejected = read_lines(out / "rejected.jsonl")
    return (
        {row["file"]: row["attribution"] for row in rows if "attribution" in row},
        [(row["file"], row["reason"], row["detail"]) for row in rejected],
    )


def test_bad_lines_and_wrong_names_are_reported_and_cost_nothing_else(
    tmp_path: Path, photos: Path
) -> None:
    write(
        photos / "metadata.jsonl",
        {"file_name": "0000.jpg", "author": "Ann"},
        '{"file_name": "0001.jpg", "author": ',
        "[" * 100_000,
        "",
        '["0002.jpg"]',
        {"file_name": "../../etc/passwd", "author": "Eve"},
        {"file_name": "/etc/passwd", "author": "Eve"},
        {"file_name": "C:\\photos\\a.jpg", "author": "Eve"},
        {"file_name": "gone.jpg", "author": "Ann"},
        {"author": "nobody"},
        {"file_name": 3},
        {"file_name": "./x/../0003.jpg", "author": "Bob", "license": None},
    )
    summary = prepare([photos], tmp_path / "out", ONE)
    assert (summary.kept, summary.attributed) == (4, 2)
    assert summary.rejected == {"bad-metadata": 2, "missing": 1, "outside": 3}
    told, rejected = lists(tmp_path / "out")
    assert told == {"0000.jpg": {"author": "Ann"}, "0003.jpg": {"author": "Bob"}}
    assert ("metadata.jsonl", "bad-metadata", "lines 2, 3, 5 cannot be read") in rejected
    assert ("metadata.jsonl", "bad-metadata", "2 of its rows have no file_name") in rejected
    named = {file for file, reason, _ in rejected if reason != "bad-metadata"}
    assert named == {"../../etc/passwd", "/etc/passwd", "C:\\photos\\a.jpg", "gone.jpg"}
    # The same command again finds the same files.
    assert prepare([photos], tmp_path / "out", ONE).rejected == summary.rejected


def test_bad_lines_of_a_table_are_reported(tmp_path: Path, photos: Path) -> None:
    write(
        photos / "metadata.csv",
        "file_name,author,license",
        "0000.jpg,Ann,CC0",
        "0001.jpg,An unquoted, comma,CC0",
        f'0002.jpg,"{"x" * 200_000}",CC0',
        "0003.jpg",
        "",
        "gone.jpg,Ann,CC0",
    )
    prepare([photos], tmp_path / "out", ONE)
    told, rejected = lists(tmp_path / "out")
    assert told == {"0000.jpg": {"author": "Ann", "license": "CC0"}}
    assert rejected == [
        ("gone.jpg", "missing", "metadata.csv names it, and it is not there"),
        ("metadata.csv", "bad-metadata", "lines 3, 4 cannot be read"),
    ]


@pytest.mark.parametrize(
    ("name", "content", "rejected"),
    [
        ("metadata.jsonl", b"\x89PNG\r\n\x1a\n\0\0", 1),
        ("metadata.jsonl", b'{"image": "0000.jpg"}\n', 1),
        ("metadata.jsonl", b"", 0),
        ("metadata.csv", b"\x89PNG\r\n\x1a\n\0\0", 1),
        ("metadata.csv", b"image\n0000.jpg\n", 1),
        ("metadata.csv", b"", 0),
    ],
)
def test_a_file_of_something_else_is_one_rejected_file(
    tmp_path: Path, photos: Path, name: str, content: bytes, rejected: int
) -> None:
    (photos / name).write_bytes(content)
    summary = prepare([photos], tmp_path / "out", ONE)
    assert summary.kept == 4
    assert summary.rejected == ({"bad-metadata": rejected} if rejected else {})


def test_other_names_and_classes_are_understood(tmp_path: Path, photos: Path) -> None:
    write(
        photos / "metadata.jsonl",
        {
            "file_name": "0000.jpg",
            "caption": "Lake",
            "artist": "Ann",
            "licence": "CC0",
            "label": 5,
            "source_url": "https://x.org/a",
            "image_url": "https://x.org/a.jpg",
        },
        {"file_name": "0001.jpg", "title": "", "text": "Peak", "label": "peak", "author": ""},
        {"file_name": "0002.jpg", "title": "", "author": ""},
    )
    prepare([photos], tmp_path / "out", ONE)
    told, _ = lists(tmp_path / "out")
    assert told == {
        "0000.jpg": {
            "title": "Lake",
            "author": "Ann",
            "license": "CC0",
            "page": "https://x.org/a",
            "url": "https://x.org/a.jpg",
        },
        "0001.jpg": {"title": "Peak", "author": ""},
    }
    classes = [row["class"] for row in read_lines(tmp_path / "out" / "manifest.jsonl")]
    assert classes == ["5", "peak", None, None]


def test_metadata_takes_the_place_of_folders_and_of_files_beside_the_image(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "set" / "train" / "00", 2)
    (tmp_path / "set" / "README.md").write_text("# Lakes")
    (photos / "0000.json").write_text('{"author": "Eve", "title": "Lake"}')
    write(
        photos.parent / "metadata.jsonl",
        {"file_name": "00\\0000.jpg", "author": "Ann", "label": None},
    )
    prepare([tmp_path / "set"], tmp_path / "out", ONE)
    rows = read_lines(tmp_path / "out" / "manifest.jsonl")
    assert rows[0]["attribution"] == {"title": "Lake", "author": "Ann"}
    assert [row["class"] for row in rows] == [None, "00"]
