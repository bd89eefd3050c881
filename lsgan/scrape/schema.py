"""The tables of the catalogue, and how the tables of earlier versions become them.

Most of the columns of a candidate are looked at once in its life. Indexes hold only the rows that
somebody asks for, so that entering the ten-millionth candidate costs what entering the first does.
"""

import hashlib
import sqlite3

# "lsgs" in ASCII, so that another program's database is told apart.
APPLICATION = 0x6C736773
VERSION = 5

_TABLES = """
CREATE TABLE queries (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    name TEXT NOT NULL,
    cursor TEXT,                        -- where its next page begins, JSON
    ending TEXT NOT NULL DEFAULT '',    -- empty while it can go on
    detail TEXT NOT NULL DEFAULT '',
    pages INTEGER NOT NULL DEFAULT 0,
    stale INTEGER NOT NULL DEFAULT 0,   -- pages in a row without anything new to it
    UNIQUE (source, name)
);
CREATE TABLE candidates (
    id INTEGER PRIMARY KEY,
    query INTEGER NOT NULL REFERENCES queries,   -- the first that found it
    address TEXT NOT NULL,     -- of the original, in one form
    url TEXT NOT NULL,
    original TEXT NOT NULL,
    page TEXT NOT NULL,
    title TEXT NOT NULL,
    author TEXT NOT NULL,
    license TEXT NOT NULL,
    license_url TEXT NOT NULL,
    told_width INTEGER,
    told_height INTEGER,
    media_type TEXT NOT NULL,
    others TEXT NOT NULL,      -- further addresses of the same, JSON
    larger TEXT NOT NULL,      -- of a page that may show it larger
    state TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    detail TEXT NOT NULL DEFAULT '',
    turn INTEGER,              -- its place in the order in which candidates are judged
    bytes INTEGER,
    sha256 TEXT,
    width INTEGER,
    height INTEGER,
    format TEXT,
    phash INTEGER,             -- 64 bits, signed
    thumbnail BLOB,            -- 3 times 32 by 32 bytes, to compare near copies by
    copy_of INTEGER REFERENCES candidates,
    address_key INTEGER NOT NULL DEFAULT 0       -- `key_of` the address
);
CREATE TABLE sightings (       -- of candidates that another query had found before
    query INTEGER NOT NULL REFERENCES queries,
    candidate INTEGER NOT NULL REFERENCES candidates,
    PRIMARY KEY (query, candidate)
) WITHOUT ROWID;
"""
_LATER_TABLES = """
CREATE TABLE tallies (         -- how many candidates of a query are in a state for a reason
    query INTEGER NOT NULL REFERENCES queries,
    state TEXT NOT NULL,
    reason TEXT NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (query, state, reason)
) WITHOUT ROWID;
CREATE TABLE unneeded (        -- files of images that are kept no more, until they are deleted
    file TEXT PRIMARY KEY
) WITHOUT ROWID;
CREATE TABLE notes (           -- of the whole catalogue, by name
    name TEXT PRIMARY KEY,
    value TEXT NOT NULL
) WITHOUT ROWID;
"""
_INDEXES = """
CREATE INDEX candidates_by_address ON candidates (address_key);
CREATE INDEX candidates_found ON candidates (query) WHERE state = 'found';
CREATE INDEX candidates_by_state ON candidates (state, turn) WHERE turn IS NOT NULL;
CREATE INDEX candidates_by_turn ON candidates (turn) WHERE turn IS NOT NULL;
CREATE INDEX candidates_by_hash ON candidates (state, phash) WHERE state IN ('kept', 'removed');
CREATE INDEX candidates_by_digest ON candidates (sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX candidates_by_copy ON candidates (copy_of) WHERE copy_of IS NOT NULL;
"""
_ADD = """
    INSERT INTO tallies VALUES (new.query, new.state, new.reason, 1)
        ON CONFLICT DO UPDATE SET number = number + 1"""
_TRIGGERS = (
    f"CREATE TRIGGER candidate_entered AFTER INSERT ON candidates BEGIN {_ADD}; END",
    f"""CREATE TRIGGER candidate_changed AFTER UPDATE OF state, reason ON candidates
    WHEN old.state != new.state OR old.reason != new.reason BEGIN
    UPDATE tallies SET number = number - 1
        WHERE query = old.query AND state = old.state AND reason = old.reason; {_ADD}; END""",
)
_FROM_4 = """
DROP INDEX candidates_by_query;
DROP INDEX candidates_by_state;
DROP INDEX candidates_by_digest;
DROP INDEX candidates_by_copy;
ALTER TABLE candidates ADD COLUMN address_key INTEGER NOT NULL DEFAULT 0;
UPDATE candidates SET address_key = key_of(address);
"""
_COUNT = """
INSERT INTO tallies SELECT query, state, reason, count(*) FROM candidates GROUP BY 1, 2, 3;
"""


def key_of(address: str) -> int:
    """64 bits, signed, that stand for an address in the index; two may have the same."""
    digest = hashlib.blake2b(address.encode(errors="replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def create(database: sqlite3.Connection) -> None:
    """Make the tables in an empty file, within a transaction of the caller's."""
    _run(database, _TABLES, _LATER_TABLES, _INDEXES)
    _finish(database)


def upgrade(database: sqlite3.Connection) -> None:
    """Bring the tables of version 4 to this one, within a transaction of the caller's."""
    database.create_function("key_of", 1, key_of, deterministic=True)
    _run(database, _FROM_4, _LATER_TABLES, _INDEXES, _COUNT)
    _finish(database)


def _run(database: sqlite3.Connection, *scripts: str) -> None:
    for script in scripts:
        for statement in script.split(";\n"):
            database.execute(statement)


def _finish(database: sqlite3.Connection) -> None:
    for trigger in _TRIGGERS:
        database.execute(trigger)
    database.execute(f"PRAGMA application_id = {APPLICATION}")
    database.execute(f"PRAGMA user_version = {VERSION}")
