"""Folders that hold something, full disks and kills."""

import errno
import json
from pathlib import Path
from unittest.mock import Mock

import pytest
from PIL import Image

from lsgan.data import workspace
from lsgan.errors import DataError, OutputError
from lsgan.image_folder import export as module
from lsgan.image_folder.export import export
from tests.image_folder.files import names


def test_an_export_is_replaced_only_on_request(pack: Path, scraped: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(pack, out, ["any"])
    with pytest.raises(DataError, match="holds an export of 200 images") as caught:
        export(scraped, out)
    assert "--overwrite" in caught.value.remedy
    (out / ".git").mkdir()
    export(scraped, out, overwrite=True)
    assert names(out / "train") == ["000000.png", "000001.png", "000002.png", "metadata.jsonl"]
    assert names(out) == [".git", "README.md", "export.json", "train"]
    assert json.loads((out / "export.json").read_text())["count"] == 3


@pytest.mark.parametrize("file", ["thesis.txt", "train/mine.jpg", "train/000/thesis.txt"])
def test_what_the_command_has_not_written_is_left_alone(
    pack: Path, tmp_path: Path, file: str
) -> None:
    out = tmp_path / "out"
    export(pack, out, ["any"])
    (out / file).parent.mkdir(exist_ok=True)
    (out / file).write_text("years of work")
    with pytest.raises(DataError, match=f"holds {file}, which"):
        export(pack, out, ["any"], overwrite=True)
    assert (out / file).read_text() == "years of work"


@pytest.mark.parametrize("name", ["README.md", "export.json", "train"])
def test_a_folder_of_others_is_no_export(pack: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / name).write_text('{"format": "another"}')
    with pytest.raises(DataError, match="which lsgan export-data has not written"):
        export(pack, out, ["any"], overwrite=True)
    assert names(out) == [name]
    with pytest.raises(OutputError, match="cannot write"):
        export(pack, out / name, ["any"])


def test_a_full_disk_and_a_stop_leave_nothing_that_looks_finished(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    for error in (OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()):
        effects = [None] * 9 + [error]
        with monkeypatch.context() as patched:
            patched.setattr(Image.Image, "save", Mock(side_effect=effects))
            with pytest.raises((OutputError, KeyboardInterrupt)):
                export(pack, out, ["any"])
        assert [name for name in names(out) if name[0] != "."] == []
        assert not list(out.glob(".export-data-*"))
    assert export(pack, out, ["any"]).written == 200


def test_a_kill_between_the_moves_is_made_good(
    pack: Path, scraped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    export(pack, out, ["any"])
    move = workspace._move

    def once(new: Path, place: Path, aside: Path) -> None:
        if place.name == "README.md":
            raise KeyboardInterrupt
        move(new, place, aside)

    with monkeypatch.context() as patched:
        patched.setattr(workspace, "_move", once)
        with pytest.raises(KeyboardInterrupt):
            export(scraped, out, overwrite=True)
    # The description, which comes last, is not there.
    assert not (out / "export.json").exists()
    assert export(scraped, out).written == 3
    assert names(out) == ["README.md", "export.json", "train"]


def test_two_exports_do_not_write_into_one_folder(
    pack: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = module._write

    def write_while_another_starts(*arguments: object) -> None:
        with pytest.raises(DataError, match="another lsgan export-data is writing"):
            export(pack, tmp_path / "out", ["any"])
        write(*arguments)

    monkeypatch.setattr(module, "_write", write_while_another_starts)
    assert export(pack, tmp_path / "out", ["any"]).written == 200


def test_the_same_data_set_gives_the_same_bytes(scraped: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        export(scraped, tmp_path / name / "out", ["any"])
    one, two = (sorted((tmp_path / name).rglob("*.*")) for name in ("one", "two"))
    assert [path.name for path in one] == [path.name for path in two]
    for left, right in zip(one, two, strict=True):
        assert left.read_bytes() == right.read_bytes()
