"""The sources by their names."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from lsgan.config import ScrapeSection
from lsgan.scrape.sources import baidu, bing
from lsgan.scrape.sources.baidu import Baidu
from lsgan.scrape.sources.bing import Bing
from lsgan.scrape.sources.commons import Commons
from lsgan.scrape.sources.openverse import Openverse
from lsgan.scrape.sources.page import Gallery
from lsgan.scrape.sources.source import Source
from lsgan.scrape.sources.urls import Urls

if TYPE_CHECKING:
    from lsgan.scrape.client import Client

SOURCES: dict[str, Callable[["Client", ScrapeSection], Source]] = {
    "commons": Commons,
    "openverse": Openverse,
    "page": Gallery,
    "urls": Urls,
    "bing": Bing,
    "baidu": Baidu,
}

# Said when one of these is chosen.
NOTICES: dict[str, str] = {"bing": bing.NOTICE, "baidu": baidu.NOTICE}

# Sources that are asked for and not there, and why.
NOT_SHIPPED = {
    "unsplash": "Unsplash forbids data sets and the training of models in its API's terms",
    "pexels": "Pexels forbids data sets and the training of models in its API's terms",
}
