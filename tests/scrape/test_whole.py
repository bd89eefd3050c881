"""From a place's name to generated images, as a user goes, with a wiki on loopback."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from lsgan.io.files import read_lines
from tests.conftest import SMALL
from tests.scrape.wiki import Wiki, render_images, serve_wiki

IMAGES = 200
SETTINGS = ("--set", "scrape.interval=0", "--allow-private-hosts")


@pytest.fixture(scope="module")
def images(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return render_images(tmp_path_factory.mktemp("wiki"), IMAGES)


@pytest.fixture
def wiki(images: Path) -> Iterator[Wiki]:
    with serve_wiki(images, maxlag_every=5) as running:
        yield running


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "lsgan", *map(str, words)]


def lsgan(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*words), capture_output=True, text=True, cwd=folder, check=False)


def asked_twice(wiki: Wiki) -> list[str]:
    paths = Counter(entry["path"] for entry in wiki.log() if entry["path"].startswith("/images/"))
    return [path for path, count in paths.items() if count > 1]


def test_from_a_wiki_to_images(tmp_path: Path, wiki: Wiki) -> None:
    commons = ("--source", "commons", "--endpoint", wiki.endpoint, *SETTINGS)
    scraped = lsgan(tmp_path, "scrape", *commons)
    assert scraped.returncode == 0, scraped.stderr
    expected = wiki.counts
    assert f"{expected['image']} of 1000: sources exhausted" in scraped.stdout
    report = json.loads((tmp_path / "data/kanas/scrape-report.json").read_text(encoding="utf-8"))
    assert report["kept"] == expected["image"] == IMAGES
    losses = {(row["state"], row["reason"]): row["count"] for row in report["losses"]}
    assert losses == {
        ("duplicate", "identical"): expected["identical"],
        ("duplicate", "near"): expected["near"],
        ("rejected", "truncated"): expected["truncated"],
        ("rejected", "not-an-image"): expected["html"],
        ("rejected", "not-found"): expected["gone"],
    }
    assert asked_twice(wiki) == []

    # The attribution has followed each image into the packed set.
    rows = read_lines(tmp_path / "data" / "kanas" / "packed" / "manifest.jsonl")
    assert len(rows) == IMAGES
    assert all(row["attribution"]["page"].startswith(wiki.base) for row in rows)
    assert {row["attribution"]["license"] for row in rows} >= {"CC BY-SA 4.0", "CC BY 2.0", ""}
    attribution = (tmp_path / "data/kanas/ATTRIBUTION.md").read_text(encoding="utf-8")
    assert all(row["file"] in attribution for row in rows)

    changes = [word for change in SMALL for word in ("--set", change)]
    changes += ["--set", "model.size=64", "--set", "train.steps=2", "--device", "cpu"]
    trained = lsgan(tmp_path, "train", "--config", "kanas.yaml", *changes)
    assert trained.returncode == 0, trained.stderr
    sampled = lsgan(tmp_path, "sample", "runs/kanas", "--count", 4)
    assert sampled.returncode == 0, sampled.stderr
    assert list((tmp_path / "runs" / "kanas" / "images").iterdir())


def test_the_same_command_again_asks_nothing(tmp_path: Path, wiki: Wiki) -> None:
    words = ("scrape", "Kanas Lake", "--source", "commons", "--endpoint", wiki.endpoint)
    words = (*words, *SETTINGS, "--no-prepare", "--count", 30)
    first = lsgan(tmp_path, *words)
    assert "30 of 30: complete" in first.stdout, first.stderr
    asked = len(wiki.log())
    again = lsgan(tmp_path, *words)
    assert again.stdout.splitlines()[0] == first.stdout.splitlines()[0]
    assert len(wiki.log()) == asked
    # A larger count goes on; nothing is fetched twice.
    more = lsgan(tmp_path, *words[:-1], 60)
    assert "60 of 60: complete" in more.stdout
    assert len(list((tmp_path / "data" / "kanas-lake" / "photographs").iterdir())) == 60
    assert asked_twice(wiki) == []


def test_a_plain_wiki_is_searched_too(tmp_path: Path, images: Path) -> None:
    with serve_wiki(images, plain=True) as wiki:
        words = ("scrape", "Kanas Lake", "--source", "commons", "--endpoint", wiki.endpoint)
        response = lsgan(tmp_path, *words, *SETTINGS, "--no-prepare", "--count", 40)
    assert "40 of 40: complete" in response.stdout, response.stderr


def test_licences_and_sizes_are_filtered_before_the_fetch(tmp_path: Path, wiki: Wiki) -> None:
    words = ("scrape", "Kanas Lake", "--source", "commons", "--endpoint", wiki.endpoint)
    words = (*words, *SETTINGS, "--no-prepare")
    free = lsgan(tmp_path, *words, "--license", "cc0", "--license", "pdm")
    assert free.returncode == 0, free.stderr
    rows = read_lines(tmp_path / "data" / "kanas-lake" / "manifest.jsonl")
    assert {row["license"] for row in rows} <= {"CC0 1.0", "Public domain", "CC0", "PDM 1.0"}
    fetched = [entry for entry in wiki.log() if entry["path"].startswith("/images/")]
    assert len(fetched) < IMAGES // 2
    other = lsgan(tmp_path, *words, "--license", "by", "--count", 1)
    assert f"{len(rows)} of the images from an earlier scrape" in other.stdout
    large = lsgan(tmp_path, *words, "--min-width", 4000, "--out", "large")
    assert large.returncode == 2
    assert "no image was collected into large" in large.stderr
    assert len([e for e in wiki.log() if e["path"].startswith("/images/")]) == len(fetched)


def test_a_dry_run_fetches_and_writes_nothing(tmp_path: Path) -> None:
    response = lsgan(tmp_path, "scrape", "--dry-run", "--contact", "anna@example.org")
    assert response.returncode == 0, response.stderr
    for words in (
        "1000 images into data",
        "User-Agent: lsgan/",
        "anna@example.org",
        "commons     search 喀纳斯",
        "https://commons.wikimedia.org/w/api.php?action=query",
        "openverse   search 喀纳斯",
        "Nothing was fetched.",
    ):
        assert words in response.stdout
    assert not list(tmp_path.iterdir())


def test_two_at_once_are_refused_and_an_interruption_is_resumed(tmp_path: Path, wiki: Wiki) -> None:
    words = ("scrape", "Kanas Lake", "--source", "commons", "--endpoint", wiki.endpoint)
    words = (*words, "--allow-private-hosts", "--no-prepare", "--count", 50)
    slowly = subprocess.Popen(
        command(*words, "--set", "scrape.interval=0.2"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=tmp_path,
    )
    photographs = tmp_path / "data" / "kanas-lake" / "photographs"
    patience = time.monotonic() + 60
    while not (photographs.is_dir() and any(photographs.iterdir())):
        assert slowly.poll() is None
        assert time.monotonic() < patience
        time.sleep(0.05)
    second = lsgan(tmp_path, *words)
    assert second.returncode == 2
    assert "another lsgan scrape is writing into" in second.stderr
    if os.name == "nt":
        slowly.kill()
        slowly.communicate()
    else:
        slowly.send_signal(signal.SIGINT)
        stdout, stderr = slowly.communicate(timeout=60)
        assert slowly.returncode == 128 + signal.SIGINT, stderr
        assert "stopped; the same command goes on" in stdout
        assert "Traceback" not in stderr
    done = lsgan(tmp_path, *words, "--set", "scrape.interval=0")
    assert "50 of 50: complete" in done.stdout, done.stderr
    assert len(list(photographs.iterdir())) == 50
