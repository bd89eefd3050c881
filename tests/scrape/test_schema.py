"""Catalogues of earlier versions are brought to the present one."""

import sqlite3
from pathlib import Path

from lsgan.scrape.candidate import Candidate
from lsgan.scrape.catalogue import Catalogue
from lsgan.scrape.schema import APPLICATION, key_of
from lsgan.scrape.sources.source import Page
from tests.scrape.fakes import nothing

VERSION_4 = """
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
    address TEXT NOT NULL UNIQUE,             -- of the original, in one form
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
    copy_of INTEGER REFERENCES candidates
);
CREATE INDEX candidates_by_query ON candidates (query, state);
CREATE INDEX candidates_by_state ON candidates (state, turn);
CREATE INDEX candidates_by_digest ON candidates (sha256);
CREATE INDEX candidates_by_copy ON candidates (copy_of);
CREATE TABLE sightings (
    query INTEGER NOT NULL REFERENCES queries,
    candidate INTEGER NOT NULL REFERENCES candidates,
    PRIMARY KEY (query, candidate)
) WITHOUT ROWID;
"""
STATES = ("found", "chosen", "kept", "failed", "rejected", "duplicate", "filtered")


def old_catalogue(path: Path) -> None:
    database = sqlite3.connect(path)
    database.executescript(VERSION_4)
    database.execute("INSERT INTO queries (source, name, cursor) VALUES ('urls', 'list', 'null')")
    for number, state in enumerate(STATES, 1):
        address = f"example.org/{state}.jpg"
        empty = ("",) * 8
        reason = "server-error" if state == "failed" else ""
        turn = None if state in ("found", "filtered") else number
        database.execute(
            "INSERT INTO candidates (id, query, address, url, original, page, title, author,"
            " license, license_url, media_type, larger, others, state, reason, turn, phash)"
            " VALUES (?, 1, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '[]', ?, ?, ?, 5)",
            (number, address, f"https://{address}", *empty, state, reason, turn),
        )
        database.execute("INSERT INTO sightings VALUES (1, ?)", (number,))
    database.execute(f"PRAGMA application_id = {APPLICATION}")
    database.execute("PRAGMA user_version = 4")
    database.commit()
    database.close()


def test_a_catalogue_of_version_4_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    old_catalogue(path)
    for _ in range(2):  # the second time it is of this version already
        catalogue = Catalogue(path)
        assert {state: catalogue.count(state) for state in STATES} == dict.fromkeys(STATES, 1)
        assert [row["state"] for row in catalogue.waiting()] == ["chosen"]
        query = catalogue.query("urls", "list")
        # What it knows already is known, and nothing new to the query.
        page = Page([Candidate(f"http://example.org/{state}.jpg") for state in STATES], None)
        catalogue.add(query, page, nothing)
        assert catalogue.query("urls", "list").stale == query.stale + 1
        assert catalogue.value("SELECT count(*) FROM candidates") == len(STATES)
        catalogue.close()
    catalogue = Catalogue(path)
    assert catalogue.retry_failed() == 1
    catalogue.choose([1])
    assert (catalogue.count("found"), catalogue.count("failed"), catalogue.count("chosen")) == (
        1,
        0,
        2,
    )
    catalogue.close()


def test_tallies_are_what_a_count_would_give(catalogue: Catalogue) -> None:
    query = catalogue.query("urls", "list")
    page = Page([Candidate(f"https://example.org/{number}") for number in range(9)], None)
    catalogue.add(query, page, lambda one: ("aspect", "1") if one.url.endswith("8") else None)
    catalogue.choose([1, 2, 3, 4])
    catalogue.settle(1, "kept")
    catalogue.settle(2, "failed", "deadline")
    catalogue.settle(2, "failed", "connection")
    catalogue.settle(3, "rejected", "truncated")
    catalogue.settle(1, "removed", "by-hand")
    counted = catalogue.rows(
        "SELECT query, state, reason, count(*) AS number FROM candidates GROUP BY 1, 2, 3"
    )
    tallied = catalogue.rows("SELECT * FROM tallies WHERE number != 0 ORDER BY 1, 2, 3")
    assert [tuple(row) for row in tallied] == [tuple(row) for row in counted]


def test_addresses_with_the_same_key_are_two(catalogue: Catalogue, monkeypatch) -> None:
    monkeypatch.setattr("lsgan.scrape.catalogue.key_of", lambda _: key_of("same"))
    query = catalogue.query("urls", "list")
    catalogue.add(query, Page([Candidate("https://a.example/1")], None), nothing)
    catalogue.add(query, Page([Candidate("https://a.example/2")], None), nothing)
    catalogue.add(query, Page([Candidate("https://a.example/1")], None), nothing)
    assert catalogue.count("found") == 2


def test_no_query_of_a_scrape_looks_at_every_candidate(catalogue: Catalogue) -> None:
    asked: list[str] = []
    catalogue._database.set_trace_callback(asked.append)
    query = catalogue.query("urls", "list")
    page = Page([Candidate(f"https://example.org/{number}") for number in range(9)], {"x": 1})
    catalogue.add(query, page, nothing)
    catalogue.choose([1, 2])
    catalogue.settle(1, "failed", "deadline")
    catalogue.retry_failed()
    catalogue.waiting()
    catalogue.count("kept")
    catalogue.rows("SELECT id FROM candidates WHERE query = 1 AND state = 'found' AND id > 0")
    catalogue._database.set_trace_callback(None)
    selects = [one for one in asked if one.startswith(("SELECT", "UPDATE"))]
    assert len(selects) > 10
    for statement in selects:
        for step in catalogue.rows(f"EXPLAIN QUERY PLAN {statement}"):
            assert not step["detail"].startswith("SCAN candidates"), statement
