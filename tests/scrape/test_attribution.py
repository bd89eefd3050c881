import json
from pathlib import Path

from lsgan.io.files import read_lines
from lsgan.scrape.attribution import write_attribution, write_duplicates, write_manifest
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.catalogue import Catalogue
from lsgan.scrape.sources.source import Page
from tests.scrape.fakes import nothing


def keep(catalogue: Catalogue, *candidates: Candidate) -> None:
    """Enter candidates as kept images 1, 2, …, judged in the opposite order."""
    catalogue.add(catalogue.query("commons", "search a"), Page(list(candidates), None), nothing)
    numbers = range(1, len(candidates) + 1)
    catalogue.choose(list(reversed(numbers)))
    catalogue.execute(
        "UPDATE candidates SET state = 'kept', sha256 = 'hash' || id, format = 'JPEG',"
        " width = 320, height = 240, bytes = 9000"
    )


def test_the_manifest_tells_whose_each_image_is_in_the_order_of_turns(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    first = Candidate(
        url="https://example.org/500px-a.jpg",
        original="https://example.org/a.jpg",
        page="https://example.org/File:a.jpg",
        title="喀纳斯",
        author="Анна",
        license="CC BY 4.0",
        license_url="https://creativecommons.org/licenses/by/4.0/",
    )
    keep(catalogue, first, Candidate("https://example.org/b.jpg"))
    write_manifest(catalogue, tmp_path)
    rows = read_lines(tmp_path / "manifest.jsonl")
    assert [row["file"] for row in rows] == ["photographs/hash2.jpg", "photographs/hash1.jpg"]
    assert rows[1] == {
        "file": "photographs/hash1.jpg",
        "title": "喀纳斯",
        "author": "Анна",
        "license": "CC BY 4.0",
        "license_url": "https://creativecommons.org/licenses/by/4.0/",
        "page": "https://example.org/File:a.jpg",
        "url": "https://example.org/500px-a.jpg",
        "original": "https://example.org/a.jpg",
        "source": "commons",
        "found_by": "search a",
        "width": 320,
        "height": 240,
        "format": "JPEG",
        "bytes": 9000,
        "sha256": "hash1",
    }


def test_texts_of_strangers_do_nothing_in_the_attribution(
    catalogue: Catalogue, tmp_path: Path
) -> None:
    keep(
        catalogue,
        Candidate(
            url="https://example.org/a.jpg",
            page="https://example.org/a page>(1)\n# heading",
            title="a](javascript:alert(1)) <script>\n\n# b",
            author="*_`|",
            license="CC0",
            license_url="javascript:alert(1)",
        ),
    )
    write_attribution(catalogue, tmp_path)
    text = (tmp_path / "ATTRIBUTION.md").read_text(encoding="utf-8")
    [line] = [line for line in text.splitlines() if "hash1" in line]
    assert "<script>" not in line
    assert "](javascript" not in line
    assert r"\*\_\`\|" in line
    assert "(<https://example.org/a%20page%3E(1)%0A#%20heading>)" in line.replace("%0a", "%0A")
    assert "\n# b" not in text


def test_unknown_licences_are_counted_and_said(catalogue: Catalogue, tmp_path: Path) -> None:
    keep(catalogue, Candidate("https://example.org/a.jpg"), Candidate("https://example.org/b.jpg"))
    catalogue.execute("UPDATE candidates SET license = 'CC0 1.0' WHERE id = 1")
    write_attribution(catalogue, tmp_path)
    text = (tmp_path / "ATTRIBUTION.md").read_text(encoding="utf-8")
    assert "2 images" in text
    assert "Of 1 the licence is not known" in text
    assert text.count("licence unknown") == 1


def test_copies_are_listed_by_the_image_that_is_kept(catalogue: Catalogue, tmp_path: Path) -> None:
    names = ("a", "b", "c", "d")
    keep(catalogue, *(Candidate(f"https://example.org/{name}.jpg") for name in names))
    for number in (1, 3):
        catalogue.settle(number, "duplicate", "near")
        catalogue.execute("UPDATE candidates SET copy_of = 2 WHERE id = ?", number)
    write_duplicates(catalogue, tmp_path)
    [group] = read_lines(tmp_path / "duplicates.jsonl")
    assert group["kept"] == "photographs/hash2.jpg"
    assert [row["url"] for row in group["dropped"]] == [
        "https://example.org/c.jpg",
        "https://example.org/a.jpg",
    ]
    assert json.dumps(group).count("near") == 2
