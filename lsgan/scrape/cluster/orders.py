"""What the machine that runs the scrape and the workers say to each other."""

from dataclasses import dataclass

from lsgan.config import ScrapeSection
from lsgan.scrape.fetch.request import ElsewhereError, Request
from lsgan.scrape.fetch.response import FetchError, Response
from lsgan.scrape.politeness.limits import HostLimit, Statistics, Terms

# Seconds without a word from the machine that runs the scrape after which a worker stops by itself,
# and for which the hosts of a worker that does not answer are left alone.
SILENCE = 10.0


@dataclass(frozen=True)
class Common:
    """What every worker's part of a run has in common.

    Attributes:
        settings: the run's.
        allow_private: whether hosts outside the public internet may be asked.
        silence: `SILENCE`, in seconds.
    """

    settings: ScrapeSection
    allow_private: bool
    silence: float = SILENCE


@dataclass(frozen=True)
class Order:
    """A request for the worker that has the host.

    Attributes:
        number: of the order.
        request: what is asked for.
        file: whether it is an image file.
        verify: whether the worker decodes it.
        robots: the host's robots.txt, where another host has it and so another worker has asked.
    """

    number: int
    request: Request
    file: bool
    verify: bool
    robots: bytes | FetchError | None = None


@dataclass(frozen=True)
class Assignment:
    """A host that is from now on the worker's alone to ask.

    Attributes:
        host: its name.
        limit: what it allows, where that is known.
        terms: how a worker has asked it that is lost.
        rest: seconds for which it has asked to be left alone.
    """

    host: str
    limit: HostLimit | None = None
    terms: Terms | None = None
    rest: float = 0.0


Answer = Response | FetchError | ElsewhereError


@dataclass(frozen=True)
class Report:
    """What a worker has to tell.

    Attributes:
        answers: to orders, by their numbers.
        terms: of the hosts asked, as they are now.
        statistics: of the same hosts, since the worker has them.
    """

    answers: list[tuple[int, Answer]]
    terms: dict[str, Terms]
    statistics: dict[str, Statistics]
