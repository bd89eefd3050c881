from collections.abc import Iterator

import pytest

from lsgan.scrape.fetch.client import Client
from tests.scrape.fetch.helpers import SkippingClock, new_client
from tests.scrape.hostile import Hostile


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
