"""The section of `lsgan scrape`."""

from typing import Literal

from pydantic import Field

from lsgan.config.section import Section, table


class ScrapeSection(Section):
    """What is collected from the web, and how politely."""

    out: str = Field("data/kanas", min_length=1, description="folder for the images")
    count: int = Field(1000, ge=1, le=1_000_000, description="photographs to collect")
    sources: list[str] = Field(
        ["commons", "openverse"],
        description="where to search, in the order of preference",
        json_schema_extra=table("scrape.sources.table:SOURCES"),
    )
    queries: list[str] = Field([], description="what to search for")
    categories: list[str] = Field([], description="categories of the wiki, without their prefix")
    category_depth: int = Field(2, ge=0, le=5, description="levels of subcategories to enter")
    pages: list[str] = Field([], description="addresses of pages and galleries, for source page")
    url_files: list[str] = Field([], description="files with one address a line, for source urls")
    endpoint: str = Field(
        "https://commons.wikimedia.org/w/api.php", description="the wiki's api.php"
    )
    contact: str = Field("", description="your mail address or site, sent to every server")
    proxy: str = Field(
        "",
        pattern=r"^(http://[^\s/]+/?)?$",
        examples=["http://host:8080"],
        description="address of a proxy; or empty",
    )
    licenses: list[str] = Field(
        [],
        description="licences to accept, such as cc0, by, by-sa; empty: all, unknown ones too",
    )
    min_width: int = Field(200, ge=1, le=100_000, description="least width in pixels")
    min_height: int = Field(200, ge=1, le=100_000, description="least height in pixels")
    aspect: str = Field(
        "any", description="width over height: any, wide, square, tall, or a range such as 0.7-2.5"
    )
    file_width: Literal[250, 330, 500, 960, 1280, 1920, 3840] = Field(
        500, description="width in pixels to request from sources that serve smaller versions"
    )
    keep_duplicates: bool = Field(False, description="keep near-duplicates too, and pack them")
    concurrency: int = Field(2, ge=1, le=64, description="requests at a time to one host")
    interval: float = Field(
        0.5, ge=0, le=3600, description="seconds from one request to a host to the next"
    )
    deadline: float = Field(60, gt=0, le=3600, description="seconds for one whole response")
    least_speed: float = Field(
        2, ge=0, description="kilobytes a second; slower responses are given up"
    )
    max_file_megabytes: float = Field(
        25, gt=0, le=1_000_000_000, description="a larger file is not fetched"
    )
    max_host_megabytes: float = Field(
        4000, gt=0, le=1_000_000_000, description="most that is fetched from one host in one run"
    )
