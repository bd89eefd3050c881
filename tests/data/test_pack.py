import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from lsgan.data import shards
from lsgan.data.pack import DESCRIPTION, IMAGES, MANIFEST, describe, open_pack
from lsgan.errors import DataError


@pytest.fixture
def pixels():
    return np.random.default_rng(0).integers(0, 256, (2100, 3, 4, 4), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path, pixels):
    np.save(tmp_path / IMAGES, pixels)
    (tmp_path / MANIFEST).write_text('{"index": 0, "file": "a.jpg"}\n', encoding="utf-8")
    (tmp_path / DESCRIPTION).write_text(json.dumps(describe(pixels)), encoding="utf-8")
    return tmp_path


def change(folder, **values):
    path = folder / DESCRIPTION
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def test_a_pack_opens_with_the_pixels_that_were_saved(folder, pixels):
    pack = open_pack(folder)
    assert np.array_equal(pack.images, pixels)
    assert (len(pack), pack.channels, pack.size) == (2100, 3, 4)
    assert pack.manifest() == [{"index": 0, "file": "a.jpg"}]


def test_the_digest_is_the_sha256_of_the_raw_pixels(folder, pixels):
    assert open_pack(folder).digest == hashlib.sha256(pixels.tobytes()).hexdigest()


def test_the_pixels_are_mapped_and_cannot_be_changed(folder):
    images = open_pack(folder).images
    assert isinstance(images, np.memmap)
    with pytest.raises(ValueError, match="read-only"):
        images[0] = 0


def test_numpy_alone_can_read_it(folder, pixels):
    assert np.array_equal(np.load(folder / IMAGES, mmap_mode="r"), pixels)


def test_no_folder_and_no_description_are_told_apart_and_say_what_to_run(tmp_path):
    with pytest.raises(DataError, match="there is no folder") as caught:
        open_pack(tmp_path / "nowhere")
    assert "lsgan prepare" in caught.value.remedy
    with pytest.raises(DataError, match="holds no packed data set") as caught:
        open_pack(tmp_path)
    assert "lsgan prepare" in caught.value.remedy


def test_the_data_set_of_a_scraped_set_is_found_in_its_folder(folder, pixels):
    assert open_pack(folder).path == folder
    packed = folder / "packed"
    packed.mkdir()
    for name in (IMAGES, MANIFEST, DESCRIPTION):
        (folder / name).rename(packed / name)
    assert np.array_equal(open_pack(folder).images, pixels)
    assert open_pack(folder).path == open_pack(packed).path == packed


def test_a_folder_of_photographs_is_to_be_packed_into_another_one(tmp_path):
    photos = tmp_path / "my photos"
    photos.mkdir()
    with pytest.raises(DataError) as caught:
        open_pack(photos, "--size 128")
    assert f"lsgan prepare PHOTOGRAPHS --out '{photos}' --size 128" in caught.value.remedy
    (photos / "a.jpg").touch()
    with pytest.raises(DataError) as caught:
        open_pack(photos, "--size 128", "Collect them")
    command = f"lsgan prepare '{photos}' --out '{photos}/packed' --size 128"
    assert caught.value.remedy == f"Make one with: {command}"


def test_where_photographs_can_be_collected_that_is_said_until_they_are_there(tmp_path):
    packed = tmp_path / "packed-128"
    with pytest.raises(DataError) as caught:
        open_pack(packed, collect="Collect them")
    own = f"lsgan prepare PHOTOGRAPHS --out {packed}"
    assert caught.value.remedy == (f"Collect them, or make one of your own photographs with: {own}")
    (tmp_path / MANIFEST).write_text("{}")
    with pytest.raises(DataError) as caught:
        open_pack(packed, collect="Collect them")
    assert caught.value.remedy == f"Make one with: lsgan prepare {tmp_path} --out {packed}"


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "null", '{"format": "lsgan-pack-1"}'])
def test_a_damaged_description_is_refused(folder, content):
    (folder / DESCRIPTION).write_text(content)
    with pytest.raises(DataError):
        open_pack(folder)


@pytest.mark.parametrize(
    "values", [{"format": "other"}, {"count": 5}, {"channels": 1}, {"size": 8}]
)
def test_a_description_of_other_pixels_is_refused(folder, values):
    change(folder, **values)
    with pytest.raises(DataError):
        open_pack(folder)


def test_pixels_cut_off_missing_or_of_another_type_are_refused(folder, pixels):
    whole = (folder / IMAGES).read_bytes()
    (folder / IMAGES).write_bytes(whole[:-1])
    with pytest.raises(DataError):
        open_pack(folder)
    (folder / IMAGES).unlink()
    with pytest.raises(DataError):
        open_pack(folder)
    np.save(folder / IMAGES, pixels.astype(np.float32))
    with pytest.raises(DataError, match="not uint8"):
        open_pack(folder)


def test_pickled_objects_are_not_loaded(folder):
    np.save(folder / IMAGES, np.array([{}], dtype=object), allow_pickle=True)
    with pytest.raises(DataError):
        open_pack(folder)


def test_an_empty_data_set_is_refused(folder):
    np.save(folder / IMAGES, np.zeros((0, 3, 4, 4), np.uint8))
    change(folder, count=0)
    with pytest.raises(DataError):
        open_pack(folder)


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="this system tells no such thing")
@pytest.mark.parametrize("is_large", [False, True])
def test_only_of_a_large_pack_nothing_is_read_ahead(folder, monkeypatch, is_large):
    monkeypatch.setattr(shards, "_ALL_IN_MEMORY", 0 if is_large else 1 << 30)
    opened = open_pack(folder)
    mapping = Path("/proc/self/smaps").read_text().split(str(opened.path / IMAGES))[1]
    flags = mapping.split("VmFlags:")[1].splitlines()[0].split()
    assert ("rr" in flags) is is_large
