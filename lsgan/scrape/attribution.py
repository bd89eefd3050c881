"""Whose the kept images are: for programs, for people, and for the packed data set."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lsgan.io.files import atomic, write_lines
from lsgan.io.markdown import escaped, link
from lsgan.scrape.catalogue import Catalogue
from lsgan.scrape.database import Row
from lsgan.scrape.deduplicator import file_name, file_of
from lsgan.scrape.licenses import text_of

MANIFEST, ATTRIBUTION, DUPLICATES = "manifest.jsonl", "ATTRIBUTION.md", "duplicates.jsonl"

_KEPT = (
    "SELECT candidates.*, queries.source, queries.name AS query_name FROM candidates"
    " JOIN queries ON queries.id = candidates.query WHERE state = 'kept'"
    " AND turn IS NOT NULL ORDER BY turn"
)
_COPIES = (
    "SELECT copies.*, queries.source, kept.sha256 AS kept_sha256, kept.format AS kept_format"
    " FROM candidates AS copies JOIN queries ON queries.id = copies.query"
    " JOIN candidates AS kept ON kept.id = copies.copy_of"
    " WHERE copies.state = 'duplicate' ORDER BY kept.turn, copies.turn"
)


def write_manifest(catalogue: Catalogue, out: Path) -> None:
    """Write `manifest.jsonl`: line i tells what the i-th kept image is and where it is from."""
    write_lines(out / MANIFEST, map(_manifest_row, catalogue.each(_KEPT)))


def write_attribution(catalogue: Catalogue, out: Path) -> None:
    """Write `ATTRIBUTION.md`: title, author, licence and page of each kept image."""
    with (
        atomic(out / ATTRIBUTION) as temporary,
        temporary.open("w", encoding="utf-8", newline="\n") as file,
    ):
        file.writelines(_attribution_lines(catalogue))


def write_duplicates(catalogue: Catalogue, out: Path) -> None:
    """Write `duplicates.jsonl`: a line for each kept image of which there were copies."""
    write_lines(out / DUPLICATES, _groups(catalogue))


def _manifest_row(row: Row) -> dict[str, Any]:
    names = ("title", "author", "license", "license_url", "page", "url", "original", "source")
    return {
        "file": file_of(row),
        **{name: row[name] for name in names},
        "found_by": row["query_name"],
        **{name: row[name] for name in ("width", "height", "format", "bytes", "sha256")},
    }


def _groups(catalogue: Catalogue) -> Iterator[dict[str, Any]]:
    group: dict[str, Any] = {}
    for row in catalogue.each(_COPIES):
        kept = file_name(row["kept_sha256"], row["kept_format"])
        if group.get("kept") != kept:
            if group:
                yield group
            group = {"kept": kept, "dropped": []}
        names = ("url", "page", "source", "width", "height", "bytes", "sha256")
        group["dropped"].append({"kind": row["reason"], **{name: row[name] for name in names}})
    if group:
        yield group


def _attribution_lines(catalogue: Catalogue) -> Iterator[str]:
    yield "# Attribution\n\n"
    [row] = catalogue.rows(
        "SELECT count(*) AS count, coalesce(sum(license = ''), 0) AS unknown FROM candidates"
        " WHERE state = 'kept' AND turn IS NOT NULL"
    )
    yield f"{row['count']} images. Titles, authors and licences are as the sources gave them.\n"
    if row["unknown"]:
        yield f"Of {row['unknown']} the licence is not known: ask their owners what may be done.\n"
    yield "\n"
    for row in catalogue.each(_KEPT):
        title = escaped(row["title"]) or "Untitled"
        author = escaped(row["author"]) or "unknown author"
        license_name = escaped(row["license"]) or "licence unknown"
        yield (
            f"- {link(title, row['page'] or row['original'] or row['url'])}, {author}, "
            f"{link(license_name, row['license_url'] or text_of(row['license']))}"
            f" (`{file_of(row)}`)\n"
        )
