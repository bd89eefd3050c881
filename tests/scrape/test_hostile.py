"""The whole scraper against a hostile server: every candidate ends in its named state."""

from pathlib import Path

import pytest

from lsgan.config import ScrapeSection
from lsgan.io.files import read_lines
from lsgan.scrape.catalogue import Catalogue
from lsgan.scrape.job import Outcome, scrape
from lsgan.scrape.sources import baidu, bing
from tests.scrape.hostile import Hostile

GOOD = ("kept", "duplicate")  # several paths serve the same image

STATES = {
    "/good/50.jpg": "kept",
    "/short-body": "failed: short-body",
    "/broken-chunks": "failed: short-body",
    "/endless-chunked": "rejected: too-large",
    "/drip": "failed: too-slow",
    "/drip-headers": "failed: deadline",
    "/gzip-bomb": "rejected: too-large",
    "/encoded?how=unknown": "rejected: bad-encoding",
    "/encoded?how=gzip": "rejected: not-an-image",
    "/redirect-loop": "rejected: too-many-redirects",
    "/redirect-private": "refused: private-address",
    "/redirect-file": "refused: bad-url",
    "/redirects/5": GOOD,
    "/redirects/6": "rejected: too-many-redirects",
    "/429-seconds": GOOD,
    "/429-date": GOOD,
    "/429-nothing": GOOD,
    "/503-then-fine": GOOD,
    "/reset": "failed: short-body",
    "/html.jpg": "rejected: not-an-image",
    "/empty.jpg": "rejected: empty",
    "/pixel-bomb.png": "rejected: too-many-pixels",
    "/truncated.jpg": "rejected: truncated",
    "/wrong-type": "kept",
    "/animated.gif": "kept",
    "/cmyk.jpg": "kept",
    "/rotated.jpg": "kept",
    "/names/..%2F..%2Fetc%2Fpasswd%00": GOOD,
    "/noai.jpg": "refused: robots-tag",
    "/forbidden/9.jpg": "refused: robots",
    "/404.jpg": "rejected: not-found",
    "/500.jpg": "failed: server-error",
    "/status/418": "rejected: client-error",
    "/status/403": "failed: forbidden",
    "/huge-headers": "failed: connection",
    "/garbage": "failed: connection",
}


def collect(out: Path, said: list[str] | None = None, **settings: object) -> Outcome:
    section = ScrapeSection.model_validate(
        {"out": str(out), "interval": 0, "concurrency": 16, "deadline": 8, **settings}
        | {"min_width": 50, "min_height": 50, "max_file_megabytes": 1}
    )
    lines = [] if said is None else said
    return scrape(section, allow_private_hosts=True, say=lines.append, progress=False)


def states(out: Path) -> dict[str, str]:
    catalogue = Catalogue(out / "catalogue.sqlite")
    rows = catalogue.rows("SELECT url, state, reason FROM candidates")
    catalogue.close()
    return {
        row["url"]: row["state"]
        if row["state"] in GOOD or not row["reason"]
        else f"{row['state']}: {row['reason']}"
        for row in rows
    }


def test_every_candidate_ends_in_its_state(hostile: Hostile, tmp_path: Path) -> None:
    hostile.reset()
    addresses = tmp_path / "addresses.txt"
    lines = [hostile.url(path) for path in STATES]
    addresses.write_text("\n".join([*lines, "ftp://example.org/a.jpg"]))
    outcome = collect(tmp_path / "set", sources=["urls"], url_files=[str(addresses)])

    found = states(tmp_path / "set")
    wrong = {}
    for path, expected in STATES.items():
        state = found[hostile.url(path)]
        if state not in (expected if isinstance(expected, tuple) else (expected,)):
            wrong[path] = (state, expected)
    assert not wrong
    assert found["ftp://example.org/a.jpg"] == "refused: bad-url"

    report = outcome.report
    assert report.found == len(STATES) + 1
    assert report.found == sum(report.states.values())
    assert report.kept == len(list((tmp_path / "set" / "photographs").iterdir()))
    assert sum(row["count"] for row in report.losses) == report.found - report.kept
    names = {path.name for path in (tmp_path / "set" / "photographs").iterdir()}
    assert names == {Path(row["file"]).name for row in read_lines(tmp_path / "set/manifest.jsonl")}
    assert {Path(name).suffix for name in names} == {".jpg", ".gif"}
    assert all(len(Path(name).stem) == 64 for name in names)


def test_loopback_is_refused_unless_allowed(hostile: Hostile, tmp_path: Path) -> None:
    hostile.reset()
    addresses = tmp_path / "addresses.txt"
    addresses.write_text(hostile.url("/good/1.jpg"))
    section = ScrapeSection(
        out=str(tmp_path / "set"), sources=["urls"], url_files=[str(addresses)], interval=0
    )
    outcome = scrape(section, say=print, progress=False)
    assert outcome.report.kept == 0
    assert outcome.report.losses == [
        {"source": "urls", "state": "refused", "reason": "private-address", "count": 1}
    ]
    assert hostile.log() == []


def test_a_host_that_wants_an_hour_is_left_alone(hostile: Hostile, tmp_path: Path) -> None:
    hostile.reset()
    addresses = tmp_path / "addresses.txt"
    addresses.write_text("\n".join(map(hostile.url, ("/429-hour", "/good/1.jpg", "/good/2.jpg"))))
    collect(tmp_path / "set", sources=["urls"], url_files=[str(addresses)], concurrency=1)
    assert set(states(tmp_path / "set").values()) <= {"failed: rate-limited", "kept"}
    # Another day the failed ones are tried again, and only they.
    section = ScrapeSection(
        out=str(tmp_path / "set"), sources=["urls"], url_files=[str(addresses)], interval=0,
        min_width=50, min_height=50,
    )  # fmt: skip
    scrape(section, retry_failed=True, allow_private_hosts=True, say=print, progress=False)
    assert set(states(tmp_path / "set").values()) <= {"kept", "duplicate"}


def test_results_that_repeat_for_ever_end(hostile: Hostile, tmp_path: Path) -> None:
    hostile.reset()
    outcome = collect(tmp_path / "set", sources=["page"], pages=[hostile.url("/repeat")])
    assert outcome.report.found == 10
    assert outcome.report.verdict().endswith("sources exhausted")
    asked = [entry for entry in hostile.log() if entry["path"].startswith("/repeat")]
    assert len(asked) < 12


def test_opt_in_sources_that_block_are_named_and_the_others_go_on(
    hostile: Hostile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hostile.reset()
    blocked = b'{"antiFlag": 1, "message": "Forbid spider access"}'
    captcha = b"<html><title>Verify you are human</title><div id=captcha></div></html>"
    hostile.put("/acjson", {"body": blocked, "media_type": "application/json"})
    hostile.put("/async", {"body": captcha, "media_type": "text/html"})
    monkeypatch.setattr(baidu, "HOME", hostile.url("/good/1.jpg"))
    monkeypatch.setattr(baidu, "SEARCH", hostile.url("/acjson"))
    monkeypatch.setattr(bing, "SEARCH", hostile.url("/async"))
    for module in (baidu, bing):
        monkeypatch.setattr(module, "_SECONDS", 0)
    said: list[str] = []
    outcome = collect(
        tmp_path / "set",
        said,
        sources=["bing", "baidu", "page"],
        queries=["喀纳斯"],
        pages=[hostile.url("/repeat")],
    )
    endings = {query["source"]: query["ending"] for query in outcome.report.queries}
    assert endings == {"bing": "blocked", "baidu": "blocked", "page": "exhausted"}
    assert outcome.report.kept > 0
    assert "bing blocked" in outcome.report.verdict()
    assert bing.NOTICE in said
    assert baidu.NOTICE in said
    assert any(line.startswith("baidu, search 喀纳斯: blocked") for line in said)
