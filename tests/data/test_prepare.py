import json
import os
import random
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from lsgan.data import output
from lsgan.data import prepare as module
from lsgan.data.decode import attempt
from lsgan.data.pack import open_pack
from lsgan.data.prepare import prepare
from lsgan.data.settings import PrepareSettings
from lsgan.errors import DataError
from lsgan.io.files import read_lines
from lsgan.system import runtime
from tests.data.samples import LANDSCAPES, contents, photographs, square, texture

OUTPUTS = {
    "images.npy",
    "manifest.jsonl",
    "pack.json",
    "rejected.jsonl",
    "duplicates.jsonl",
    "contact-sheet.png",
}
ONE = PrepareSettings(workers=1)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """Every kind of file: 24 good images in two classes, 3 copies and 5 that are no use."""
    folder = tmp_path_factory.mktemp("mixed", numbered=False)
    photographs(folder / "lakes", 12)
    photographs(folder / "hills", 12, ".png")
    for index, path in enumerate(sorted((folder / "hills").iterdir())):
        texture(100 + index, 90 + index, 90).save(path)
    shutil.copy(folder / "lakes" / "0003.jpg", folder / "lakes" / "a copy.jpg")
    texture(5, 160, 160).save(folder / "lakes" / "larger.png")
    texture(5, 70, 70).save(folder / "smaller.webp")
    (folder / "empty.jpg").touch()
    (folder / "page.jpg").write_text("<html>")
    whole = (folder / "lakes" / "0001.jpg").read_bytes()
    (folder / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    texture(0, 200, 20).save(folder / "strip.png")
    (folder / "notes.txt").write_text("notes")
    (folder / ".hidden.jpg").write_bytes(b"no candidate")
    return folder


# What is packed


def test_every_file_is_accounted_for(mixed, tmp_path):
    summary = prepare([mixed], tmp_path / "out", ONE)
    assert summary.found == 31
    assert summary.kept == 24
    assert summary.rejected == {"empty": 1, "not-an-image": 1, "too-small": 1, "truncated": 1}
    assert summary.ignored == 1
    assert (summary.identical, summary.near) == (1, 2)
    assert summary.found == summary.kept + sum(summary.rejected.values()) + 3
    assert set(contents(tmp_path / "out")) == OUTPUTS
    rejected = {row["file"]: row["reason"] for row in read_lines(tmp_path / "out/rejected.jsonl")}
    assert rejected == {
        "empty.jpg": "empty",
        "page.jpg": "not-an-image",
        "cut.jpg": "truncated",
        "strip.png": "too-small",
    }


def test_the_manifest_tells_where_each_image_came_from(mixed, tmp_path):
    prepare([mixed], tmp_path / "out", ONE)
    pack = open_pack(tmp_path / "out")
    rows = pack.manifest()
    assert [row["index"] for row in rows] == list(range(24))
    assert [row["file"] for row in rows] == sorted(row["file"] for row in rows)
    for row, pixels in zip(rows, pack.images, strict=True):
        assert np.array_equal(square(mixed / row["file"]), pixels)
    first = rows[0]
    assert first["source"] == str(mixed)
    assert (first["class"], first["width"], first["height"]) == ("hills", 90, 90)
    assert first["format"] == "PNG"
    assert first["bytes"] == (mixed / first["file"]).stat().st_size


def test_of_copies_the_largest_is_kept_and_the_groups_are_listed(mixed, tmp_path):
    prepare([mixed], tmp_path / "out", ONE)
    files = [row["file"] for row in open_pack(tmp_path / "out").manifest()]
    assert "lakes/larger.png" in files
    assert not {"lakes/0005.jpg", "smaller.webp", "lakes/a copy.jpg"} & set(files)
    groups = [
        (group["kept"]["file"], [(copy["file"], copy["kind"]) for copy in group["dropped"]])
        for group in read_lines(tmp_path / "out/duplicates.jsonl")
    ]
    assert groups == [
        ("lakes/0003.jpg", [("lakes/a copy.jpg", "identical")]),
        ("lakes/larger.png", [("lakes/0005.jpg", "near"), ("smaller.webp", "near")]),
    ]


def test_copies_are_kept_when_asked_for(mixed, tmp_path):
    summary = prepare([mixed], tmp_path / "out", PrepareSettings(workers=1, keep_duplicates=True))
    assert (summary.kept, summary.identical, summary.near) == (27, 0, 0)
    assert read_lines(tmp_path / "out/duplicates.jsonl") == []


def test_several_sources_and_single_files_are_packed_in_the_order_given(tmp_path):
    one, two = photographs(tmp_path / "one", 2), photographs(tmp_path / "two", 4)
    prepare([two / "0003.jpg", one], tmp_path / "out", ONE)
    rows = [(row["source"], row["file"]) for row in open_pack(tmp_path / "out").manifest()]
    single = (str(two / "0003.jpg"), "0003.jpg")
    assert rows == [single, (str(one), "0000.jpg"), (str(one), "0001.jpg")]


@pytest.mark.parametrize(("size", "channels"), [(32, 1), (128, 3)])
def test_size_and_channels_are_as_asked(tmp_path, size, channels):
    source = photographs(tmp_path / "photos", 3)
    settings = PrepareSettings(size=size, channels=channels, min_size=80, workers=1)
    prepare([source], tmp_path / "out", settings)
    assert open_pack(tmp_path / "out").images.shape == (3, channels, size, size)


def test_the_least_size_stands_for_the_packed_size_unless_given(tmp_path):
    source = photographs(tmp_path / "photos", 3)
    with pytest.raises(DataError, match="3 too-small"):
        prepare([source], tmp_path / "out", PrepareSettings(size=128, workers=1))


def test_a_folder_without_images_is_told_from_one_of_damaged_images(tmp_path):
    for name in ("README.md", "labels.csv", "empty.txt"):
        (tmp_path / name).write_text("" if name == "empty.txt" else "words")
    with pytest.raises(DataError, match="there are no images in"):
        prepare([tmp_path], tmp_path / "out", ONE)
    (tmp_path / "lake.JPG").write_text("words")
    with pytest.raises(DataError, match=r"not even the one file .* 1 not-an-image"):
        prepare([tmp_path], tmp_path / "out", ONE)


def test_the_contact_sheet_shows_at_most_a_hundred_images():
    images = np.zeros((1000, 3, 32, 32), np.uint8)
    assert output.contact_sheet(images).size == (338, 338)
    assert output.contact_sheet(images[:1]).size == (32, 32)
    assert output.contact_sheet(images[:25]).size == (338, 100)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux takes any bytes as a name")
def test_names_that_are_no_text_or_hold_line_ends_are_recorded(tmp_path):
    source = photographs(tmp_path / "photos", 1)
    strange = [b"caf\xe9.jpg", "line\u2028end\n.jpg".encode(), "哈纳斯.jpg".encode()]
    for seed, name in enumerate(strange, 10):
        texture(seed).save(source / os.fsdecode(name))
    (source / os.fsdecode(b"\xff.jpg")).touch()
    prepare([source], tmp_path / "out", PrepareSettings(workers=2))
    rows = read_lines(tmp_path / "out/manifest.jsonl")
    assert {os.fsencode(row["file"]) for row in rows} == {b"0000.jpg", *strange}
    assert "哈纳斯" in (tmp_path / "out/manifest.jsonl").read_text(encoding="utf-8")
    assert len(read_lines(tmp_path / "out/rejected.jsonl")) == 1


# The same bytes


def test_the_number_of_processes_and_the_file_system_change_no_byte(mixed, tmp_path, monkeypatch):
    # A second tree with the same files, made in another order.
    other = tmp_path / "mixed"
    paths = [path for path in mixed.rglob("*") if path.is_file()]
    random.Random(0).shuffle(paths)
    for path in paths:
        target = other / path.relative_to(mixed)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    expected = None
    for parent, workers in ((mixed.parent, 1), (mixed.parent, 2), (mixed.parent, 3), (tmp_path, 2)):
        out = tmp_path / f"out-{parent.name}-{workers}"
        monkeypatch.chdir(parent)
        prepare([Path("mixed")], out, PrepareSettings(workers=workers))
        assert expected in (None, contents(out))
        expected = contents(out)


def crash_on_one(path, **settings):
    if path.name == "0013.jpg":
        os._exit(1)
    return attempt(path, **settings)


def test_an_image_that_kills_its_decoder_costs_only_itself(tmp_path, monkeypatch):
    source = photographs(tmp_path / "photos", 30)
    monkeypatch.setattr(module, "attempt", crash_on_one)
    summary = prepare([source], tmp_path / "out", PrepareSettings(workers=2))
    assert summary.rejected == {"decoder-crashed": 1}
    assert summary.kept == 29
    assert read_lines(tmp_path / "out/rejected.jsonl")[0]["file"] == "0013.jpg"


# Errors of the user and of the system


def test_no_image_left_says_why_and_keeps_the_old_data_set(tmp_path):
    out, source = tmp_path / "out", tmp_path / "rubbish"
    prepare([photographs(tmp_path / "photos", 4)], out, ONE)
    before = contents(out)
    source.mkdir()
    (source / "a.jpg").touch()
    (source / "b.jpg").write_text("text")
    (source / "c.jpg").write_text("text")
    with pytest.raises(DataError, match=r"none of the 3 files .* 1 empty, 2 not-an-image"):
        prepare([source], out, ONE, overwrite=True)
    assert contents(out) == before


def test_sources_that_are_not_there_are_refused_before_anything_is_written(tmp_path):
    with pytest.raises(DataError, match="there is no file or folder"):
        prepare([tmp_path / "nowhere"], tmp_path / "out", ONE)
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="there are no images"):
        prepare([tmp_path / "empty"], tmp_path / "out", ONE)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "values", [{"size": 0}, {"size": 48}, {"size": 512}, {"channels": 2}, {"min_size": -1}]
)
def test_settings_out_of_range_are_refused(values):
    with pytest.raises(DataError) as caught:
        PrepareSettings(**values)
    assert caught.value.remedy


def test_workers_must_be_at_least_one():
    with pytest.raises(DataError):
        PrepareSettings(workers=0)


# The summary


def test_the_summary_counts_and_names_the_next_command(mixed, tmp_path, monkeypatch):
    monkeypatch.setattr(runtime, "has_pretrained", lambda: True)
    out = tmp_path / "my data"
    summary = prepare([mixed], out, ONE)
    text = str(summary)
    assert text.splitlines() == summary.lines()
    words = [line.split()[:2] for line in summary.lines()]
    for expected in (["found", "31"], ["kept", "24"], ["rejected", "4"], ["duplicates", "3"]):
        assert expected in words
    assert ["truncated", "1"] in words
    train = "lsgan train --config kanas-projected.yaml"
    assert f"{train} --data '{out}' --out 'runs/my data'" in text
    assert str(out / "contact-sheet.png") in text


@pytest.mark.skipif(not LANDSCAPES.is_dir(), reason="the photographs are not on this machine")
def test_real_photographs_in_class_folders_are_packed(tmp_path):
    for folder in sorted(LANDSCAPES.iterdir()):
        (tmp_path / "photos" / folder.name).mkdir(parents=True)
        for path in sorted(folder.iterdir())[:40]:
            shutil.copy(path, tmp_path / "photos" / folder.name)
    summary = prepare([tmp_path / "photos"], tmp_path / "out", PrepareSettings(workers=2))
    pack = open_pack(tmp_path / "out")
    assert summary.rejected == {}
    assert len(pack) == summary.kept == summary.found - summary.identical - summary.near
    assert {row["class"] for row in pack.manifest()} == {"forest", "glacier", "mountain"}
    means = pack.images.mean(axis=(0, 2, 3))
    assert np.all((means > 60) & (means < 180))
    assert json.loads((tmp_path / "out/pack.json").read_text())["count"] == summary.kept
