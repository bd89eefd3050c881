import json
import os
import sys

import pytest

from lsgan.data.discover import discover
from lsgan.errors import DataError

NONE = frozenset()


def touch(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return path


def names(*sources, out, outputs=NONE):
    return [candidate.file for candidate in discover(sources, out, outputs)]


def test_files_are_sorted_by_their_path_and_know_their_class(tmp_path):
    for name in ("b/2.jpg", "b/1.jpg", "a/x/3.jpg", "0.jpg"):
        touch(tmp_path / name)
    found = discover([tmp_path], tmp_path / "out", NONE)
    rows = [(candidate.file, candidate.category) for candidate in found]
    assert rows == [("0.jpg", None), ("a/x/3.jpg", "a"), ("b/1.jpg", "b"), ("b/2.jpg", "b")]
    assert all(candidate.source == str(tmp_path) for candidate in found)


def test_a_single_file_is_a_source(tmp_path):
    assert names(touch(tmp_path / "one.jpg"), out=tmp_path / "out") == ["one.jpg"]


def test_a_folder_with_the_name_of_an_image_is_a_folder(tmp_path):
    touch(tmp_path / "x.jpg" / "y.jpg")
    assert names(tmp_path, out=tmp_path / "out") == ["x.jpg/y.jpg"]


def test_hidden_files_and_folders_are_left_out_but_not_a_hidden_source(tmp_path):
    for name in (".photos/a.jpg", ".photos/.b.jpg", ".photos/.c/d.jpg"):
        touch(tmp_path / name)
    assert names(tmp_path / ".photos", out=tmp_path / "out") == ["a.jpg"]


def test_own_output_is_left_out_only_where_it_is_written(tmp_path):
    for name in ("a.jpg", "sheet.png", "out/sheet.png", "out/b.jpg"):
        touch(tmp_path / name)
    outputs = frozenset(["sheet.png"])
    inside = names(tmp_path, out=tmp_path / "out", outputs=outputs)
    assert inside == ["a.jpg", "out/b.jpg", "sheet.png"]
    assert names(tmp_path, out=tmp_path / "a" / "..", outputs=outputs) == [
        "a.jpg",
        "out/b.jpg",
        "out/sheet.png",
        "sheet.png",
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="links need a privilege on Windows")
def test_loops_of_links_end_and_links_to_files_are_followed(tmp_path):
    touch(tmp_path / "photos" / "a" / "1.jpg")
    (tmp_path / "photos" / "a" / "loop").symlink_to(tmp_path / "photos")
    (tmp_path / "photos" / "z").symlink_to(tmp_path / "photos" / "a")
    (tmp_path / "photos" / "link.jpg").symlink_to(tmp_path / "photos" / "a" / "1.jpg")
    assert names(tmp_path / "photos", out=tmp_path / "out") == ["a/1.jpg", "link.jpg"]


def test_overlapping_sources_are_read_once(tmp_path):
    touch(tmp_path / "a" / "1.jpg")
    assert names(tmp_path, tmp_path / "a", tmp_path, out=tmp_path / "out") == ["a/1.jpg"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root lists anything")
def test_a_folder_that_cannot_be_listed_is_named(tmp_path):
    touch(tmp_path / "closed" / "1.jpg")
    (tmp_path / "closed").chmod(0)
    try:
        assert names(tmp_path, out=tmp_path / "out") == ["closed"]
    finally:
        (tmp_path / "closed").chmod(0o700)


def test_missing_and_empty_sources_are_refused(tmp_path):
    with pytest.raises(DataError, match="there is no file or folder"):
        discover([tmp_path / "nowhere"], tmp_path, NONE)
    with pytest.raises(DataError, match="there are no images in"):
        discover([tmp_path], tmp_path / "out", NONE)


def manifest(folder, *rows):
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    (folder / "manifest.jsonl").write_text("\n".join(lines), encoding="utf-8")


def test_of_a_folder_with_a_manifest_the_images_are_those_it_lists(tmp_path):
    for name in ("photographs/a.jpg", "photographs/b.jpg", "photographs/mine.jpg", "other.png"):
        touch(tmp_path / name)
    known = {"title": "Lake", "author": "Anna", "license": "CC BY 4.0", "page": "https://x.org/a"}
    manifest(
        tmp_path,
        {"file": "photographs/b.jpg"},
        {"file": "photographs/a.jpg", **known, "width": 5},
        {"file": "photographs/gone.jpg"},
        "{half a li",
    )
    found = discover([tmp_path], tmp_path / "packed", NONE)
    assert [candidate.file for candidate in found] == [
        "photographs/a.jpg",
        "photographs/b.jpg",
        # Listed, so it must be told of: decoding it will say that it is not there.
        "photographs/gone.jpg",
        "manifest.jsonl",
    ]
    assert "line 4 cannot be read" in found[-1].rejection.detail
    assert {name: found[0].attribution[name] for name in known} == known
    assert "width" not in found[0].attribution
    assert found[0].category is None


@pytest.mark.parametrize("file", ["/etc/passwd", "../a.jpg", "a/../../a.jpg", "a\\..\\b.jpg"])
def test_a_manifest_cannot_lead_out_of_its_folder(tmp_path, file):
    touch(tmp_path / "set" / "a.jpg")
    manifest(tmp_path / "set", {"file": file}, {"file": "a.jpg"})
    rejected, image = sorted(
        discover([tmp_path / "set"], tmp_path / "out", NONE),
        key=lambda each: each.path.name != "manifest.jsonl",
    )
    assert (rejected.file, rejected.rejection.reason) == (file, "outside")
    assert rejected.path == tmp_path / "set" / "manifest.jsonl"
    assert (image.file, image.rejection) == ("a.jpg", None)


def test_other_files_of_that_name_are_no_manifest(tmp_path):
    touch(tmp_path / "a.jpg")
    manifest(tmp_path, {"name": "a.jpg"}, "[]", {"file": 5})
    assert names(tmp_path, out=tmp_path / "out") == ["a.jpg", "manifest.jsonl"]
    # That of a packed data set lists images that lie elsewhere.
    manifest(tmp_path, {"file": "elsewhere.jpg"})
    (tmp_path / "pack.json").write_text("{}")
    assert "a.jpg" in names(tmp_path, out=tmp_path / "out")
