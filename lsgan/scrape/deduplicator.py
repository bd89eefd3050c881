"""What becomes of a fetched image: kept, or left out as a copy or as not wanted."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any

from lsgan.errors import DataError
from lsgan.io.files import make_folder, writing
from lsgan.scrape.catalogue import Catalogue
from lsgan.scrape.copies import Copies
from lsgan.scrape.database import Row
from lsgan.scrape.download import origin_file
from lsgan.scrape.filters import Filters

PHOTOGRAPHS = "photographs"
_SUFFIXES = {
    "JPEG": ".jpg",
    "PNG": ".png",
    "WEBP": ".webp",
    "BMP": ".bmp",
    "TIFF": ".tif",
    "GIF": ".gif",
    "AVIF": ".avif",
    "HEIF": ".heic",
}


def file_name(sha256: str, kind: str) -> str:
    """The path of a kept image in the folder of the set: content hash and true type."""
    return f"{PHOTOGRAPHS}/{sha256}{_SUFFIXES[kind]}"


def file_of(row: Row) -> str:
    """The same for a row of the catalogue."""
    return file_name(row["sha256"], row["format"])


class Deduplicator:
    """Keeps each image once, the largest of its copies, and the files in step with that.

    A file is put in its place before the catalogue says so and taken away after, so that after
    a kill every kept image has its file; `tidy` removes what then lies about.

    Args:
        catalogue: the catalogue.
        out: the folder of the set.
        incoming: where the fetched files are, each by the number of its candidate.
        filters: what is wanted.
        keep_duplicates: whether near copies are kept too; the same bytes are kept once.

    Attributes:
        kept: how many images are kept now.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        out: Path,
        incoming: Path,
        filters: Filters,
        keep_duplicates: bool = False,
    ) -> None:
        self._catalogue = catalogue
        self._out = out
        self._incoming = incoming
        self._filters = filters
        self._keep_duplicates = keep_duplicates
        self._copies = Copies(catalogue)
        self._dropped: list[Path] = []
        self.kept = catalogue.count("kept")

    def decide(self, number: int) -> None:
        """Decide on the candidate `number` if its file has come; if not, its end is known."""
        self.decide_all([number])

    def decide_all(self, numbers: Iterable[int]) -> list[int]:
        """The same for several, one after another, in one transaction; those decided on."""
        with self._catalogue.transaction():
            decided = []
            for number in numbers:
                self._decide(number)
                decided.append(number)
        with writing(self._out):
            for path in self._dropped:
                path.unlink(missing_ok=True)
            self._dropped.clear()
        remove_unneeded(self._catalogue, self._out)
        return decided

    def _decide(self, number: int) -> None:
        row = self._catalogue.rows("SELECT * FROM candidates WHERE id = ?", number)[0]
        if row["state"] != "fetched":
            return
        reason = self._filters.size(row["width"], row["height"])
        if reason:
            self._catalogue.settle(number, "rejected", *reason)
            self._dropped.append(self._incoming / str(number))
            return
        copies = self._copies.of(row)
        if self._keep_duplicates:
            copies = [other for other in copies if other["sha256"] == row["sha256"]]
        # One that was deleted by hand stays away, in whatever size it comes.
        better = [other for other in copies if other["state"] == "removed" or _beats(other, row)]
        if better:
            self._leave(row, max(better, key=_rank))
            self._dropped.append(self._incoming / str(number))
        else:
            self._keep(row, copies)

    def _leave(self, row: Row, kept: Row) -> None:
        kind = "identical" if kept["sha256"] == row["sha256"] else "near"
        self._catalogue.execute(
            "UPDATE candidates SET state = 'duplicate', reason = ?, copy_of = ? WHERE id = ?",
            *(kind, kept["id"], row["id"]),
        )

    def _keep(self, row: Row, copies: list[Row]) -> None:
        place = self._out / file_of(row)
        # After a kill it may have been moved already.
        with writing(place), suppress(FileNotFoundError):
            (self._incoming / str(row["id"])).replace(place)
        self._catalogue.settle(row["id"], "kept")
        for other in copies:
            self._leave(other, row)
            self._catalogue.execute(
                "UPDATE candidates SET copy_of = ?, reason = CASE sha256"
                " WHEN ? THEN 'identical' ELSE 'near' END WHERE copy_of = ?",
                *(row["id"], row["sha256"], other["id"]),
            )
            self._catalogue.execute("INSERT OR IGNORE INTO unneeded VALUES (?)", file_of(other))
            self._copies.remove(other["id"])
        self.kept += 1 - len(copies)
        self._copies.add(row["id"], row["phash"])


def remove_unneeded(catalogue: Catalogue, out: Path) -> None:
    """Delete the files of images that are kept no more, but for those that are another's too."""
    files = [row["file"] for row in catalogue.rows("SELECT file FROM unneeded")]
    if not files:
        return
    with writing(out):
        for file in files:
            digest = Path(file).stem
            kept = "SELECT 1 FROM candidates WHERE sha256 = ? AND state = 'kept'"
            if not catalogue.rows(kept, digest):
                (out / file).unlink(missing_ok=True)
    catalogue.execute("DELETE FROM unneeded")


def tidy(catalogue: Catalogue, out: Path, incoming: Path) -> None:
    """Bring the files and the catalogue of an earlier run together.

    Kept images whose files are gone were deleted by hand; files of images that are kept no more,
    and fetched ones whose candidate is settled, are what a kill has left.

    Raises:
        DataError: if the whole folder of images is gone.
    """
    kept = catalogue.count("kept")
    if kept and not (out / PHOTOGRAPHS).is_dir():
        raise DataError(
            f"the catalogue in {out} lists {kept} images, but {out / PHOTOGRAPHS} is gone",
            "Bring it back, or move catalogue.sqlite away to begin anew.",
        )
    make_folder(out / PHOTOGRAPHS)
    files = "SELECT id, sha256, format FROM candidates WHERE state = 'kept' AND turn IS NOT NULL"
    gone = [row["id"] for row in catalogue.each(files) if not (out / file_of(row)).is_file()]
    with catalogue.transaction():
        for number in gone:
            catalogue.settle(number, "removed", "by-hand")
    remove_unneeded(catalogue, out)
    _tidy_incoming(catalogue, incoming)


def _tidy_incoming(catalogue: Catalogue, incoming: Path) -> None:
    """Leave the files that are expected, each with the one that tells where it is from."""
    with writing(incoming):
        expected = set()
        for row in catalogue.waiting():
            path = incoming / str(row["id"])
            expected.add(path.name)
            # Without its file it would later be taken for another's.
            if row["state"] == "chosen" and path.exists():
                expected.add(origin_file(path).name)
        for path in make_folder(incoming).iterdir():
            if path.name not in expected:
                path.unlink()


def _beats(one: Row, other: Row) -> bool:
    return _rank(one) > _rank(other)


def _rank(row: Row) -> tuple[Any, ...]:
    """More pixels first, then more bytes, a known licence, and the earlier turn."""
    return row["width"] * row["height"], row["bytes"], bool(row["license"]), -row["turn"]
