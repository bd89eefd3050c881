"""How fast Wikimedia's servers may be asked (https://wikitech.wikimedia.org/wiki/Robot_policy)."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from lsgan.config import ScrapeSection
from lsgan.scrape.politeness.limits import HostLimit

if TYPE_CHECKING:
    from lsgan.scrape.client import Client

FILES_HOST = "upload.wikimedia.org"

# About 200 requests a minute with the operator's contact in the User-Agent, 10 without.
_WITH_CONTACT, _WITHOUT = 0.3, 6.0
_FILES_WITH_CONTACT = 0.1
_DEFAULT_INTERVAL = ScrapeSection().interval
_HOSTS = re.compile(
    r"(?:.*\.)?(?:wiki(?:media|pedia|data|voyage|books|source|news|quote|versity)|wiktionary)\.org"
    r"|(?:.*\.)?mediawiki\.org"
)


def api_interval(host: str, settings: ScrapeSection) -> float:
    """Seconds between two requests to the API of the wiki at `host`, Wikimedia's or another."""
    if not _HOSTS.fullmatch(host):
        return settings.interval
    return _at_least(_WITH_CONTACT if settings.contact else _WITHOUT, settings)


def limit_files(client: Client, settings: ScrapeSection) -> None:
    """Tell `client` how fast Wikimedia's files may be fetched, which many sources link."""
    contact = bool(settings.contact)
    interval = _at_least(_FILES_WITH_CONTACT, settings) if contact else settings.interval
    limit = HostLimit(concurrency=min(2, settings.concurrency), interval=interval)
    client.limit(FILES_HOST, limit)


def _at_least(seconds: float, settings: ScrapeSection) -> float:
    """`seconds`, or more if the user is more patient than by default."""
    patient = settings.interval > _DEFAULT_INTERVAL
    return max(seconds, settings.interval) if patient else seconds
