"""Choosing what to fetch next, so that every source and every query has its fair share."""

from collections.abc import Callable, Sequence

from lsgan.scrape.catalogue import Catalogue, Query
from lsgan.scrape.fetch.response import FetchError
from lsgan.scrape.filters import Filters
from lsgan.scrape.markup import clean
from lsgan.scrape.sources.source import Source, SourceError

# Sources that serve the same page again and again, or empty ones, would go on for ever; but a
# page of images that other categories hold too is no such thing.
_STALE_PAGES = 5


class Finder:
    """Queries through the sources as far as images are needed.

    All it decides by stands in the catalogue, so that after a kill it decides the same.

    Args:
        catalogue: the catalogue.
        sources: in the order of preference.
        filters: what is wanted.
        say: is given a line when a query is held up.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        sources: Sequence[Source],
        filters: Filters,
        say: Callable[[str], None],
    ) -> None:
        self._catalogue = catalogue
        self._sources = {source.name: source for source in sources}
        self._filters = filters
        self._say = say
        self._names = [(source.name, name) for source in sources for name in source.queries()]

    def queries(self) -> list[Query]:
        """All queries of this scrape as they stand in the catalogue."""
        return [self._catalogue.query(source, name) for source, name in self._names]

    def choose(self, limit: int) -> list[int]:
        """At most `limit` candidates to be fetched next, entered as chosen; none if all is dry.

        Each is of the source with the fewest images kept or chosen, and in it of the query with
        the fewest candidates chosen so far.
        """
        queries = {query.id: query for query in self.queries()}
        kept = dict.fromkeys(self._sources, 0)
        tried = dict.fromkeys(queries, 0)
        for row in self._catalogue.rows(
            "SELECT query, state, number FROM tallies WHERE state NOT IN ('found', 'filtered')"
        ):
            if row["query"] in queries:
                tried[row["query"]] += row["number"]
                if row["state"] in ("kept", "chosen", "fetched"):
                    kept[queries[row["query"]].source] += row["number"]
        chosen: list[int] = []
        last = dict.fromkeys(queries, 0)
        while queries and len(chosen) < limit:
            order = list(self._sources)
            query = min(
                queries.values(),
                key=lambda query: (kept[query.source], order.index(query.source), tried[query.id]),
            )
            number = self._next(query, last[query.id])
            if number is None:
                del queries[query.id]
                continue
            chosen.append(number)
            last[query.id] = number
            kept[query.source] += 1
            tried[query.id] += 1
        self._catalogue.choose(chosen)
        return chosen

    def _next(self, query: Query, last: int) -> int | None:
        """The query's next waiting candidate, from a new page of the source if need be."""
        while True:
            rows = self._catalogue.rows(
                "SELECT id FROM candidates WHERE query = ? AND state = 'found' AND id > ?"
                " ORDER BY id LIMIT 1",
                *(query.id, last),
            )
            if rows:
                return int(rows[0]["id"])
            query = self._catalogue.query(query.source, query.name)
            if query.ending:
                return None
            self._turn_page(query)

    def _turn_page(self, query: Query) -> None:
        """Ask the source for the query's next page; enter what it holds, or why there is none."""
        try:
            page = self._sources[query.source].page(query.name, query.cursor)
        except SourceError as error:
            self._end(query, error.ending, error.detail)
            return
        except FetchError as error:
            refused = error.reason in ("robots", "robots-tag", "forbidden")
            detail = f"{error.reason}: {error.detail}" if error.detail else error.reason
            self._end(query, "blocked" if refused else "unavailable", detail)
            return
        self._catalogue.add(query, page, self._filters.told)
        if page.cursor is None:
            self._end(query, "exhausted", page.note)
        elif page.cursor.get("queue"):
            return  # what a sitemap has named has an end
        elif self._catalogue.query(query.source, query.name).stale >= _STALE_PAGES:
            self._end(query, "exhausted", "its pages bring nothing new")

    def _end(self, query: Query, ending: str, detail: str = "") -> None:
        detail = clean(detail)
        self._catalogue.end(query, ending, detail)
        if ending != "exhausted":
            self._say(f"{query.source}, {query.name}: {ending}: {detail}".rstrip(": "))
