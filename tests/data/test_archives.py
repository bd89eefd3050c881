import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from lsgan.data import archives
from lsgan.data.archives import is_archive, unpack
from lsgan.data.prepare import prepare
from lsgan.data.settings import PrepareSettings
from lsgan.errors import DataError
from lsgan.io.files import read_lines
from tests.data.samples import photographs


@pytest.fixture
def photos(tmp_path):
    photographs(tmp_path / "photos" / "lake", 3)
    photographs(tmp_path / "photos" / "peak", 5)
    (tmp_path / "photos" / ".hidden").mkdir()
    (tmp_path / "photos" / ".hidden" / "a.jpg").write_bytes(b"x")
    return tmp_path / "photos"


def packed(photos: Path, kind: str) -> Path:
    archive = photos.parent / f"photos.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(archive, "w") as zipped:
            for path in sorted(photos.rglob("*")):
                zipped.write(path, path.relative_to(photos.parent))
    else:
        mode = "w:" if kind == "tar" else f"w:{kind.rpartition('.')[2]}"
        with tarfile.open(archive, mode) as tarred:
            tarred.add(photos, "photos")
    return archive


def settings(**changes):
    return PrepareSettings(workers=1, keep_duplicates=True, **changes)


@pytest.mark.parametrize("kind", ["zip", "tar", "tar.gz", "tar.xz"])
def test_an_archive_is_packed_like_its_folder(tmp_path, photos, kind):
    archive = packed(photos, kind)
    assert is_archive(archive)
    prepare([photos], tmp_path / "folder", settings())
    prepare([archive], tmp_path / "archive", settings())
    for name in ("images.npy", "pack.json"):
        content = (tmp_path / "archive" / name).read_bytes()
        assert content == (tmp_path / "folder" / name).read_bytes()
    rows = read_lines(tmp_path / "archive" / "manifest.jsonl")
    assert [row["file"] for row in rows][:2] == ["lake/0000.jpg", "lake/0001.jpg"]
    assert {row["class"] for row in rows} == {"lake", "peak"}
    assert {row["source"] for row in rows} == {str(archive)}


def test_nothing_stays_of_what_was_unpacked(tmp_path, photos, monkeypatch):
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr(archives.tempfile, "tempdir", str(temporary))
    prepare([packed(photos, "zip")], tmp_path / "out", settings())
    assert not list(temporary.iterdir())


def test_names_that_lead_out_of_the_folder_lead_nowhere(tmp_path):
    archive = tmp_path / "a.zip"
    with zipfile.ZipFile(archive, "w") as zipped:
        for name in ("../../evil.jpg", "/etc/evil.jpg", "a/../evil.jpg", "C:\\evil.jpg", "ok.jpg"):
            zipped.writestr(name, name)
    folder = tmp_path / "inside"
    folder.mkdir()
    found = unpack(archive, folder).files
    assert sorted(path.name for path in folder.iterdir()) == [f"{i:08}" for i in range(5)]
    assert all(path.parent == folder for path in found.values())
    assert {path.name for path in tmp_path.iterdir()} == {"a.zip", "inside"}


def test_links_of_a_tar_archive_are_left_out(tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("secret")
    with tarfile.open(tmp_path / "a.tar", "w") as tarred:
        for name, kind in (("link.jpg", tarfile.SYMTYPE), ("pipe.jpg", tarfile.FIFOTYPE)):
            info = tarfile.TarInfo(name)
            info.type, info.linkname = kind, str(secret)
            tarred.addfile(info)
    (tmp_path / "inside").mkdir()
    assert unpack(tmp_path / "a.tar", tmp_path / "inside").files == {}


def test_one_damaged_file_of_a_zip_archive_is_rejected_alone(tmp_path, photos):
    archive = packed(photos, "zip")
    with zipfile.ZipFile(archive) as zipped:
        info = zipped.getinfo("photos/peak/0004.jpg")
    content = bytearray(archive.read_bytes())
    content[info.header_offset + 300 : info.header_offset + 900] = bytes(600)
    archive.write_bytes(content)
    summary = prepare([archive], tmp_path / "out", settings())
    assert (summary.kept, sum(summary.rejected.values())) == (7, 1)


@pytest.mark.parametrize("damage", ["cut", "encrypted"])
def test_an_archive_that_cannot_be_read_is_refused_in_a_line(tmp_path, photos, damage):
    archive = packed(photos, "tar.gz" if damage == "cut" else "zip")
    content = bytearray(archive.read_bytes())
    if damage == "cut":
        archive.write_bytes(content[: len(content) // 2])
    else:
        place = content.index(b"PK\1\2")
        while place >= 0:
            content[place + 8] |= 1
            place = content.find(b"PK\1\2", place + 1)
        archive.write_bytes(content)
    with pytest.raises(DataError, match="cannot unpack") as caught:
        prepare([archive], tmp_path / "out", settings())
    assert "unpack it yourself" in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_what_does_not_fit_on_the_disk_is_not_begun(tmp_path, photos, monkeypatch):
    usage = archives.shutil.disk_usage(tmp_path)
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda _: usage._replace(free=1 << 20))
    with pytest.raises(DataError, match="needs more than the 1 MB free"):
        prepare([packed(photos, "zip")], tmp_path / "out", settings())


@pytest.mark.parametrize("name", ["metadata.jsonl", "metadata.csv"])
def test_the_metadata_of_a_hugging_face_folder_goes_into_the_manifest(tmp_path, name):
    photographs(tmp_path / "set" / "train" / "lake", 2)
    photographs(tmp_path / "set" / "test" / "peak", 2)
    told = {"file_name": "lake/0001.jpg", "text": "Kanas", "creator": "Ann", "license": "CC0"}
    path = tmp_path / "set" / "train" / name
    if name.endswith("csv"):
        path.write_text(",".join(told) + "\n" + ",".join(told.values()) + "\n")
    else:
        path.write_text(json.dumps(told) + "\n")
    summary = prepare([tmp_path / "set"], tmp_path / "out", settings())
    assert (summary.found, summary.kept) == (4, 4)
    rows = {row["file"]: row for row in read_lines(tmp_path / "out" / "manifest.jsonl")}
    assert rows["train/lake/0001.jpg"]["attribution"] == {
        "title": "Kanas",
        "author": "Ann",
        "license": "CC0",
    }
    assert "attribution" not in rows["train/lake/0000.jpg"]
    assert {row["class"] for row in rows.values()} == {"lake", "peak"}
