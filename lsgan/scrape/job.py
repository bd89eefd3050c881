"""The whole of a scrape: sources, candidates, files, and what is written about them."""

import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.request import getproxies_environment

from tqdm import tqdm

from lsgan.config import ScrapeSection
from lsgan.config.choices import look_up
from lsgan.errors import ClusterError, ConfigError, DataError, OutputError
from lsgan.io.files import locked, make_folder, remove_leftovers
from lsgan.scrape.attribution import write_attribution, write_duplicates, write_manifest
from lsgan.scrape.candidate import Candidate
from lsgan.scrape.catalogue import Catalogue, candidate_of
from lsgan.scrape.client import Client
from lsgan.scrape.collect import CLUSTER, HERE, Collector
from lsgan.scrape.deduplicator import Deduplicator, file_of, tidy
from lsgan.scrape.fetch.response import AbortedError
from lsgan.scrape.filters import Filters
from lsgan.scrape.finder import Finder
from lsgan.scrape.report import REPORT, Report, report
from lsgan.scrape.sources.source import Source
from lsgan.scrape.sources.table import SOURCES
from lsgan.scrape.sources.wikimedia import limit_files
from lsgan.system.interruption import Interruption
from lsgan.system.progress import progress_bar

CATALOGUE = "catalogue.sqlite"
_INCOMING, _LOCK = ".incoming", ".scrape.lock"
# What decides how a file is decoded and an address understood: the same on all workers.
_ON_WORKERS = ("Pillow", "ImageHash", "Protego", "urllib3")


@dataclass(frozen=True)
class Outcome:
    """How a scrape has ended.

    Attributes:
        report: what it has come to.
        signal: the number of the signal that stopped it, else 0.
    """

    report: Report
    signal: int


@dataclass(frozen=True)
class Goal:
    """How many images are to be kept, and how many candidates may be chosen for that at a time."""

    count: int
    chosen: int


def scrape(
    settings: ScrapeSection,
    *,
    retry_failed: bool = False,
    allow_private_hosts: bool = False,
    cluster: str = "",
    say: Callable[[str], None],
    progress: bool = True,
) -> Outcome:
    """Collect photographs into the folder `settings.out`, or go on with it.

    Killed at any moment and called again with the same settings, it ends with the set that it
    would have ended with, and fetches nothing again that had come.

    Args:
        settings: what to collect, where and how politely.
        retry_failed: retry failed downloads of earlier runs, and sources that had run out.
        allow_private_hosts: fetch from private and loopback addresses too.
        cluster: address of the scheduler of a Dask cluster whose workers fetch; empty for none.
        say: called with each line for the user.
        progress: show a progress bar when standard error is a terminal.

    Raises:
        ConfigError: if a setting is not possible or there is nothing to ask.
        DataError: if another scrape writes into the folder, or what is there cannot be used.
        OutputError: if the operating system refuses to write.
        ClusterError: if the cluster cannot be reached, or is lost.
    """
    started = time.monotonic()
    filters = Filters(settings)
    out = Path(settings.out)
    width = CLUSTER if cluster else HERE
    with _client(settings, allow_private_hosts, cluster) as client:
        sources = open_sources(settings, client)
        with _catalogue(out) as catalogue:
            finder = Finder(catalogue, sources, filters, partial(_above_bar, say))
            tidy(catalogue, out, out / _INCOMING)
            catalogue.filter_again(filters.told, filters.words)
            catalogue.reopen(finder.queries(), finished_too=retry_failed)
            if retry_failed:
                catalogue.retry_failed()
            columns = [f"urls: {column}" for column in _columns(sources)]
            for notice in (*notices(sources, settings), *columns, *_strangers(catalogue, filters)):
                say(notice)
            deduplicator = Deduplicator(
                catalogue, out, out / _INCOMING, filters, settings.keep_duplicates
            )
            collector = Collector(catalogue, client, deduplicator, filters, out / _INCOMING, width)
            goal = Goal(settings.count, width.chosen)
            try:
                signal = _collect(goal, client, finder, collector, deduplicator, progress)
            except (ClusterError, OutputError):
                # The lists are written as far as the disk allows.
                with suppress(OutputError):
                    _write_lists(catalogue, out)
                raise
            _write_lists(catalogue, out)
            seconds, hosts = time.monotonic() - started, client.statistics()
            result = report(catalogue, finder, settings, hosts, seconds, bool(signal))
            result.write(out / REPORT)
    return Outcome(result, signal)


def open_sources(settings: ScrapeSection, client: Client) -> list[Source]:
    """The sources that the settings name and have something to ask, in their order.

    Raises:
        ConfigError: if there is none, or one is not known.
        DataError: if a file with addresses cannot be read.
    """
    # Every source may lead to Wikimedia's files.
    limit_files(client, settings)
    entries = [look_up("scrape.sources", name, SOURCES) for name in settings.sources]
    sources = [entry.load()(client, settings) for entry in entries]
    asked = [source for source in sources if source.queries()]
    if not asked:
        raise ConfigError(
            f"there is nothing to ask {', '.join(settings.sources) or 'of no source'}",
            "Give a place, --query, --category, --url or --urls.",
        )
    return asked


@contextmanager
def _client(settings: ScrapeSection, allow_private: bool, cluster: str) -> Iterator[Client]:
    """What fetches: this machine, or the workers of a cluster."""
    if not cluster:
        with Client(settings, allow_private) as client:
            yield client
        return
    from lsgan.scrape.cluster.client import ClusterClient
    from lsgan.system.cluster import connect

    with (
        connect(cluster, _ON_WORKERS) as connection,
        ClusterClient(connection, settings, allow_private) as client,
    ):
        yield client


@contextmanager
def _catalogue(out: Path) -> Iterator[Catalogue]:
    """The catalogue of the folder `out`, which no other scrape can open meanwhile."""
    busy = DataError(
        f"another lsgan scrape is writing into {out}",
        "Wait until it has ended, or choose another folder with --out.",
    )
    with locked(make_folder(out) / _LOCK, busy):
        remove_leftovers(out)
        with closing(Catalogue(out / CATALOGUE)) as catalogue:
            yield catalogue


def notices(sources: list[Source], settings: ScrapeSection) -> list[str]:
    """What people should know before anything is fetched."""
    found = [source.notice for source in sources if source.notice]
    if settings.proxy:
        shown = settings.proxy.rpartition("@")[2]
        found.append(
            f"proxy: requests go through {shown}, which resolves host names, so that private "
            "addresses cannot be recognized"
        )
    elif named := sorted({"http", "https", "all"} & getproxies_environment().keys()):
        found.append(
            f"proxy: the one in the environment ({named[0]}_proxy) is not used; to use one, give "
            "--proxy URL"
        )
    return found


def _columns(sources: list[Source]) -> list[str]:
    """The column of each list of addresses that they are read from, if it is a table."""
    queries = [
        (source, query) for source in sources if source.name == "urls" for query in source.queries()
    ]
    return [where for source, query in queries if (where := source.address(query)) != query]


def _strangers(catalogue: Catalogue, filters: Filters) -> list[str]:
    """A warning about images of an earlier scrape whose licences are not accepted now."""
    if filters.allow(Candidate("")):
        return []  # those of any licence
    kept = catalogue.each("SELECT * FROM candidates WHERE state = 'kept' AND turn IS NOT NULL")
    files = [file_of(row) for row in kept if not filters.allow(candidate_of(row))]
    if not files:
        return []
    return [
        f"{len(files)} of the images from an earlier scrape, such as {files[0]}, have licences "
        "that are not accepted now: delete them (manifest.jsonl lists them), or choose another "
        "folder with --out."
    ]


def _above_bar(say: Callable[[str], None], line: str) -> None:
    with tqdm.external_write_mode():
        say(line)


def _write_lists(catalogue: Catalogue, out: Path) -> None:
    write_manifest(catalogue, out)
    write_attribution(catalogue, out)
    write_duplicates(catalogue, out)


def _collect(
    goal: Goal,
    client: Client,
    finder: Finder,
    collector: Collector,
    deduplicator: Deduplicator,
    progress: bool,
) -> int:
    """Fetch until enough images are kept or the sources run out; the signal that ended it."""
    bar: tqdm[None] = progress_bar(
        description="scrape",
        total=goal.count,
        initial=min(deduplicator.kept, goal.count),
        unit="images",
        progress=progress,
    )
    settled = 0

    def advance() -> None:
        nonlocal settled
        settled += 1
        bar.set_postfix_str(f"of {settled} looked at", refresh=False)
        bar.update(deduplicator.kept - bar.n)

    def choose(waiting: int) -> list[int]:
        wanted = min(goal.count - deduplicator.kept, goal.chosen) - waiting
        return finder.choose(wanted) if wanted > 0 and not interruption.signal else []

    with Interruption(client.abort) as interruption, closing(bar), closing(collector):
        try:
            collector.collect(choose, advance)
        except BaseException as error:
            client.abort()  # or closing would wait for every fetch under way
            if not (isinstance(error, AbortedError) and interruption.signal):
                raise
    return interruption.signal
