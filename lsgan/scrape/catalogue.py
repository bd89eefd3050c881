"""The catalogue: every candidate once, with what has become of it and why.

A SQLite file in write-ahead mode. Each change is one transaction, so that the file is sound and
tells the truth after a kill at any moment.

    found ──▶ chosen ──▶ fetched ──▶ kept (──▶ removed, when its file was deleted by hand)
      │          │           ├─────▶ duplicate, of a kept one
      ▼          ▼           ▼
    filtered   refused, rejected, failed

A candidate is filtered by what its source tells, before it is fetched; refused where a rule
forbids it; rejected when what came is no use; failed when another try may do better.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

from lsgan.scrape.candidate import Candidate
from lsgan.scrape.database import Database, Row
from lsgan.scrape.schema import key_of
from lsgan.scrape.sources.source import Cursor, Page

State = Literal[
    "found",
    "chosen",
    "fetched",
    "kept",
    "removed",
    "duplicate",
    "filtered",
    "refused",
    "rejected",
    "failed",
]


@dataclass(frozen=True)
class Query:
    """How far one query through a source has come."""

    id: int
    source: str
    name: str
    cursor: Cursor | None
    ending: str
    stale: int


# Candidates read at a time where there may be millions.
_PART = 1000

# Says of a candidate whether it is to be filtered: the reason and the detail, or None.
Filter = Callable[[Candidate], tuple[str, str] | None]


class Catalogue(Database):
    """The catalogue in the file `path`, made if need be; for one thread.

    Raises:
        DataError: if the file is something else or damaged.
        OutputError: here and in every method that writes, if the disk is full or the operating
            system refuses.
    """

    # Queries.

    def query(self, source: str, name: str) -> Query:
        """The query `name` through `source`, entered if it is new."""
        asked = "SELECT * FROM queries WHERE source = ? AND name = ?"
        if not (rows := self.rows(asked, source, name)):
            self.insert("queries", source=source, name=name)
            rows = self.rows(asked, source, name)
        [row] = rows
        cursor = json.loads(row["cursor"]) if row["cursor"] else None
        return Query(row["id"], source, name, cursor, row["ending"], row["stale"])

    def end(self, query: Query, ending: str, detail: str = "") -> None:
        """Enter that a query does not go on now."""
        self.execute(
            "UPDATE queries SET ending = ?, detail = ? WHERE id = ?", ending, detail, query.id
        )

    def add(self, query: Query, page: Page, unwanted: Filter) -> None:
        """Enter a page of a query: its candidates, and where the next one begins."""
        with self.transaction():
            fresh = sum(self._enter(query, candidate, unwanted) for candidate in page.candidates)
            self.execute(
                "UPDATE queries SET cursor = ?, stale = ?, pages = pages + 1 WHERE id = ?",
                *(json.dumps(page.cursor), 0 if fresh else query.stale + 1, query.id),
            )

    def _enter(self, query: Query, candidate: Candidate, unwanted: Filter) -> bool:
        """Enter a candidate if it is new, else its licence if it had none; is it new to the query?

        A candidate is known to the query that found it first without a sighting.
        """
        told = {name: _storable(value) for name, value in vars(candidate).items()}
        told["others"] = json.dumps(candidate.others) if candidate.others else "[]"
        told["told_width"], told["told_height"] = told.pop("width"), told.pop("height")
        address = _storable(normal_address(candidate.original or candidate.url))
        key = key_of(address)
        known = self.rows(
            "SELECT id, query, license FROM candidates WHERE address_key = ? AND address = ?",
            *(key, address),
        )
        if not known:
            reason = unwanted(candidate)
            self.insert(
                "candidates",
                **told,
                query=query.id,
                address=address,
                address_key=key,
                state="filtered" if reason else "found",
                reason=reason[0] if reason else "",
                detail=reason[1] if reason else "",
            )
            return True
        number = int(known[0]["id"])
        if candidate.license and not known[0]["license"]:
            self.execute(
                "UPDATE candidates SET page = ?, title = ?, author = ?, license = ?,"
                " license_url = ? WHERE id = ?",
                *(told[name] for name in ("page", "title", "author", "license", "license_url")),
                number,
            )
        if known[0]["query"] == query.id:
            return False
        return bool(self.execute("INSERT OR IGNORE INTO sightings VALUES (?, ?)", query.id, number))

    def reopen(self, queries: Sequence[Query], finished_too: bool) -> None:
        """Let queries go on that were held up; with `finished_too` the others begin anew."""
        with self.transaction():
            for query in queries:
                if query.ending and (finished_too or query.ending != "exhausted"):
                    self.execute(
                        "UPDATE queries SET ending = '', detail = '', stale = 0 WHERE id = ?",
                        query.id,
                    )
                if query.ending == "exhausted" and finished_too:
                    self.execute("UPDATE queries SET cursor = NULL WHERE id = ?", query.id)

    # Candidates.

    def filter_again(self, unwanted: Filter, told: str) -> None:
        """Sort what waits and what was filtered by the filters of today.

        Args:
            unwanted: the filters.
            told: the filters in words; nothing is done if they are those of the last time.
        """
        if self.note("filters") == told:
            return
        with self.transaction():
            for rows in self._in_parts("state IN ('found', 'filtered')"):
                for row in rows:
                    reason = unwanted(candidate_of(row))
                    state: State = "filtered" if reason else "found"
                    why, detail = reason or ("", "")
                    if (state, why, detail) != (row["state"], row["reason"], row["detail"]):
                        self.settle(row["id"], state, why, detail)
            self.write_note("filters", told)

    def _in_parts(self, condition: str) -> Iterator[list[Row]]:
        """The candidates that meet a condition, so many at a time; they may be written between."""
        last = 0
        while rows := self.rows(
            f"SELECT * FROM candidates WHERE id > ? AND {condition} ORDER BY id LIMIT {_PART}", last
        ):
            yield rows
            last = rows[-1]["id"]

    def retry_failed(self) -> int:
        """Let every candidate wait again that failed; return how many."""
        return self.execute(
            "UPDATE candidates SET state = 'found', reason = '', detail = '', turn = NULL"
            " WHERE state = 'failed' AND turn IS NOT NULL"
        )

    def choose(self, ids: Sequence[int]) -> None:
        """Have these candidates be fetched next, and judged in this order."""
        with self.transaction():
            first = self.value(
                "SELECT coalesce(max(turn), 0) + 1 FROM candidates WHERE turn IS NOT NULL"
            )
            for turn, number in enumerate(ids, first):
                self.execute(
                    "UPDATE candidates SET state = 'chosen', turn = ? WHERE id = ?", turn, number
                )

    def settle(self, number: int, state: State, reason: str = "", detail: str = "") -> None:
        """Enter what has become of a candidate."""
        self.execute(
            "UPDATE candidates SET state = ?, reason = ?, detail = ? WHERE id = ?",
            *(state, reason, _storable(detail), number),
        )

    def count(self, state: State) -> int:
        """How many candidates are in a state."""
        return int(
            self.value("SELECT coalesce(sum(number), 0) FROM tallies WHERE state = ?", state)
        )

    def candidates(self, ids: Sequence[int]) -> list[Row]:
        """Candidates by their ids, in their turns."""
        marks = ", ".join("?" * len(ids))
        return self.rows(f"SELECT * FROM candidates WHERE id IN ({marks}) ORDER BY turn", *ids)

    def waiting(self) -> list[Row]:
        """The candidates that are chosen or fetched, in their turns."""
        return self.rows(
            "SELECT * FROM candidates WHERE state IN ('chosen', 'fetched') AND turn IS NOT NULL"
            " ORDER BY turn"
        )

    # Notes.

    def note(self, name: str) -> str:
        """What was written under a name; empty if nothing was."""
        rows = self.rows("SELECT value FROM notes WHERE name = ?", name)
        return str(rows[0]["value"]) if rows else ""

    def write_note(self, name: str, value: str) -> None:
        """Write something under a name, in place of what was there."""
        self.execute("INSERT OR REPLACE INTO notes VALUES (?, ?)", name, value)


def candidate_of(row: Row) -> Candidate:
    """A row of the table of candidates as its source told it."""
    return Candidate(
        **{name: row[name] for name in ("url", "original", "page", "title", "author")},
        **{name: row[name] for name in ("license", "license_url", "media_type", "larger")},
        others=tuple(json.loads(row["others"])),
        width=row["told_width"],
        height=row["told_height"],
    )


def _storable(value: Any) -> Any:
    """A text from a stranger without the halves of characters that no file can hold."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else value


def normal_address(url: str) -> str:
    """One form for the addresses of one thing: without scheme and fragment, the host in lower case.

    An address that cannot be read stands for itself.
    """
    try:
        parts = urlsplit(url)
        port = f":{parts.port}" if parts.port not in (None, 80, 443) else ""
        host = (parts.hostname or "").lower()
    except ValueError:
        return url
    if not host:
        return url
    query = f"?{parts.query}" if parts.query else ""
    return f"{host}{port}{parts.path or '/'}{query}"
