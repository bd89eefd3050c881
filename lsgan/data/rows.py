"""Reading tables that others have written, in which a bad line costs only itself."""

import contextlib
import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_LISTED = 10  # lines that a message names


@dataclass
class Rows:
    """The rows of a table.

    Attributes:
        found: each row.
        bad: the numbers of the lines that are none, from 1.
    """

    found: list[dict[str, Any]] = field(default_factory=list)
    bad: list[int] = field(default_factory=list)

    def complaint(self) -> str:
        """Which lines cannot be read, in words; "" if all can."""
        if not self.bad:
            return ""
        named = ", ".join(map(str, self.bad[:_LISTED]))
        more = f" and {len(self.bad) - _LISTED} more" if len(self.bad) > _LISTED else ""
        return f"line{'s' if len(self.bad) > 1 else ''} {named}{more} cannot be read"


def json_value(text: str) -> Any:
    """What the JSON in `text` stands for.

    Raises:
        ValueError: if it is no JSON, or more deeply nested than can be read.
    """
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError("it is no JSON that can be read") from error


def json_rows(path: Path) -> Rows:
    """The objects in a JSON Lines file; empty lines do not count.

    Raises:
        OSError: if it cannot be read.
    """
    rows = Rows()
    with path.open(encoding="utf-8-sig", errors="replace", newline="\n") as file:
        for number, line in enumerate(file, 1):
            with contextlib.suppress(ValueError):
                row = json_value(line)
                if isinstance(row, dict):
                    rows.found.append(row)
                    continue
            if line.strip():
                rows.bad.append(number)
    return rows


def csv_rows(path: Path) -> Rows:
    """The rows of a CSV file whose first line names the columns.

    A row with more cells than there are columns is a bad line, since none of them can be trusted.

    Raises:
        OSError: if it cannot be read.
    """
    rows = Rows()
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        reader = csv.reader(file)
        cells = _cells(reader, rows)
        names = next(cells, [])
        for row in cells:
            if len(row) > len(names):
                rows.bad.append(reader.line_num)
            elif row:
                rows.found.append(dict(zip(names, row, strict=False)))
    return rows


def _cells(reader: Any, rows: Rows) -> Iterator[list[str]]:
    """The cells of each line that `reader`, one of the module csv, can read."""
    while True:
        try:
            yield next(reader)
        except StopIteration:
            return
        except csv.Error:
            rows.bad.append(reader.line_num)
