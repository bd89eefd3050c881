"""A source and images for tests of the scraper's parts."""

from pathlib import Path
from typing import Any

from lsgan.scrape.candidate import Candidate
from lsgan.scrape.catalogue import Catalogue
from lsgan.scrape.copies import signed
from lsgan.scrape.decoding import Verified, verify
from lsgan.scrape.sources.source import Cursor, Page


class FakeSource:
    """Serves lists of pages; a page that is an exception is raised."""

    def __init__(self, name: str, queries: dict[str, list[Any]], endless: bool = False) -> None:
        self.name = name
        self.asked: list[tuple[str, int]] = []
        self._queries = queries
        self._endless = endless

    def queries(self) -> list[str]:
        return list(self._queries)

    def address(self, query: str) -> str:
        return f"https://{self.name}.example.org/{query}"

    def page(self, query: str, cursor: Cursor | None) -> Page:
        place = cursor["page"] if cursor else 0
        self.asked.append((query, place))
        pages = self._queries[query]
        content = pages[min(place, len(pages) - 1)]
        if isinstance(content, Exception):
            raise content
        more = self._endless or place + 1 < len(pages)
        candidates = [Candidate(f"https://{self.name}.example.org/{name}") for name in content]
        return Page(candidates, {"page": place + 1} if more else None)


def nothing(_: Candidate) -> None:
    """A filter that lets everything pass."""
    return


def enter(catalogue: Catalogue, incoming: Path, source: Path, **facts: Any) -> int:
    """Enter the image file `source` as a fetched candidate and return its number."""
    query = catalogue.query("urls", "list")
    number = catalogue.rows("SELECT count(*) AS n FROM candidates")[0]["n"] + 1
    candidate = Candidate(f"https://example.org/{number}", **facts)
    catalogue.add(query, Page([candidate], None), nothing)
    catalogue.choose([number])
    (incoming / str(number)).write_bytes(source.read_bytes())
    verified = verify(source)
    assert isinstance(verified, Verified)
    known = verified.facts
    catalogue.execute(
        "UPDATE candidates SET state = 'fetched', bytes = ?, sha256 = ?, width = ?, height = ?,"
        " format = ?, phash = ?, thumbnail = ? WHERE id = ?",
        *(known.bytes, known.sha256, known.width, known.height, known.format),
        *(signed(known.phash), verified.thumbnail, number),
    )
    return number
