"""Shards of WebDataset, and the files beside an image that tell of it."""

import io
import json
import tarfile
from pathlib import Path

import pytest

from lsgan.data.prepare import prepare
from lsgan.data.settings import PrepareSettings
from lsgan.errors import DataError
from lsgan.io.files import read_lines
from tests.data.samples import photographs, texture

ONE = PrepareSettings(workers=1)


def jpeg(seed: int) -> bytes:
    file = io.BytesIO()
    texture(seed).save(file, "JPEG")
    return file.getvalue()


def shard(path: Path, members: dict[str, bytes | str]) -> Path:
    """A tar archive of the members in their order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as tarred:
        for name, content in members.items():
            data = content.encode() if isinstance(content, str) else content
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tarred.addfile(info, io.BytesIO(data))
    return path


def samples(first: int, count: int) -> dict[str, bytes | str]:
    """Samples with all that is told of them."""
    members: dict[str, bytes | str] = {}
    for number in range(first, first + count):
        told = {"author": f"Author {number}", "license": "CC BY 4.0", "width": 80}
        members |= {
            f"{number:06}.cls": str(number % 3),
            f"{number:06}.jpg": jpeg(number),
            f"{number:06}.json": json.dumps(told),
            f"{number:06}.txt": f"Lake {number}\n",
        }
    return members


def manifest(out: Path) -> dict[str, dict]:
    return {row["file"]: row for row in read_lines(out / "manifest.jsonl")}


def rejected(out: Path) -> dict[str, str]:
    return {row["file"]: row["reason"] for row in read_lines(out / "rejected.jsonl")}


@pytest.mark.parametrize("suffix", [".tar", ".tar.gz"])
def test_a_folder_of_shards_is_packed_with_what_they_tell(tmp_path: Path, suffix: str) -> None:
    shards = [shard(tmp_path / "set" / f"{i}{suffix}", samples(3 * i, 3)) for i in range(2)]
    (tmp_path / "set" / "0_stats.json").write_text("{}")
    summary = prepare([tmp_path / "set"], tmp_path / "out", ONE)
    assert (summary.found, summary.kept, summary.attributed) == (6, 6, 6)
    assert summary.ignored == 1
    assert "6  6 with their attribution" in str(summary)
    row = manifest(tmp_path / "out")[f"1{suffix}/000004.jpg"]
    assert row["class"] == "1"
    assert row["attribution"] == {
        "title": "Lake 4",
        "author": "Author 4",
        "license": "CC BY 4.0",
    }
    # A list of them is the same images.
    prepare(shards, tmp_path / "list", ONE)
    for name in ("images.npy", "pack.json"):
        assert (tmp_path / "list" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_shards_lie_in_the_folders_of_classes_and_parts(tmp_path: Path) -> None:
    for place, name in enumerate(("train/lake", "train/peak", "test/lake")):
        shard(tmp_path / "set" / name / "0.tar", {f"{place}.jpg": jpeg(place)})
    prepare([tmp_path / "set"], tmp_path / "out", ONE)
    classes = {file: row["class"] for file, row in manifest(tmp_path / "out").items()}
    assert classes == {
        "test/lake/0.tar/2.jpg": "lake",
        "train/lake/0.tar/0.jpg": "lake",
        "train/peak/0.tar/1.jpg": "peak",
    }


def test_broken_shards_are_rejected_and_the_others_packed(tmp_path: Path) -> None:
    folder = tmp_path / "set"
    shard(folder / "0.tar", samples(0, 2))
    cut = shard(folder / "1.tar", samples(2, 4))
    with tarfile.open(cut) as tarred:
        places = {member.name: member.offset for member in tarred}
    content = cut.read_bytes()
    cut.write_bytes(content[: places["000004.jpg"] + 900])
    (folder / "2.tar").write_bytes(b"no archive")
    (folder / "3.tar").touch()
    # Python's own reader takes a damaged header for the end.
    damaged = places["000004.cls"]
    (folder / "4.tar").write_bytes(content[:damaged] + bytes([1] * 512) + content[damaged + 512 :])
    summary = prepare([folder], tmp_path / "out", ONE)
    assert (summary.kept, summary.rejected) == (4, {"broken-archive": 4})
    assert rejected(tmp_path / "out").keys() == {"1.tar", "2.tar", "3.tar", "4.tar"}
    details = [row["detail"] for row in read_lines(tmp_path / "out" / "rejected.jsonl")]
    assert details[0] == "unexpected end of data"
    assert f"at byte {damaged}" in details[3]
    # The same command again finds the same files.
    assert prepare([folder], tmp_path / "out", ONE).rejected == summary.rejected
    with pytest.raises(DataError, match=r"cannot unpack .*2\.tar: it is no archive"):
        prepare([folder / "2.tar"], tmp_path / "alone", ONE)
    assert prepare([cut, folder / "0.tar"], tmp_path / "list", ONE).kept == 4


def test_a_name_that_comes_twice_in_an_archive_costs_no_other_image(tmp_path: Path) -> None:
    path = tmp_path / "0.tar"
    with tarfile.open(path, "w") as tarred:
        for name, seed in (("a.jpg", 0), ("a.jpg", 1), ("b.jpg", 2)):
            info = tarfile.TarInfo(name)
            info.size = len(jpeg(seed))
            tarred.addfile(info, io.BytesIO(jpeg(seed)))
    prepare([path], tmp_path / "out", ONE)
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(jpeg(1))
    (tmp_path / "photos" / "b.jpg").write_bytes(jpeg(2))
    prepare([tmp_path / "photos"], tmp_path / "same", ONE)
    images = (tmp_path / "out" / "images.npy").read_bytes()
    assert images == (tmp_path / "same" / "images.npy").read_bytes()


def test_files_beside_an_image_need_no_shard(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos", 3)
    (photos / "0000.json").write_text('{"creator": "Ann", "text": "Kanas", "label": 7}')
    (photos / "0000.txt").write_text("another title")
    (photos / "0001.txt").write_text("  ")
    (photos / "notes.txt").write_text("not of an image")
    summary = prepare([photos], tmp_path / "out", ONE)
    assert (summary.kept, summary.attributed, summary.ignored) == (3, 1, 1)
    rows = manifest(tmp_path / "out")
    assert rows["0000.jpg"]["attribution"] == {"title": "Kanas", "author": "Ann"}
    assert [row["class"] for row in rows.values()] == ["7", None, None]


def test_a_sample_may_hold_several_images(tmp_path: Path) -> None:
    members = {"a.left.jpg": jpeg(1), "a.right.jpg": jpeg(2), "a.json": '{"author": "Ann"}'}
    prepare([shard(tmp_path / "0.tar", members)], tmp_path / "out", ONE)
    authors = [row["attribution"]["author"] for row in manifest(tmp_path / "out").values()]
    assert authors == ["Ann", "Ann"]


@pytest.mark.parametrize("text", ['{"author": ', "[" * 100_000, "1" * 10_000, "\xff\0"])
def test_a_side_car_file_that_cannot_be_read_is_rejected_alone(tmp_path: Path, text: str) -> None:
    photos = photographs(tmp_path / "photos", 2)
    (photos / "0000.json").write_text(text, encoding="latin-1")
    summary = prepare([photos], tmp_path / "out", ONE)
    reasons = {} if text.startswith("1") and summary.rejected == {} else {"bad-metadata": 1}
    assert (summary.kept, summary.rejected) == (2, reasons)


def test_json_that_is_no_object_is_left_alone(tmp_path: Path) -> None:
    photos = photographs(tmp_path / "photos", 2)
    (photos / "0000.json").write_text('[{"box": [0, 0, 8, 8]}]')
    summary = prepare([photos], tmp_path / "out", ONE)
    assert (summary.kept, summary.rejected, summary.attributed) == (2, {}, 0)
