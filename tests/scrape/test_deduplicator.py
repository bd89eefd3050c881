from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from lsgan.config import ScrapeSection
from lsgan.demo.landscapes import render
from lsgan.errors import DataError
from lsgan.scrape.catalogue import Catalogue
from lsgan.scrape.deduplicator import Deduplicator, file_of, tidy
from lsgan.scrape.filters import Filters
from tests.scrape.fakes import enter


@dataclass
class Room:
    """A folder of a set with its catalogue and images to put into it."""

    out: Path
    catalogue: Catalogue

    @property
    def incoming(self) -> Path:
        return self.out / ".incoming"

    def photograph(self, seed: int, width: int = 320, quality: int = 90) -> Path:
        path = self.out.parent / f"{seed}-{width}-{quality}.jpg"
        image = Image.fromarray(render(seed, 320, 240))
        image.resize((width, width * 3 // 4), Image.Resampling.LANCZOS).save(path, quality=quality)
        return path

    def deduplicator(self, **settings: object) -> Deduplicator:
        section = ScrapeSection.model_validate({"min_width": 100, "min_height": 100, **settings})
        return Deduplicator(self.catalogue, self.out, self.incoming, Filters(section))

    def tidy(self) -> None:
        tidy(self.catalogue, self.out, self.incoming)

    def states(self) -> list[str]:
        return [
            row["state"] for row in self.catalogue.rows("SELECT state FROM candidates ORDER BY id")
        ]

    def files(self) -> set[str]:
        folder = self.out / "photographs"
        return {f"photographs/{path.name}" for path in folder.iterdir()}

    def kept(self) -> set[str]:
        rows = self.catalogue.rows("SELECT * FROM candidates WHERE state = 'kept'")
        return {file_of(row) for row in rows}


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    out = tmp_path / "set"
    out.mkdir()
    catalogue = Catalogue(out / "catalogue.sqlite")
    made = Room(out, catalogue)
    made.tidy()
    yield made
    catalogue.close()


def test_an_image_is_kept_under_its_content_hash_and_true_type(room: Room) -> None:
    deduplicator = room.deduplicator()
    png = room.out.parent / "image.jpg"
    Image.fromarray(render(5, 320, 240)).save(png, format="PNG")
    deduplicator.decide(enter(room.catalogue, room.incoming, png))
    [name] = room.files()
    [row] = room.catalogue.rows("SELECT * FROM candidates")
    assert name == f"photographs/{row['sha256']}.png"
    assert deduplicator.kept == 1
    assert not list(room.incoming.iterdir())


def test_copies_are_kept_once_whichever_comes_first(room: Room) -> None:
    deduplicator = room.deduplicator()
    for path in (
        room.photograph(1, 200),
        room.photograph(1, 200),  # the same bytes
        room.photograph(1, 320),  # larger: takes the place
        room.photograph(1, 160, 40),  # smaller
        room.photograph(2, 320),  # another image
    ):
        deduplicator.decide(enter(room.catalogue, room.incoming, path))
    assert room.states() == ["duplicate", "duplicate", "kept", "duplicate", "kept"]
    assert room.files() == room.kept()
    assert deduplicator.kept == 2
    rows = room.catalogue.rows("SELECT * FROM candidates WHERE state = 'duplicate' ORDER BY id")
    assert [row["copy_of"] for row in rows] == [3, 3, 3]
    assert [row["reason"] for row in rows] == ["near", "near", "near"]


def test_of_equal_files_the_one_with_a_licence_is_kept(room: Room) -> None:
    deduplicator = room.deduplicator()
    path = room.photograph(1)
    deduplicator.decide(enter(room.catalogue, room.incoming, path))
    deduplicator.decide(enter(room.catalogue, room.incoming, path, license="CC BY 4.0"))
    assert room.states() == ["duplicate", "kept"]
    assert room.files() == room.kept()


def test_the_true_size_decides(room: Room) -> None:
    deduplicator = room.deduplicator(min_width=300, aspect="wide")
    for path in (room.photograph(1, 200), room.photograph(2, 320)):
        deduplicator.decide(enter(room.catalogue, room.incoming, path))
    tall = room.out.parent / "tall.jpg"
    Image.fromarray(render(3, 320, 400)).save(tall)
    deduplicator.decide(enter(room.catalogue, room.incoming, tall))
    assert room.states() == ["rejected", "kept", "rejected"]
    rows = room.catalogue.rows("SELECT reason FROM candidates WHERE reason != '' ORDER BY id")
    assert [row["reason"] for row in rows] == ["too-small", "aspect"]


def test_copies_of_an_earlier_run_are_found(room: Room) -> None:
    room.deduplicator().decide(enter(room.catalogue, room.incoming, room.photograph(1)))
    again = room.deduplicator()
    again.decide(enter(room.catalogue, room.incoming, room.photograph(1, 200)))
    assert room.states() == ["kept", "duplicate"]
    assert again.kept == 1


def test_an_image_deleted_by_hand_stays_away(room: Room) -> None:
    room.deduplicator().decide(enter(room.catalogue, room.incoming, room.photograph(1, 200)))
    [name] = room.files()
    (room.out / name).unlink()
    room.tidy()
    assert room.states() == ["removed"]
    deduplicator = room.deduplicator()
    deduplicator.decide(enter(room.catalogue, room.incoming, room.photograph(1, 320)))
    assert room.states() == ["removed", "duplicate"]
    assert deduplicator.kept == 0


def test_a_move_that_a_kill_cut_off_is_completed(room: Room) -> None:
    number = enter(room.catalogue, room.incoming, room.photograph(1))
    [row] = room.catalogue.rows("SELECT * FROM candidates")
    # Killed after the move, before the catalogue knew.
    (room.incoming / str(number)).replace(room.out / file_of(row))
    room.tidy()
    room.deduplicator().decide(number)
    assert room.states() == ["kept"]
    assert room.files() == room.kept()


def test_a_copy_whose_removal_a_kill_cut_off_is_removed(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    deduplicator = room.deduplicator()
    deduplicator.decide(enter(room.catalogue, room.incoming, room.photograph(1, 200)))
    with monkeypatch.context() as killed:
        killed.setattr("lsgan.scrape.deduplicator.remove_unneeded", lambda *_: None)
        deduplicator.decide(enter(room.catalogue, room.incoming, room.photograph(1, 320)))
    assert len(room.files()) == 2
    mine = room.out / "photographs" / "mine.jpg"
    mine.write_bytes(b"the user's own")
    room.tidy()
    assert room.files() == {*room.kept(), "photographs/mine.jpg"}


def test_files_on_their_way_are_kept_only_while_expected(room: Room) -> None:
    number = enter(room.catalogue, room.incoming, room.photograph(1))
    (room.incoming / "77").write_bytes(b"of no candidate")
    (room.incoming / "3.part").write_bytes(b"half")
    room.tidy()
    assert [path.name for path in room.incoming.iterdir()] == [str(number)]


def test_a_folder_of_images_that_is_gone_is_no_deletion_by_hand(room: Room) -> None:
    room.deduplicator().decide(enter(room.catalogue, room.incoming, room.photograph(1)))
    for name in room.files():
        (room.out / name).unlink()
    (room.out / "photographs").rmdir()
    with pytest.raises(DataError, match="is gone"):
        room.tidy()
