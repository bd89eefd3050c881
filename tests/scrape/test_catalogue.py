import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from lsgan.errors import DataError, OutputError
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.catalogue import Catalogue, normal_address
from lsgan.scrape.sources.source import Page
from tests.scrape.fakes import nothing


def page(*names: str, cursor: dict[str, int] | None = None) -> Page:
    return Page([Candidate(url=f"https://example.org/{name}.jpg") for name in names], cursor)


def addresses(catalogue: Catalogue, state: str) -> list[str]:
    rows = catalogue.rows("SELECT url FROM candidates WHERE state = ? ORDER BY id", state)
    return [Path(row["url"]).stem for row in rows]


def test_a_candidate_is_entered_once_whoever_finds_it(catalogue: Catalogue) -> None:
    one, two = catalogue.query("commons", "search a"), catalogue.query("openverse", "search a")
    catalogue.add(one, page("a", "b"), nothing)
    same = Candidate(
        url="https://thumbs.example.org/a-500.jpg",
        original="http://EXAMPLE.org/a.jpg#top",
        license="CC BY 4.0",
        author="Anna",
    )
    catalogue.add(two, Page([same], None), nothing)
    assert addresses(catalogue, "found") == ["a", "b"]
    [row] = catalogue.rows("SELECT * FROM candidates WHERE id = 1")
    # The licence that the first source did not tell is taken from the second.
    assert (row["license"], row["author"], row["query"]) == ("CC BY 4.0", "Anna", one.id)


def test_half_a_character_in_a_title_is_no_trouble(catalogue: Catalogue) -> None:
    bad = Candidate(url="https://example.org/\ud800.jpg", title="Kanas \udfff lake")
    catalogue.add(catalogue.query("commons", "search a"), Page([bad], {"x": "\ud800"}), nothing)
    [row] = catalogue.rows("SELECT url, title FROM candidates")
    assert row["title"] == "Kanas ? lake"


def test_a_walk_goes_on_where_it_was(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    catalogue = Catalogue(path)
    query = catalogue.query("commons", "search a")
    assert (query.cursor, query.ending) == (None, "")
    catalogue.add(query, page("a", cursor={"offset": 50}), nothing)
    catalogue.close()
    again = Catalogue(path)
    assert again.query("commons", "search a").cursor == {"offset": 50}
    again.close()


def test_pages_with_nothing_new_to_the_walk_are_counted(catalogue: Catalogue) -> None:
    def turn(name: str, *names: str) -> int:
        query = catalogue.query("commons", name)
        catalogue.add(query, page(*names, cursor={}), nothing)
        return catalogue.query("commons", name).stale

    assert turn("one", "a", "b") == 0
    # What another query has found is new to this one.
    assert turn("two", "a", "b") == 0
    assert turn("two", "a", "b") == 1
    assert turn("two") == 2
    assert turn("two", "c") == 0


def test_filters_are_applied_on_entry_and_again(catalogue: Catalogue) -> None:
    def no_b(candidate: Candidate) -> tuple[str, str] | None:
        return ("aspect", "1.0") if "b.jpg" in candidate.url else None

    catalogue.add(catalogue.query("urls", "list"), page("a", "b", "c"), no_b)
    assert addresses(catalogue, "found") == ["a", "c"]
    assert addresses(catalogue, "filtered") == ["b"]
    catalogue.filter_again(lambda c: None if "b.jpg" in c.url else ("license", ""), "b alone")
    assert addresses(catalogue, "found") == ["b"]
    assert addresses(catalogue, "filtered") == ["a", "c"]


def test_the_order_of_choice_is_the_order_of_turns(catalogue: Catalogue) -> None:
    catalogue.add(catalogue.query("urls", "list"), page("a", "b", "c"), nothing)
    catalogue.choose([2, 1])
    catalogue.choose([3])
    rows = catalogue.rows("SELECT id FROM candidates WHERE state = 'chosen' ORDER BY turn")
    assert [row["id"] for row in rows] == [2, 1, 3]


def test_what_failed_waits_again_on_request(catalogue: Catalogue) -> None:
    catalogue.add(catalogue.query("urls", "list"), page("a", "b"), nothing)
    catalogue.choose([1, 2])
    catalogue.settle(1, "failed", "deadline", "after 60 s")
    catalogue.settle(2, "rejected", "truncated")
    assert catalogue.retry_failed() == 1
    assert addresses(catalogue, "found") == ["a"]
    assert addresses(catalogue, "rejected") == ["b"]


def test_walks_that_were_held_up_go_on_and_dry_ones_on_request(catalogue: Catalogue) -> None:
    queries = []
    for name, ending in (("one", "blocked"), ("two", "exhausted")):
        query = catalogue.query("commons", name)
        catalogue.add(query, page(name, cursor={"page": 2}), nothing)
        catalogue.end(query, ending, "why")
        queries.append(catalogue.query("commons", name))
    catalogue.reopen(queries, finished_too=False)
    assert catalogue.query("commons", "one").ending == ""
    assert catalogue.query("commons", "one").cursor == {"page": 2}
    assert catalogue.query("commons", "two").ending == "exhausted"
    catalogue.reopen(queries, finished_too=True)
    assert catalogue.query("commons", "two").ending == ""
    assert catalogue.query("commons", "two").cursor is None


def test_a_transaction_is_all_or_nothing(catalogue: Catalogue) -> None:
    catalogue.add(catalogue.query("urls", "list"), page("a"), nothing)
    with pytest.raises(ZeroDivisionError), catalogue.transaction():
        catalogue.settle(1, "kept")
        raise ZeroDivisionError
    assert catalogue.count("kept") == 0


def test_a_killed_writer_leaves_a_sound_catalogue(tmp_path: Path) -> None:
    code = (
        "import os, sys, pathlib\n"
        "from lsgan.scrape.catalogue import Catalogue\n"
        "from lsgan.scrape.candidate import Candidate\n"
        "from lsgan.scrape.sources.source import Page\n"
        "catalogue = Catalogue(pathlib.Path(sys.argv[1]))\n"
        "query = catalogue.query('urls', 'list')\n"
        "one = Candidate('https://example.org/a.jpg')\n"
        "catalogue.add(query, Page([one], None), lambda c: None)\n"
        "with catalogue.transaction():\n"
        "    catalogue.settle(1, 'kept')\n"
        "    os._exit(9)\n"
    )
    path = tmp_path / "catalogue.sqlite"
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == 9
    catalogue = Catalogue(path)
    assert addresses(catalogue, "found") == ["a"]
    assert catalogue.rows("PRAGMA integrity_check")[0][0] == "ok"
    catalogue.close()


def test_other_files_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.sqlite"
    path.write_text("no database, but long enough to be looked at" * 100)
    with pytest.raises(DataError, match="no catalogue or is damaged"):
        Catalogue(path)
    path.unlink()
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE queries (x)")
    other.commit()
    other.close()
    with pytest.raises(DataError, match="of another program"):
        Catalogue(path)
    path.unlink()
    Catalogue(path).close()
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 99")
    newer.close()
    with pytest.raises(DataError, match="another version"):
        Catalogue(path)


def test_a_folder_that_is_missing_is_said(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="cannot write"):
        Catalogue(tmp_path / "missing" / "catalogue.sqlite")


@pytest.mark.skipif(os.name == "nt", reason="limits of file size are POSIX ones")
def test_a_full_disk_is_said_and_what_was_committed_stays(tmp_path: Path) -> None:
    code = (
        "import resource, signal, sys, pathlib\n"
        "from lsgan.scrape.catalogue import Catalogue\n"
        "from lsgan.scrape.candidate import Candidate\n"
        "from lsgan.scrape.sources.source import Page\n"
        "from lsgan.errors import OutputError\n"
        "catalogue = Catalogue(pathlib.Path(sys.argv[1]))\n"
        "query = catalogue.query('urls', 'list')\n"
        "one = Candidate('https://example.org/a.jpg')\n"
        "catalogue.add(query, Page([one], None), lambda c: None)\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))\n"
        "many = [Candidate(f'https://example.org/{i}.jpg', title='x' * 900) for i in range(999)]\n"
        "try:\n"
        "    catalogue.add(query, Page(many, None), lambda c: None)\n"
        "except OutputError as error:\n"
        "    print(error)\n"
    )
    path = tmp_path / "catalogue.sqlite"
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], check=True, capture_output=True, text=True
    )
    assert "cannot write" in done.stdout
    assert "run the same command again" in done.stdout
    catalogue = Catalogue(path)
    assert addresses(catalogue, "found") == ["a"]
    catalogue.close()


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://example.org/a.jpg", "https://Example.ORG:443/a.jpg#x"),
        ("https://example.org", "http://example.org/"),
    ],
)
def test_two_forms_of_one_address_are_one(one: str, other: str) -> None:
    assert normal_address(one) == normal_address(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/a.jpg", "https://example.org/A.jpg"),
        ("https://example.org/a?b=1", "https://example.org/a?b=2"),
        ("https://example.org:8080/a", "https://example.org/a"),
        ("no address", "another"),
        ("http://[broken/a", "http://[broken/b"),
    ],
)
def test_different_addresses_stay_different(one: str, other: str) -> None:
    assert normal_address(one) != normal_address(other)
