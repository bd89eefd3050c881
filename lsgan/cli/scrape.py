"""`lsgan scrape`."""

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from lsgan.cli.options import Changes, ConfigName
from lsgan.scrape.sources.table import SOURCES

Place = Annotated[
    Optional[str],
    typer.Argument(help="The name of a place.", show_default="what the configuration searches for"),
]
Out = Annotated[
    Optional[Path],
    typer.Option(help="Folder for the images.", show_default="data/ and the place's name"),
]
Count = Annotated[
    Optional[int], typer.Option(help="How many photographs to collect.", show_default="1000")
]
SourceNames = Annotated[
    Optional[list[str]],
    typer.Option(
        "--source",
        help=f"Where to search: {', '.join(SOURCES)}; repeatable.",
        show_default="commons, openverse",
    ),
]
Query = Annotated[Optional[list[str]], typer.Option(help="Search for this too; repeatable.")]
Category = Annotated[
    Optional[list[str]], typer.Option(help="Take this category of the wiki too; repeatable.")
]
Url = Annotated[
    Optional[list[str]],
    typer.Option(help="Read this page or gallery, and the pages that follow it; repeatable."),
]
Urls = Annotated[
    Optional[list[Path]],
    typer.Option(
        metavar="FILE", help="Read addresses from this text, CSV, TSV or JSON file; repeatable."
    ),
]
License = Annotated[
    Optional[list[str]],
    typer.Option(
        help="Take only images under this licence, such as cc0, by or by-sa; repeatable.",
        show_default="all",
    ),
]
Contact = Annotated[
    Optional[str],
    typer.Option(help="Your mail address or web site, which the servers are told."),
]
Proxy = Annotated[
    Optional[str],
    typer.Option(
        metavar="URL",
        help="Use this proxy. It resolves host names, so private addresses cannot be blocked.",
    ),
]
Endpoint = Annotated[
    Optional[str],
    typer.Option(metavar="URL", help="The api.php of a MediaWiki other than Commons."),
]
MinWidth = Annotated[Optional[int], typer.Option(help="Least width in pixels.", show_default="200")]
MinHeight = Annotated[
    Optional[int], typer.Option(help="Least height in pixels.", show_default="200")
]
Aspect = Annotated[
    Optional[str],
    typer.Option(
        help="Width divided by height: any, wide, square, tall, or a range such as 0.7-2.5.",
        show_default="the configuration's",
    ),
]
KeepDuplicates = Annotated[
    bool, typer.Option("--keep-duplicates", help="Keep near-duplicates too, and pack them.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Print what would be requested; fetch nothing.")
]
RetryFailed = Annotated[
    bool,
    typer.Option("--retry-failed", help="Retry failed downloads, and sources that had run out."),
]
AllowPrivateHosts = Annotated[
    bool, typer.Option("--allow-private-hosts", help="Fetch from private addresses too.")
]
ClusterAddress = Annotated[
    str,
    typer.Option(
        "--cluster",
        metavar="ADDRESS",
        help="Fetch on the workers of the Dask cluster with this scheduler, such as tcp://host:8786.",
        show_default="this machine",
    ),
]
NoPrepare = Annotated[bool, typer.Option("--no-prepare", help="Do not pack the images at the end.")]


def scrape(
    place: Place = None,
    out: Out = None,
    count: Count = None,
    sources: SourceNames = None,
    query: Query = None,
    category: Category = None,
    url: Url = None,
    urls: Urls = None,
    license: License = None,  # noqa: A002 the field's word for it
    contact: Contact = None,
    proxy: Proxy = None,
    endpoint: Endpoint = None,
    min_width: MinWidth = None,
    min_height: MinHeight = None,
    aspect: Aspect = None,
    keep_duplicates: KeepDuplicates = False,
    dry_run: DryRun = False,
    retry_failed: RetryFailed = False,
    allow_private_hosts: AllowPrivateHosts = False,
    no_prepare: NoPrepare = False,
    cluster: ClusterAddress = "",
    config: ConfigName = None,
    changes: Changes = None,
) -> None:
    """Collect photographs of a place from the web and pack them, or continue an earlier scrape."""
    from lsgan.config import config_files
    from lsgan.scrape.wanted import Options, wanted

    options = Options(
        place=place,
        out=out,
        sources=sources or (),
        pages=url or (),
        url_files=[str(path) for path in urls or ()],
        queries=query or (),
        categories=category or (),
        settings={
            "count": count,
            "licenses": license,
            "contact": contact,
            "proxy": proxy,
            "endpoint": endpoint,
            "min_width": min_width,
            "min_height": min_height,
            "aspect": aspect,
            "keep_duplicates": keep_duplicates or None,
        },
    )
    found = config_files.find(config or "kanas.yaml")
    settings = wanted(config_files.load(found, changes or []), options)
    if dry_run:
        from lsgan.scrape.plan import plan

        typer.echo(plan(settings.scrape, allow_private_hosts))
    else:
        from lsgan.scrape.complete import scrape_and_prepare

        signal = scrape_and_prepare(
            settings,
            name=config,
            retry_failed=retry_failed,
            allow_private_hosts=allow_private_hosts,
            prepare=not no_prepare,
            cluster=cluster,
            say=typer.echo,
        )
        if signal:
            sys.exit(128 + signal)
