"""What may be replaced by a data set, and what may not."""

import json
import os
import shutil
import sys
from pathlib import Path

import pytest

from lsgan.data import prepare as module
from lsgan.data.pack import open_pack
from lsgan.data.prepare import prepare
from lsgan.data.settings import PrepareSettings
from lsgan.errors import DataError, OutputError
from tests.data.samples import contents, photographs, texture

ONE = PrepareSettings(workers=1)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return photographs(tmp_path / "photos", 4)


@pytest.fixture
def out(tmp_path: Path, photos: Path) -> Path:
    """A folder with a data set of the photographs."""
    prepare([photos], tmp_path / "out", ONE)
    return tmp_path / "out"


def everything(folder: Path) -> dict[str, bytes]:
    """All files below a folder, hidden ones too."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def refused(source: Path, out: Path, settings: PrepareSettings = ONE, **options: bool) -> str:
    """The line of a refusal that has changed nothing, and decoded nothing."""
    before = everything(out)
    decoding = pytest.MonkeyPatch()
    decoding.setattr(module, "attempt", None)
    with decoding.context(), pytest.raises(DataError) as caught:
        prepare([source], out, settings, **options)
    decoding.undo()
    assert everything(out) == before
    assert "\n" not in str(caught.value)
    assert caught.value.remedy
    return str(caught.value)


@pytest.mark.parametrize("name", ["notes.txt", "manifest.jsonl", "images.npy", "pack.json", "b/c"])
@pytest.mark.parametrize("overwrite", [False, True])
def test_what_prepare_has_not_written_is_left_alone(
    tmp_path: Path, photos: Path, name: str, overwrite: bool
) -> None:
    path = tmp_path / "out" / name
    path.parent.mkdir(parents=True)
    path.write_text('{"format": "another"}')
    first = Path(name).parts[0]
    message = refused(photos, tmp_path / "out", overwrite=overwrite)
    assert f"holds {first}, which lsgan prepare has not written" in message
    # The refusal has left no trace that lets the next one pass.
    assert first in refused(photos, tmp_path / "out", overwrite=overwrite)


@pytest.mark.parametrize("overwrite", [False, True])
def test_a_folder_of_photographs_is_no_place_for_a_data_set(photos: Path, overwrite: bool) -> None:
    message = refused(photos, photos, overwrite=overwrite)
    assert "0000.jpg" in message
    assert f"such as {photos / 'packed'}" in message
    assert "photos" in refused(photos, photos.parent, overwrite=overwrite)


def test_a_data_set_may_lie_in_its_source(photos: Path) -> None:
    packed = photos / "packed"
    assert prepare([photos], packed, ONE).found == 4
    first = contents(packed)
    assert prepare([photos], packed, ONE).found == 4
    assert contents(packed) == first


def test_a_file_beside_a_data_set_is_foreign(photos: Path, out: Path) -> None:
    (out / "thesis.txt").write_text("years of work")
    assert "holds thesis.txt" in refused(photos, out)
    (out / "thesis.txt").rename(out / ".thesis.txt")
    assert prepare([photos], out, ONE).kept == 4
    assert (out / ".thesis.txt").is_file()


def test_an_empty_folder_and_what_killed_runs_have_left_are_taken(
    tmp_path: Path, photos: Path
) -> None:
    (tmp_path / "out" / ".prepare-abc").mkdir(parents=True)
    (tmp_path / "out" / ".prepare-abc" / "pixels").write_bytes(b"x")
    assert prepare([photos], tmp_path / "out", ONE).kept == 4
    assert not (tmp_path / "out" / ".prepare-abc").exists()


def test_the_same_images_are_packed_again_to_the_same_bytes(photos: Path, out: Path) -> None:
    before = contents(out)
    (out / "contact-sheet.png").unlink()
    assert prepare([photos], out, PrepareSettings(workers=2)).kept == 4
    assert contents(out) == before
    # From another folder too, and with a file that is no image.
    moved = photos.rename(photos.with_name("moved"))
    (moved / "README.txt").write_text("words")
    assert prepare([moved], out, ONE).kept == 4


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"size": 32}, "--size 64, not 32"),
        ({"channels": 1}, "--channels 3, not 1"),
        ({"min_size": 70}, "--min-size 64, not 70"),
        ({"keep_duplicates": True}, "--keep-duplicates off, not on"),
        ({"origin": "pairs"}, "--from photographs, not pairs"),
    ],
)
def test_a_data_set_of_other_settings_is_replaced_only_on_request(
    photos: Path, out: Path, changed: dict[str, object], said: str
) -> None:
    message = refused(photos, out, PrepareSettings(**changed))
    assert f"{out} holds a data set of 4 images of 64×64 from {photos}" in message
    assert f"packed with {said}" in message
    assert "--overwrite" in message
    assert "--out" in message


def test_overwriting_replaces_another_data_set(photos: Path, out: Path) -> None:
    small = PrepareSettings(size=32, workers=1)
    assert prepare([photos], out, small, overwrite=True).kept == 4
    assert open_pack(out).size == 32
    assert json.loads((out / "pack.json").read_text())["settings"] == {
        "size": 32,
        "channels": 3,
        "keep_duplicates": False,
        "origin": "photographs",
        "direction": "left-to-right",
        "min_size": 32,
    }


def test_a_data_set_of_other_files_is_refused_before_any_is_decoded(
    tmp_path: Path, photos: Path, out: Path
) -> None:
    other = photographs(tmp_path / "other", 2, ".png")
    assert "0000.jpg is none of those named now" in refused(other, out)
    texture(9).save(photos / "new.jpg")
    assert "new.jpg was none of them" in refused(photos, out)
    prepare([photos], out, ONE, overwrite=True)
    (photos / "new.jpg").unlink()
    assert "new.jpg is none of those named now" in refused(photos, out)


def test_rejected_files_and_copies_are_files_of_the_data_set_too(photos: Path, out: Path) -> None:
    shutil.copy(photos / "0000.jpg", photos / "copy.jpg")
    (photos / "text.jpg").write_text("words")
    prepare([photos], out, ONE, overwrite=True)
    before = contents(out)
    prepare([photos], out, ONE)
    assert contents(out) == before


def test_other_images_under_the_old_names_are_refused_in_the_end(photos: Path, out: Path) -> None:
    before = contents(out)
    texture(9).save(photos / "0002.jpg")
    with pytest.raises(DataError, match="other images than those packed now") as caught:
        prepare([photos], out, ONE)
    assert "--overwrite" in caught.value.remedy
    assert contents(out) == before


def test_what_comes_into_the_folder_meanwhile_is_not_lost(
    tmp_path: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write_beside(*arguments: object, **options: object) -> object:
        (tmp_path / "out" / "manifest.jsonl").write_text("mine")
        return attempt(*arguments, **options)

    attempt = module.attempt
    monkeypatch.setattr(module, "attempt", write_beside)
    # In one process, so that the change above holds there.
    monkeypatch.setattr(module, "map_surviving", lambda work, paths, *_: (work(p) for p in paths))
    with pytest.raises(DataError, match=r"holds manifest\.jsonl"):
        prepare([photos], tmp_path / "out", ONE)
    assert (tmp_path / "out" / "manifest.jsonl").read_text() == "mine"


def test_of_a_data_set_that_records_no_settings_the_size_is_known(photos: Path, out: Path) -> None:
    path = out / "pack.json"
    content = json.loads(path.read_text())
    del content["settings"]
    path.write_text(json.dumps(content))
    assert "--size 64, not 32" in refused(photos, out, PrepareSettings(size=32))
    assert prepare([photos], out, ONE).kept == 4


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="root lists anything")
def test_a_folder_that_cannot_be_listed_is_an_error_of_the_system(
    tmp_path: Path, photos: Path
) -> None:
    (tmp_path / "out").mkdir(mode=0o300)
    with pytest.raises(OutputError, match="Permission denied"):
        prepare([photos], tmp_path / "out", ONE)
