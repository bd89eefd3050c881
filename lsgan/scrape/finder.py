"""Choosing what to fetch next, so that every source and every query has its fair share."""

from collections.abc import Callable, Sequence

from lsgan.scrape.catalogue import Catalogue, Walk
from lsgan.scrape.fetch.answer import FetchError
from lsgan.scrape.filters import Filters
from lsgan.scrape.markup import clean
from lsgan.scrape.sources.source import Source, SourceError

# Sources that serve the same page again and again, or empty ones, would go on for ever; but a
# page of images that other categories hold too is no such thing.
_STALE_PAGES = 5


class Finder:
    """Walks through the sources as far as images are needed.

    All it decides by stands in the catalogue, so that after a kill it decides the same.

    Args:
        catalogue: the catalogue.
        sources: in the order of preference.
        filters: what is wanted.
        say: is given a line when a walk is held up.
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
        self._names = [(source.name, name) for source in sources for name in source.walks()]

    def walks(self) -> list[Walk]:
        """All walks of this scrape as they stand in the catalogue."""
        return [self._catalogue.walk(source, name) for source, name in self._names]

    def choose(self, limit: int) -> list[int]:
        """At most `limit` candidates to be fetched next, entered as chosen; none if all is dry.

        Each is of the source with the fewest images kept or chosen, and in it of the walk with
        the fewest candidates chosen so far.
        """
        walks = {walk.id: walk for walk in self.walks()}
        kept = dict.fromkeys(self._sources, 0)
        tried = dict.fromkeys(walks, 0)
        for row in self._catalogue.rows(
            "SELECT walk, state = 'kept' AS kept, count(*) AS number FROM candidates"
            " WHERE turn IS NOT NULL GROUP BY walk, state = 'kept'"
        ):
            if row["walk"] in walks:
                tried[row["walk"]] += row["number"]
                kept[walks[row["walk"]].source] += row["number"] * row["kept"]
        chosen: list[int] = []
        last = dict.fromkeys(walks, 0)
        while walks and len(chosen) < limit:
            order = list(self._sources)
            walk = min(
                walks.values(),
                key=lambda walk: (kept[walk.source], order.index(walk.source), tried[walk.id]),
            )
            number = self._next(walk, last[walk.id])
            if number is None:
                del walks[walk.id]
                continue
            chosen.append(number)
            last[walk.id] = number
            kept[walk.source] += 1
            tried[walk.id] += 1
        self._catalogue.choose(chosen)
        return chosen

    def _next(self, walk: Walk, last: int) -> int | None:
        """The walk's next waiting candidate, from a new page of the source if need be."""
        while True:
            rows = self._catalogue.rows(
                "SELECT id FROM candidates WHERE walk = ? AND state = 'found' AND id > ?"
                " ORDER BY id LIMIT 1",
                *(walk.id, last),
            )
            if rows:
                return int(rows[0]["id"])
            walk = self._catalogue.walk(walk.source, walk.name)
            if walk.ending:
                return None
            self._turn_page(walk)

    def _turn_page(self, walk: Walk) -> None:
        """Ask the source for the walk's next page; enter what it holds, or why there is none."""
        try:
            page = self._sources[walk.source].page(walk.name, walk.cursor)
        except SourceError as error:
            self._end(walk, error.ending, error.detail)
            return
        except FetchError as error:
            refused = error.reason in ("robots", "robots-tag", "forbidden")
            detail = f"{error.reason}: {error.detail}" if error.detail else error.reason
            self._end(walk, "blocked" if refused else "unavailable", detail)
            return
        self._catalogue.add(walk, page, self._filters.told)
        if page.cursor is None:
            self._end(walk, "exhausted", page.note)
        elif page.cursor.get("queue"):
            return  # what a sitemap has named has an end
        elif self._catalogue.walk(walk.source, walk.name).stale >= _STALE_PAGES:
            self._end(walk, "exhausted", "its pages bring nothing new")

    def _end(self, walk: Walk, ending: str, detail: str = "") -> None:
        detail = clean(detail)
        self._catalogue.end(walk, ending, detail)
        if ending != "exhausted":
            self._say(f"{walk.source}, {walk.name}: {ending}: {detail}".rstrip(": "))
