"""What every source of images is to the rest of the program."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, Protocol

from lsgan.scrape.candidate import Candidate

if TYPE_CHECKING:
    from lsgan.config import ScrapeSection
    from lsgan.scrape.client import Client

# Where the next page of a query begins: anything that JSON can hold, so that it can be kept.
Cursor = dict[str, Any]


@dataclass(frozen=True)
class Page:
    """One page of results.

    Attributes:
        candidates: in the source's order; may be empty in the midst of a query.
        cursor: where the next page begins; None after the last.
        note: where no further page was found although there may be one: which was looked at.
    """

    candidates: list[Candidate]
    cursor: Cursor | None
    note: str = ""


class SourceError(Exception):
    """A query through a source cannot go on; the other queries can.

    Attributes:
        ending: "blocked" if the source refuses to serve programs (or this one), "changed" if its
            responses are not in the form that is known, "unavailable" if it cannot be reached or
            fails.
        detail: what was met, in words.
    """

    def __init__(self, ending: Literal["blocked", "changed", "unavailable"], detail: str) -> None:
        super().__init__(ending, detail)
        self.ending = ending
        self.detail = detail


class Source(Protocol):
    """A source of images, asked page by page.

    It holds no state between two calls of `page`: the cursor holds all there is, so that a query
    can go on in another process.

    Args:
        client: what fetches.
        settings: what to look for.

    Attributes:
        name: as the configuration and the command line have it.
        notice: what people should know before they use it; "" if nothing.
    """

    name: str
    notice: str = ""

    def __init__(self, client: "Client", settings: "ScrapeSection") -> None: ...

    def queries(self) -> list[str]:
        """The queries to be made, each by a name that tells it, such as "search Kanas lake"."""
        ...

    def address(self, query: str) -> str:
        """The address that the query asks first, for people to read."""
        ...

    def page(self, query: str, cursor: Cursor | None) -> Page:
        """The page of `query` that begins at `cursor`; the first with None.

        Raises:
            SourceError: if the query cannot go on.
            FetchError: if the client gave up; it counts as unavailable.
        """
        ...
