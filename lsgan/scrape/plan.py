"""What a scrape would ask, for `--dry-run`: nothing is fetched, nothing is written."""

from pathlib import Path
from textwrap import shorten

from lsgan.config import ScrapeSection
from lsgan.errors import OutputError
from lsgan.scrape.client import Client, user_agent
from lsgan.scrape.filters import Filters
from lsgan.scrape.job import CATALOGUE, notices, open_sources
from lsgan.scrape.sources.source import Source

# Letters of what is asked of a source, and of the address that is asked first.
_ASKED, _ADDRESS = 120, 80
_NO_CONTACT = (
    "no contact is given: Wikimedia then serves about 10 requests a minute instead of 200; "
    "give --contact with your mail address or site"
)


def plan(settings: ScrapeSection, allow_private_hosts: bool) -> str:
    """The scrape in words, for people to read.

    Raises:
        ConfigError: if a setting is not possible or there is nothing to ask.
        DataError: if a file with addresses cannot be read.
        OutputError: if the place for the set is taken by a file.
    """
    Filters(settings)
    out = Path(settings.out)
    if out.exists() and not out.is_dir():
        raise OutputError(f"{out} is no folder", "Choose another one with --out.")
    lines = [
        f"collect     {settings.count} images into {out}"
        + (" (which holds some already)" if (out / CATALOGUE).exists() else ""),
        f"wanted      at least {settings.min_width}x{settings.min_height} pixels, "
        f"aspect {settings.aspect}, licences: {', '.join(settings.licenses) or 'all'}",
        f"politeness  {settings.concurrency} requests at a time to one host, "
        f"{settings.interval:g} s between two, robots.txt obeyed; some sources ask for more",
        f"addresses   {'private ones too' if allow_private_hosts else 'public ones only'}",
        f"we say      User-Agent: {user_agent(settings.contact)}",
    ]
    if not settings.contact:
        lines.append(f"            {_NO_CONTACT}")
    lines.append("")
    with Client(settings, allow_private_hosts) as client:
        sources = open_sources(settings, client)
        lines += [_line(source) for source in sources]
    lines += [f"\n{notice}" for notice in notices(sources, settings)]
    return "\n".join([*lines, "\nNothing was fetched."])


def _line(source: Source) -> str:
    """A source, what is asked of it, and the address that is asked first."""
    queries = source.queries()
    asked = shorten(", ".join(queries), _ASKED, placeholder=" …")
    count = f" ({len(queries)})" if len(queries) > 1 else ""
    first = source.address(queries[0])
    address = (
        "" if first in queries else f": {first[:_ADDRESS]}{'…' if len(first) > _ADDRESS else ''}"
    )
    return f"{source.name:<11} {asked}{count}{address}"
