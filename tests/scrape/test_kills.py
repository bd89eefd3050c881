"""Killed at any moment and started again, a scrape ends with the set of an undisturbed one."""

import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from lsgan.scrape.catalogue import Catalogue
from tests.scrape.wiki import Wiki, render_images, serve_wiki

# LSGAN_TEST_KILLS=100 scripts/test-slow tests/scrape/test_kills.py tries more moments.
KILLS = int(os.environ.get("LSGAN_TEST_KILLS", "8"))
CONCURRENCY = 2

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="kills as POSIX systems do")


def scrape(wiki: Wiki, out: Path, moment: int) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            *(sys.executable, "-m", "tests.scrape.killed", str(moment), "scrape", "Kanas Lake"),
            *("--source", "commons", "--endpoint", wiki.endpoint, "--out", str(out)),
            *("--allow-private-hosts", "--no-prepare", "--set", "scrape.interval=0"),
            *("--set", f"scrape.concurrency={CONCURRENCY}"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )


def content(out: Path) -> dict[str, bytes]:
    """Every file of a set but the catalogue and the report, which tells of times."""
    names = ("manifest.jsonl", "ATTRIBUTION.md", "duplicates.jsonl")
    paths = [*(out / name for name in names), *(out / "photographs").iterdir()]
    return {path.name: path.read_bytes() for path in paths}


def states(out: Path) -> list[tuple[str, str, str]]:
    catalogue = Catalogue(out / "catalogue.sqlite")
    rows = catalogue.rows("SELECT address, state, reason FROM candidates ORDER BY id")
    catalogue.close()
    return [(row["address"], row["state"], row["reason"]) for row in rows]


def fetches(wiki: Wiki) -> Counter[tuple[str, str]]:
    return Counter((entry["path"], str(entry["query"])) for entry in wiki.log())


@pytest.mark.slow
def test_kills_at_random_moments_change_nothing(tmp_path: Path) -> None:
    folder = render_images(tmp_path / "images", 40)
    with serve_wiki(folder) as wiki:
        whole = scrape(wiki, tmp_path / "whole", 0)
        assert whole.returncode == 0, whole.stderr
        moments = int(whole.stdout.splitlines()[-1])
        expected = content(tmp_path / "whole")
        assert len(expected) == 40 + 3
        once = fetches(wiki)

        rng = random.Random(7)
        kills = finished = 0
        out = tmp_path / "killed-0"
        while kills < KILLS or not finished:
            ended = scrape(wiki, out, rng.randrange(1, moments))
            if ended.returncode == 0:
                assert content(out) == expected
                assert states(out) == states(tmp_path / "whole")
                assert [path.name for path in (out / ".incoming").iterdir()] == []
                finished += 1
                out = tmp_path / f"killed-{finished}"
                continue
            assert ended.returncode == -9, ended.stderr
            kills += 1
        if (out / "catalogue.sqlite").exists():
            assert scrape(wiki, out, 0).returncode == 0
            assert content(out) == expected
            finished += 1

        # Only what was under way at a kill is fetched again: what was being fetched, and on a busy
        # machine what was being decoded and what waited for it.
        again = fetches(wiki)
        files = [key for key in once if key[0].startswith("/images/")]
        assert len(files) > 40
        surplus = sum(again[key] - (1 + finished) * once[key] for key in files)
        assert surplus <= kills * 3 * CONCURRENCY
        queries = [key for key in once if key[0].endswith("api.php")]
        assert sum(again[key] - (1 + finished) * once[key] for key in queries) <= kills
