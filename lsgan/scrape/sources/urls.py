"""Files with addresses in them: the way in for everything that is no source of its own."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from lsgan.config import ScrapeSection
from lsgan.errors import DataError
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.licenses import normal
from lsgan.scrape.sources.source import Cursor, Page, SourceError
from lsgan.scrape.sources.values import address, pixels, text

if TYPE_CHECKING:
    from lsgan.scrape.fetch.client import Client

_PAGE_SIZE = 200
_LONGEST_LINE = 1 << 16  # characters; a longer line counts as several
_HTTP = re.compile(r"https?://", re.I)
_DELIMITERS = ("\t", ",", ";")
# For each field the names that its column may have, the best first.
_COLUMNS = {
    "url": ("url", "image_url", "imageurl", "link"),
    "title": ("title",),
    "author": ("author", "creator"),
    "license": ("license", "licence"),
    "license_url": ("license_url", "licence_url"),
    "page": ("page", "landing_url", "foreign_landing_url", "page_url", "source"),
    "width": ("width",),
    "height": ("height",),
}


@dataclass(frozen=True)
class _Table:
    """How to read a file with columns.

    Attributes:
        delimiter: between two cells.
        columns: the place of each field that the header names.
    """

    delimiter: str
    columns: dict[str, int]


class Urls:
    """Text files of one address a line, and tables with a column of addresses.

    Args:
        client: is not asked: the files are the user's own.
        settings: the files' paths, relative to the working directory.
    """

    name = "urls"

    def __init__(self, client: Client, settings: ScrapeSection) -> None:
        del client
        self._settings = settings

    def walks(self) -> list[str]:
        """The files' paths.

        Raises:
            DataError: if one cannot be read, or holds no address.
        """
        paths = list(dict.fromkeys(self._settings.url_files))
        for path in paths:
            _check(path)
        return paths

    def address(self, walk: str) -> str:
        """The file's path."""
        return walk

    def page(self, walk: str, cursor: Cursor | None) -> Page:
        """The next 200 addresses of a file; what is no address is a candidate too."""
        try:
            with _opened(walk) as (file, table):
                if cursor:
                    file.seek(cursor["offset"])
                candidates = list(_candidates(file, table, _PAGE_SIZE))
                following = {"offset": file.tell()} if len(candidates) == _PAGE_SIZE else None
        except (OSError, ValueError, csv.Error) as error:
            # The file was sound when the walks were named.
            raise SourceError("changed", f"{walk}: {error}") from error
        return Page(candidates, following)


def _check(path: str) -> None:
    remedy = "scrape.url_files names text files, one address a line, or tables with a column url."
    try:
        with _opened(path) as (file, table):
            found = any(_HTTP.match(candidate.url) for candidate in _candidates(file, table))
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}", remedy) from error
    except (ValueError, csv.Error) as error:
        raise DataError(f"cannot read {path}: {error}", remedy) from error
    if not found:
        raise DataError(f"there is no http or https address in {path}", remedy)


@contextmanager
def _opened(path: str) -> Iterator[tuple[TextIO, _Table | None]]:
    """A file at its first line of addresses; the table is None if it is plain text."""
    encoding = _encoding(path)
    # The csv module wants the ends of lines untouched.
    with Path(path).open(encoding=encoding, errors="replace", newline="") as file:
        first = file.readline(_LONGEST_LINE)
        while first and not _content(first):
            first = file.readline(_LONGEST_LINE)
        table = _header(first.strip("\ufeff\r\n"))
        if table is None:
            file.seek(0)
        yield file, table


def _encoding(path: str) -> str:
    with Path(path).open("rb") as file:
        start = file.read(4)
    if start.startswith(b"\xff\xfe") or (len(start) > 1 and start[0] and not start[1]):
        return "utf-16-le"
    if start.startswith(b"\xfe\xff") or (len(start) > 1 and not start[0] and start[1]):
        return "utf-16-be"
    return "utf-8"


def _header(line: str) -> _Table | None:
    """The table that a header tells of; None if the line is no header."""
    if "://" in line:
        return None
    for delimiter in _DELIMITERS:
        cells = next(csv.reader([line], delimiter=delimiter), [])
        names = [re.sub(r"[\s-]+", "_", cell.strip().lower()) for cell in cells]
        columns = {
            field: names.index(found)
            for field, accepted in _COLUMNS.items()
            if (found := next((name for name in accepted if name in names), None))
        }
        if "url" in columns:
            return _Table(delimiter, columns)
    return None


def _candidates(
    file: TextIO, table: _Table | None, limit: int | None = None
) -> Iterator[Candidate]:
    """What the next lines hold, at most `limit` of them."""
    found = _rows(file, table) if table else _lines(file)
    for number, candidate in enumerate(found, start=1):
        yield candidate
        # Asking for one more would move the file's position.
        if number == limit:
            return


def _read_lines(file: TextIO) -> Iterator[str]:
    # Not the file's own iterator, under which its position cannot be told.
    return iter(lambda: file.readline(_LONGEST_LINE), "")


def _content(line: str) -> str:
    """What a line holds; empty if it is blank or a comment."""
    held = line.strip("\ufeff \t\r\n")
    return "" if held.startswith("#") else held


def _lines(file: TextIO) -> Iterator[Candidate]:
    for line in _read_lines(file):
        if url := _content(line):
            yield Candidate(url)


def _rows(file: TextIO, table: _Table) -> Iterator[Candidate]:
    for cells in csv.reader(_read_lines(file), delimiter=table.delimiter):
        row = {
            field: cells[place].strip() if place < len(cells) else ""
            for field, place in table.columns.items()
        }
        if not row["url"] or cells[0].lstrip().startswith("#"):
            continue
        license_url = address(row.get("license_url", ""))
        yield Candidate(
            url=row["url"],
            page=address(row.get("page", "")),
            title=text(row.get("title")),
            author=text(row.get("author")),
            license=normal(row.get("license", ""), license_url),
            license_url=license_url,
            width=pixels(row.get("width")),
            height=pixels(row.get("height")),
        )
