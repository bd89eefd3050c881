"""Lists of addresses as people and data sets write them: text, tables, JSON."""

from __future__ import annotations

import csv
import gzip
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, Protocol, TextIO, cast

from lsgan.scrape.candidate import Candidate
from lsgan.scrape.sources.url_row import (
    COLUMNS,
    HTTP,
    address_field,
    addresses_in,
    candidate_of,
    is_address,
    json_candidates,
    normal_name,
)

_LONGEST_LINE = 1 << 16  # characters; a longer line counts as several
_LONGEST_JSON = 100_000_000
_GZIP = b"\x1f\x8b"
_DELIMITERS = ("\t", ",", ";", "|")
_SEPARATOR = re.compile(r"sep=(.)\s*", re.I)
# Rows by which a column is known that has no known name.
_SAMPLE = 20


class UrlList(Protocol):
    """An opened list.

    Attributes:
        column: the name or the number of what the addresses are taken from; empty of plain text.
    """

    column: str

    def rows(self) -> Iterator[list[Candidate]]:
        """What the next lines or items hold; of plain text what is no address too."""
        ...

    def tell(self) -> int:
        """Where the list has been read to."""
        ...

    def seek(self, place: int) -> None:
        """Go on where `tell` has said."""
        ...


@contextmanager
def opened(path: str) -> Iterator[UrlList]:
    """The list in a file, which may be packed with gzip.

    Raises:
        OSError: if it cannot be read.
        ValueError, csv.Error: there and later, if it makes no sense.
    """
    with Path(path).open("rb") as raw:
        packed = raw.read(2) == _GZIP
    with _text(path, packed) as file:
        first = file.readline(_LONGEST_LINE)
        while first and not _content(first):
            first = file.readline(_LONGEST_LINE)
        start = _content(first)
        if start.startswith(("{", "[")):
            yield _json(file, start)
            return
        table = _table(file, start)
        if table is None:
            file.seek(0)
        yield table or _Plain(file)


class _OfFile:
    """A list that is read line by line."""

    column = ""

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def tell(self) -> int:
        return self._file.tell()

    def seek(self, place: int) -> None:
        self._file.seek(place)


class _Plain(_OfFile):
    """Text: an address a line, or several among other words."""

    def rows(self) -> Iterator[list[Candidate]]:
        for line in _read_lines(self._file):
            yield [candidate_of({"url": said}) for said in addresses_in(_content(line))]


class _Table(_OfFile):
    """Rows with a column of addresses."""

    def __init__(self, file: TextIO, delimiter: str, columns: dict[str, int], column: str) -> None:
        super().__init__(file)
        self._delimiter, self._columns = delimiter, columns
        self.column = column

    def rows(self) -> Iterator[list[Candidate]]:
        for cells in csv.reader(_read_lines(self._file), delimiter=self._delimiter):
            row = {
                field: cells[place] if place < len(cells) else ""
                for field, place in self._columns.items()
            }
            if row["url"].strip() and not cells[0].lstrip().startswith("#"):
                yield [candidate_of(row)]


class _JsonLines(_OfFile):
    """An object a line."""

    def __init__(self, file: TextIO, first: Mapping[str, Any]) -> None:
        super().__init__(file)
        self.column = address_field(first)
        file.seek(0)

    def rows(self) -> Iterator[list[Candidate]]:
        for line in _read_lines(self._file):
            if held := _content(line):
                yield list(json_candidates(json.loads(held), self.column))


class _Json:
    """One value, in which there is a list of addresses or of objects that have one."""

    def __init__(self, value: Any) -> None:
        self._items = _list_within(value, 0)
        self._place = 0
        first = next((item for item in self._items if isinstance(item, dict)), {})
        self.column = address_field(first)

    def tell(self) -> int:
        return self._place

    def seek(self, place: int) -> None:
        self._place = place

    def rows(self) -> Iterator[list[Candidate]]:
        while self._place < len(self._items):
            self._place += 1
            yield list(json_candidates(self._items[self._place - 1], self.column))


def _json(file: TextIO, start: str) -> UrlList:
    try:
        first = json.loads(start)
    except (ValueError, RecursionError):
        first = None
    if isinstance(first, dict) and file.readline(_LONGEST_LINE).strip():
        return _JsonLines(file, first)
    file.seek(0)
    whole = file.read(_LONGEST_JSON + 1)
    if len(whole) > _LONGEST_JSON:
        raise ValueError("more than 100 MB of JSON in one piece; JSON lines may have any length")
    try:
        return _Json(json.loads(whole.lstrip("\ufeff")))
    except RecursionError:
        raise ValueError("JSON that is nested too deep") from None


def _list_within(value: Any, depth: int) -> list[Any]:
    """The first list with an address in one of its items; empty if there is none."""
    if isinstance(value, list) and any(map(_has_address, islice(value, _SAMPLE))):
        return value
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    if depth < 10:
        for item in islice(inner, 1000):
            if found := _list_within(item, depth + 1):
                return found
    return []


def _has_address(item: Any) -> bool:
    values = item.values() if isinstance(item, dict) else [item]
    return any(isinstance(value, str) and is_address(value) for value in values)


def _table(file: TextIO, header: str) -> _Table | None:
    """The table that a header tells of; None if the line is no header."""
    delimiters: Sequence[str] = _DELIMITERS
    if separator := _SEPARATOR.fullmatch(header):
        delimiters, header = separator[1], _content(file.readline(_LONGEST_LINE))
    if not header or HTTP.search(header):
        return None
    begins = file.tell()
    tables = []
    for delimiter in delimiters:
        cells = next(csv.reader([header], delimiter=delimiter), [])
        names = [normal_name(cell) for cell in cells]
        columns = {
            field: names.index(found)
            for field, accepted in COLUMNS.items()
            if (found := next((name for name in accepted if name in names), None))
        }
        place = _filled(file, delimiter, columns.get("url"))
        file.seek(begins)
        if place is not None and place < len(cells) and (len(cells) > 1 or "url" in columns):
            table = _Table(file, delimiter, {**columns, "url": place}, cells[place].strip())
            tables.append((place == columns.get("url"), len(cells), table))
    # What has the name of a column is more of a header than what has many parts.
    return max(tables, key=lambda found: found[:2])[2] if tables else None


def _filled(file: TextIO, delimiter: str, named: int | None) -> int | None:
    """The column that has addresses in the first rows: the named one if it has any."""
    counts: dict[int, int] = {}
    for line in islice(_read_lines(file), _SAMPLE):
        for place, cell in enumerate(next(csv.reader([line], delimiter=delimiter), [])):
            if is_address(cell.strip()):
                counts[place] = counts.get(place, 0) + 1
    if named is not None and (named in counts or not counts):
        return named
    return max(counts, key=lambda place: (counts[place], -place)) if counts else None


def _text(path: str, packed: bool) -> TextIO:
    encoding = _encoding(path, packed)
    opener = gzip.open if packed else open
    return cast("TextIO", opener(path, "rt", encoding=encoding, errors="replace"))


def _encoding(path: str, packed: bool) -> str:
    with gzip.open(path) if packed else Path(path).open("rb") as file:
        start = file.read(4)
    if start.startswith(b"\xff\xfe") or (len(start) > 1 and start[0] and not start[1]):
        return "utf-16-le"
    if start.startswith(b"\xfe\xff") or (len(start) > 1 and not start[0] and start[1]):
        return "utf-16-be"
    return "utf-8"


def _read_lines(file: TextIO) -> Iterator[str]:
    # Not the file's own iterator, under which its position cannot be told.
    return iter(lambda: file.readline(_LONGEST_LINE), "")


def _content(line: str) -> str:
    """What a line holds; empty if it is blank or a comment."""
    held = line.strip("\ufeff \t\r\n")
    return "" if held.startswith("#") else held
