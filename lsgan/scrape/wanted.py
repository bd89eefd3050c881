"""What one scrape is to collect: the configuration's section, changed by the command line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from lsgan.config import Config, config_files
from lsgan.config.choices import look_up
from lsgan.errors import ConfigError
from lsgan.scrape.sources.table import NOT_SHIPPED, SOURCES


@dataclass(frozen=True)
class Options:
    """What the command line asks for; None and empty ones leave the configuration's value.

    Attributes:
        place: a place's name.
        out: folder of the set.
        sources: names of sources.
        pages: addresses of pages and galleries.
        url_files: files with addresses.
        queries: what to search for, beside the place.
        categories: categories of the wiki, beside the place's.
        settings: further settings of the section by their names.
    """

    place: str | None = None
    out: Path | None = None
    sources: Sequence[str] = ()
    pages: Sequence[str] = ()
    url_files: Sequence[str] = ()
    queries: Sequence[str] = ()
    categories: Sequence[str] = ()
    settings: dict[str, Any] = field(default_factory=dict)


def wanted(config: Config, options: Options) -> Config:
    """`config` with its scrape section changed as `options` ask.

    A place, a query or a category takes the place of all the configuration's own ones; pages and
    lists of addresses alone leave the search out.

    Raises:
        ConfigError: if a source is not known or a value not possible.
    """
    place = (options.place or "").strip()
    if options.place is not None and not place:
        raise ConfigError("the place has no name", 'Give one, such as: lsgan scrape "Lake Bled"')
    changes: dict[str, Any] = {
        name: value for name, value in options.settings.items() if value not in (None, [])
    }
    search = bool(place or options.queries or options.categories)
    direct = bool(options.pages or options.url_files)
    if search or direct:
        named = [place] if place else []
        changes["queries"] = [*named, *options.queries]
        changes["categories"] = [*named, *options.categories]
        changes["pages"] = list(options.pages)
        changes["url_files"] = list(options.url_files)
        changes["out"] = str(Path("data") / _slug(options))
        # What is named by its address is always asked; the search only if there is one.
        base = config.scrape.sources if search else []
        extra = [name for name, urls in _direct(options) if urls and name not in base]
        changes["sources"] = [*base, *extra]
    if options.sources:
        changes["sources"] = _known(options.sources)
    if options.out is not None:
        changes["out"] = str(options.out)
    return config_files.with_settings(config, "scrape", changes)


def _direct(options: Options) -> list[tuple[str, Sequence[str]]]:
    return [("page", options.pages), ("urls", options.url_files)]


def _known(names: Sequence[str]) -> list[str]:
    """The names of sources without repetition."""
    for name in names:
        if name.lower() in NOT_SHIPPED:
            raise ConfigError(
                f"there is no source {name}: {NOT_SHIPPED[name.lower()]}",
                "Use commons or openverse, where every image has a licence.",
            )
        look_up("--source", name, SOURCES)
    return list(dict.fromkeys(names))


def _slug(options: Options) -> str:
    """A name for the folder of what is asked for: of the place, the query, the site or the file."""
    texts = [options.place or "", *options.queries, *options.categories]
    texts += [urlsplit(page).hostname or "" for page in options.pages if "://" in page]
    texts += [Path(file).stem for file in options.url_files]
    slugs = [re.sub(r"[^\w]+", "-", text.lower()).strip("-_") for text in texts]
    return next((slug[:60] for slug in slugs if slug), "images")
