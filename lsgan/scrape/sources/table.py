"""The sources by their names.

A line names the module below this package and the class, so that the names are known without
loading what a source needs.
"""

from pkgutil import resolve_name
from typing import NamedTuple

from lsgan.scrape.sources.source import Source


class Entry(NamedTuple):
    """Where a source is: its module below this package, and its class."""

    module: str
    name: str

    def load(self) -> type[Source]:
        """The class, which is made from a client and the scrape section."""
        found: type[Source] = resolve_name(f"lsgan.scrape.sources.{self.module}:{self.name}")
        return found


SOURCES = {
    "commons": Entry("commons", "Commons"),
    "openverse": Entry("openverse", "Openverse"),
    "page": Entry("page", "Gallery"),
    "urls": Entry("urls", "Urls"),
    "bing": Entry("bing", "Bing"),
    "baidu": Entry("baidu", "Baidu"),
}

# Sources that people ask for and that are left out, and why.
NOT_SHIPPED = {
    "unsplash": "Unsplash forbids data sets and the training of models in its API's terms",
    "pexels": "Pexels forbids data sets and the training of models in its API's terms",
}
