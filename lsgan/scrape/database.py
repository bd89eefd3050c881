"""The SQLite file of the catalogue: its transactions, its errors."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lsgan.errors import DataError, OutputError
from lsgan.scrape import schema

Row = sqlite3.Row

# Pages of the file that are held in memory, in kibibytes.
_CACHE = 32_768


class Database:
    """The file `path`, made if need be; for one thread.

    Raises:
        DataError: if the file is something else or damaged.
        OutputError: here and in every method that writes, if the disk is full or the operating
            system refuses.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._translated():
            self._database = sqlite3.connect(path, isolation_level=None)
            self._database.row_factory = sqlite3.Row
            self._open()

    def _open(self) -> None:
        version = self.value("PRAGMA user_version")
        tables = self.value("SELECT count(*) FROM sqlite_master")
        if tables and self.value("PRAGMA application_id") != schema.APPLICATION:
            raise self._foreign("of another program")
        if version not in (0, 4, schema.VERSION):
            raise self._foreign(f"of another version of lsgan ({version})")
        self._database.execute("PRAGMA journal_mode = WAL")
        # In write-ahead mode this can lose the last changes in a power cut, never the file.
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(f"PRAGMA cache_size = -{_CACHE}")
        if version != schema.VERSION:
            with self.transaction():
                (schema.upgrade if version else schema.create)(self._database)

    def _foreign(self, what: str) -> DataError:
        return DataError(f"{self.path} is {what}", "Choose another folder with --out.")

    def close(self) -> None:
        """Close the file; what has been committed is in it."""
        self._database.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise OutputError(
                    f"cannot write {self.path}: {error}",
                    "Free some space or mend the permissions, and run the same command again.",
                ) from error
            raise DataError(
                f"{self.path} is no catalogue or is damaged: {error}",
                "Move it away, or choose another folder with --out.",
            ) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All changes within this, or none of them."""
        with self._translated():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._database.execute("COMMIT")
            except BaseException:
                if self._database.in_transaction:
                    self._database.execute("ROLLBACK")
                raise

    def rows(self, query: str, *values: Any) -> list[Row]:
        """The rows that a SELECT gives."""
        with self._translated():
            return self._database.execute(query, values).fetchall()

    def each(self, query: str, *values: Any) -> Iterator[Row]:
        """The same one by one, where there may be very many; write nothing meanwhile."""
        with self._translated():
            yield from self._database.execute(query, values)

    def execute(self, statement: str, *values: Any) -> int:
        """Change rows, in a transaction of its own unless one is open; return how many."""
        with self._translated():
            return self._database.execute(statement, values).rowcount

    def value(self, query: str, *values: Any) -> Any:
        """The one value that a SELECT gives."""
        return self.rows(query, *values)[0][0]

    def insert(self, table: str, **values: Any) -> int:
        """Add a row and return its id."""
        names, marks = ", ".join(values), ", ".join("?" * len(values))
        with self._translated():
            cursor = self._database.execute(
                f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values())
            )
        assert cursor.lastrowid is not None
        return cursor.lastrowid
