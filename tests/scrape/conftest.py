"""What several tests of the scraper need: the hostile server, an empty catalogue."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from lsgan.scrape.catalogue import Catalogue
from tests.scrape.hostile import Hostile, running


@pytest.fixture(scope="session")
def hostile() -> Iterator[Hostile]:
    """The server; its log and its counters go on from test to test until `reset` is called."""
    with running() as server:
        yield server


@pytest.fixture
def catalogue(tmp_path: Path) -> Iterator[Catalogue]:
    opened = Catalogue(tmp_path / "catalogue.sqlite")
    yield opened
    opened.close()
