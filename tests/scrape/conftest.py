"""What several tests of the scraper need: the hostile server, a client, an empty catalogue."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lsgan.scrape.catalogue import Catalogue
from lsgan.scrape.client import Client
from tests.scrape.client_helpers import SkippingClock, new_client
from tests.scrape.hostile import Hostile, running


@pytest.fixture(scope="session")
def hostile() -> Iterator[Hostile]:
    """The server; its log and its counters go on from test to test until `reset` is called."""
    with running() as server:
        yield server


@pytest.fixture
def server(hostile: Hostile) -> Hostile:
    """The hostile server, having forgotten everything."""
    hostile.reset()
    return hostile


@pytest.fixture
def clock() -> SkippingClock:
    return SkippingClock()


@pytest.fixture
def client(clock: SkippingClock) -> Iterator[Client]:
    with new_client(clock) as made:
        yield made


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    opened = Catalogue(tmp_path / "catalogue.sqlite")
    yield opened
    opened.close()
