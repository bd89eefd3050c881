"""The hostile server, started once for all tests of the scraper."""

from collections.abc import Iterator

import pytest

from tests.scrape.hostile import Hostile, running


@pytest.fixture(scope="session")
def hostile() -> Iterator[Hostile]:
    """The server; its log and its counters go on from test to test until `reset` is called."""
    with running() as server:
        yield server
