"""Files with addresses in them: the way in for everything that is no source of its own."""

from __future__ import annotations

import csv
import zlib
from contextlib import ExitStack
from typing import TYPE_CHECKING

from lsgan.config import ScrapeSection
from lsgan.errors import DataError
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.sources.source import Cursor, Page, Source, SourceError
from lsgan.scrape.sources.url_list import UrlList, opened
from lsgan.scrape.sources.url_row import is_address

if TYPE_CHECKING:
    from lsgan.scrape.client import Client

_PAGE_SIZE = 200
# What the readers of tables, of JSON and of gzip raise.
_BROKEN = (ValueError, EOFError, RecursionError, csv.Error, zlib.error)
_REMEDY = (
    "scrape.url_files names text files with addresses, tables (CSV, TSV) with a column of them, or "
    "JSON with a field of them."
)


class Urls(Source):
    """Lists of addresses.

    Args:
        client: is not asked: the files are the user's own.
        settings: the files' paths, relative to the working directory.
    """

    name = "urls"

    def __init__(self, client: Client, settings: ScrapeSection) -> None:
        del client
        self._settings = settings
        # What is packed, or JSON in one piece, would be read again from its beginning.
        self._kept: dict[str, tuple[ExitStack, UrlList]] = {}
        self._columns: dict[str, str] = {}

    def queries(self) -> list[str]:
        """The files' paths.

        Raises:
            DataError: if one cannot be read, or holds no address.
        """
        paths = list(dict.fromkeys(self._settings.url_files))
        for path in paths:
            self._column(path)
        return paths

    def address(self, query: str) -> str:
        """The file's path, and what in it the addresses are taken from."""
        column = self._column(query)
        return f"{query}, column {column}" if column else query

    def page(self, query: str, cursor: Cursor | None) -> Page:
        """The next 200 addresses of a file; what is no address is a candidate too."""
        try:
            kept = query in self._kept
            closing, urls = self._kept.pop(query) if kept else _opened(query)
            with closing:
                offset = cursor["offset"] if cursor else None
                if offset is not None and offset != urls.tell():
                    urls.seek(offset)
                found: list[Candidate] = []
                for row in urls.rows():
                    found += row
                    # One row more would move the position.
                    if len(found) >= _PAGE_SIZE:
                        break
                if len(found) < _PAGE_SIZE:
                    return Page(found, None)
                self._kept[query] = (closing.pop_all(), urls)
                return Page(found, {"offset": urls.tell()})
        except (OSError, *_BROKEN) as error:
            # The file was sound when the queries were named.
            raise SourceError("changed", f"{query}: {error}") from error

    def _column(self, path: str) -> str:
        """As `_column` says; the file is looked at once."""
        if path not in self._columns:
            self._columns[path] = _column(path)
        return self._columns[path]


def _opened(path: str) -> tuple[ExitStack, UrlList]:
    closing = ExitStack()
    return closing, closing.enter_context(opened(path))


def _column(path: str) -> str:
    """What the addresses of a file are taken from; empty if it is plain text."""
    try:
        with opened(path) as urls:
            column = urls.column
            found = any(is_address(candidate.url) for row in urls.rows() for candidate in row)
    except OSError as error:
        raise DataError(f"cannot read {path}: {error.strerror or error}", _REMEDY) from error
    except _BROKEN as error:
        raise DataError(f"cannot read {path}: {error}", _REMEDY) from error
    if not found:
        raise DataError(f"there is no http or https address in {path}", _REMEDY)
    return column
