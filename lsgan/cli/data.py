"""The commands that make a data set."""

import sys
from pathlib import Path
from typing import Annotated, Optional

import typer

from lsgan.cli.options import Changes


def scrape(
    place: Annotated[
        Optional[str],
        typer.Argument(help="A place's name.", show_default="what the configuration searches for"),
    ] = None,
    out: Annotated[
        Optional[Path],
        typer.Option(help="Folder of the set.", show_default="data/ and the place's name"),
    ] = None,
    count: Annotated[
        Optional[int],
        typer.Option(help="How many photographs to collect.", show_default="1000"),
    ] = None,
    source: Annotated[
        Optional[list[str]],
        typer.Option(
            help="commons, openverse, page, urls, bing or baidu; repeatable.",
            show_default="commons, openverse",
        ),
    ] = None,
    query: Annotated[
        Optional[list[str]],
        typer.Option(help="Search for this too; repeatable."),
    ] = None,
    category: Annotated[
        Optional[list[str]],
        typer.Option(help="Take this category of the wiki too; repeatable."),
    ] = None,
    url: Annotated[
        Optional[list[str]],
        typer.Option(help="A page or gallery to read, and those that follow; repeatable."),
    ] = None,
    urls: Annotated[
        Optional[list[Path]],
        typer.Option(
            metavar="FILE", help="A file with addresses: text, CSV, TSV or JSON; repeatable."
        ),
    ] = None,
    license: Annotated[  # noqa: A002 the field's word for it
        Optional[list[str]],
        typer.Option(
            help="Take this licence only, such as cc0, by or by-sa; repeatable.", show_default="all"
        ),
    ] = None,
    contact: Annotated[
        Optional[str],
        typer.Option(help="Your mail address or site, told to the servers."),
    ] = None,
    proxy: Annotated[
        Optional[str],
        typer.Option(
            metavar="URL",
            help="Ask through this proxy; it looks names up, so that private addresses get by.",
        ),
    ] = None,
    endpoint: Annotated[
        Optional[str],
        typer.Option(metavar="URL", help="The api.php of another MediaWiki than Commons."),
    ] = None,
    min_width: Annotated[
        Optional[int],
        typer.Option(help="Least width in pixels.", show_default="200"),
    ] = None,
    min_height: Annotated[
        Optional[int],
        typer.Option(help="Least height in pixels.", show_default="200"),
    ] = None,
    aspect: Annotated[
        Optional[str],
        typer.Option(
            help="Width over height: any, wide, square, tall or a range such as 0.7-2.5.",
            show_default="the configuration's",
        ),
    ] = None,
    keep_duplicates: Annotated[
        bool, typer.Option("--keep-duplicates", help="Keep near copies too, and pack them.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be asked; fetch nothing.")
    ] = False,
    retry_failed: Annotated[
        bool, typer.Option("--retry-failed", help="Try again what failed, ask dry sources again.")
    ] = False,
    allow_private_hosts: Annotated[
        bool, typer.Option("--allow-private-hosts", help="Fetch from private addresses too.")
    ] = False,
    no_prepare: Annotated[
        bool, typer.Option("--no-prepare", help="Do not pack the images at the end.")
    ] = False,
    config: Annotated[
        Optional[str],
        typer.Option(help="A packaged configuration's name or a file.", show_default="kanas.yaml"),
    ] = None,
    changes: Changes = None,
) -> None:
    """Collect photographs of a place from the web, and pack them; go on where it was stopped."""
    from lsgan.config import config_files
    from lsgan.scrape.wanted import Options, wanted

    options = Options(
        place=place,
        out=out,
        sources=source or (),
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
        return
    from lsgan.scrape.complete import scrape_and_prepare

    signal = scrape_and_prepare(
        settings,
        name=config,
        retry_failed=retry_failed,
        allow_private_hosts=allow_private_hosts,
        prepare=not no_prepare,
        say=typer.echo,
    )
    if signal:
        sys.exit(128 + signal)


def prepare(
    sources: Annotated[
        list[Path], typer.Argument(metavar="SRC...", help="Folders or images; of MNIST its folder.")
    ],
    out: Annotated[Path, typer.Option(help="Folder for the packed data set.")],
    size: Annotated[
        Optional[int],
        typer.Option(
            help="Height and width: 32, 64, 128 or 256.",
            show_default="64, of pairs 128, of MNIST 32",
        ),
    ] = None,
    channels: Annotated[
        Optional[int],
        typer.Option(help="3 for colour, 1 for grey.", show_default="3, of MNIST 1"),
    ] = None,
    origin: Annotated[
        str,
        typer.Option(
            "--from",
            help="photographs; pairs, two images side by side in each file; or mnist, idx files.",
        ),
    ] = "photographs",
    direction: Annotated[
        str,
        typer.Option(
            help="Of pairs: left-to-right or right-to-left, from the image that is given."
        ),
    ] = "left-to-right",
    min_size: Annotated[
        Optional[int],
        typer.Option(min=1, help="Least width and height of an image.", show_default="--size"),
    ] = None,
    keep_duplicates: Annotated[
        bool, typer.Option("--keep-duplicates", help="Keep identical and near-identical images.")
    ] = False,
    workers: Annotated[
        Optional[int],
        typer.Option(help="Processes that decode.", show_default="one for each core"),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Replace another data set that is in --out."),
    ] = False,
) -> None:
    """Pack a folder of images into one file that train can read."""
    from lsgan.api import prepare as run

    summary = run(
        sources,
        out,
        origin=origin,
        size=size,
        channels=channels,
        min_size=min_size,
        direction=direction,
        keep_duplicates=keep_duplicates,
        workers=workers,
        overwrite=overwrite,
    )
    typer.echo(summary)
