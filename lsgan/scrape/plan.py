"""What a scrape would ask, for `--dry-run`: nothing is fetched, nothing is written."""

from pathlib import Path

from lsgan.config import ScrapeSection
from lsgan.scrape.fetch.client import Client, user_agent
from lsgan.scrape.filters import Filters
from lsgan.scrape.job import CATALOGUE, notices, open_sources

_NO_CONTACT = (
    "no contact is given: Wikimedia then serves about 10 requests a minute instead of 200; "
    "give --contact with your mail address or site"
)


def plan(settings: ScrapeSection, allow_private_hosts: bool) -> str:
    """The scrape in words, for people to read.

    Raises:
        ConfigError: if a setting is not possible or there is nothing to ask.
        DataError: if a file with addresses cannot be read.
    """
    Filters(settings)
    out = Path(settings.out)
    lines = [
        f"collect     {settings.count} pictures into {out}"
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
    with Client(settings, allow_private_hosts) as client:
        for source in open_sources(settings, client):
            for walk in source.walks():
                lines += ["", f"{source.name}, {walk}", f"    {source.address(walk)}"]
    lines += [f"\n{notice}" for notice in notices(settings)]
    return "\n".join([*lines, "\nNothing was fetched."])
