import json
from pathlib import Path

from lsgan.config import ScrapeSection
from lsgan.scrape.catalogue import Catalogue
from lsgan.scrape.filters import Filters
from lsgan.scrape.finder import Finder
from lsgan.scrape.report import MEANINGS, Report, report
from lsgan.scrape.sources.source import SourceError
from tests.scrape.fakes import FakeSource


def reported(
    catalogue: Catalogue, *sources: FakeSource, count: int = 10, interrupted: bool = False
) -> Report:
    """The report after every candidate was kept whose name begins with k."""
    settings = ScrapeSection(out="data/here", count=count)
    finder = Finder(catalogue, sources, Filters(settings), lambda _: None)
    for number in finder.choose(count):
        [row] = catalogue.rows("SELECT url FROM candidates WHERE id = ?", number)
        kept = row["url"].rpartition("/")[2].startswith("k")
        catalogue.settle(number, *(("kept",) if kept else ("failed", "deadline", "after 60 s")))
    hosts = {"example.org": {"requests": 3, "bytes": 2_500_000, "seconds_waited": 1.0}}
    return report(catalogue, finder, settings, hosts, 12.3456, interrupted)


def test_every_candidate_is_accounted_for(catalogue: Catalogue, tmp_path: Path) -> None:
    result = reported(
        catalogue,
        FakeSource("commons", {"search a": [["k1", "k2", "x1"]]}),
        FakeSource("openverse", {"search a": [["x2", "x3", "k3"]]}),
    )
    assert (result.found, result.kept) == (6, 3)
    assert result.losses == [
        {"source": "commons", "state": "failed", "reason": "deadline", "count": 1},
        {"source": "openverse", "state": "failed", "reason": "deadline", "count": 2},
    ]
    text = str(result)
    assert text.startswith("3 of 10: sources exhausted\n")
    assert f"deadline                3  {MEANINGS['deadline']}" in text
    assert "2.5 MB in 12 s" in text
    result.write(tmp_path / "report.json")
    written = json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))
    assert written["verdict"] == "3 of 10: sources exhausted"
    assert (written["kept"], written["asked"], written["seconds"]) == (3, 10, 12.35)
    assert written["hosts"]["example.org"]["requests"] == 3


def test_the_end_is_said_in_one_line(catalogue: Catalogue) -> None:
    source = FakeSource("commons", {"search a": [["k1", "k2", "k3"]]})
    enough = reported(catalogue, source, count=2)
    assert enough.verdict() == "2 of 2: complete"
    assert "not needed         1" in str(enough)


def test_sources_that_are_held_up_are_named(catalogue: Catalogue) -> None:
    blocked = FakeSource("baidu", {"search a": [SourceError("blocked", "Forbid spider access")]})
    result = reported(catalogue, FakeSource("commons", {"search a": [["k1"]]}), blocked)
    assert result.verdict() == "1 of 10: sources exhausted or held up (baidu blocked)"
    assert "baidu, search a: blocked: Forbid spider access" in str(result)


def test_an_interruption_is_said(catalogue: Catalogue) -> None:
    source = FakeSource("commons", {"search a": [["k1"]]})
    result = reported(catalogue, source, interrupted=True)
    assert result.verdict() == "1 of 10: stopped; the same command goes on"
