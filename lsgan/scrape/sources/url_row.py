"""One row of a list of addresses: which field is which, and the candidate that it describes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lsgan.scrape.candidate import Candidate
from lsgan.scrape.licenses import normal
from lsgan.scrape.sources.values import address, pixels, text

HTTP = re.compile(r"(?:https?:)?//[\w\[]", re.I)
# An address within other text; what may end one is no part of it.
_WITHIN = re.compile(r"https?://[^\s\"'<>|;,()\[\]{}]+", re.I)
# For each field the names that its column may have, the best first.
COLUMNS = {
    "url": (
        *("url", "image_url", "imageurl", "original_url", "originalurl", "photo_image_url"),
        *("content_url", "contenturl", "download_url", "src", "image", "img", "link"),
    ),
    "title": ("title", "caption", "text", "name"),
    "author": ("author", "creator", "photographer"),
    "license": ("license", "licence"),
    "license_url": ("license_url", "licence_url"),
    "page": (
        *("page", "landing_url", "foreign_landing_url", "originallandingurl", "photo_url"),
        *("page_url", "source"),
    ),
    "width": ("width",),
    "height": ("height",),
}


def is_address(said: str) -> bool:
    """Whether it begins like an http or https address."""
    return bool(HTTP.match(said))


def address_field(record: Mapping[str, Any]) -> str:
    """The field of an object that holds the address."""
    held = [name for name, value in record.items() if isinstance(value, str) and is_address(value)]
    known = {normal_name(name): name for name in reversed(held)}
    return next((known[name] for name in COLUMNS["url"] if name in known), next(iter(held), ""))


def json_candidates(item: Any, field: str) -> Iterator[Candidate]:
    """The candidate of an object or a text, if it has an address in `field`."""
    if isinstance(item, str) and item.strip():
        yield candidate_of({"url": item})
    elif isinstance(item, dict):
        names = {normal_name(name): value for name, value in item.items()}
        row = {
            field: next((str(names[name]) for name in accepted if names.get(name)), "")
            for field, accepted in COLUMNS.items()
        }
        said = item.get(field)
        if isinstance(said, str) and said.strip():
            yield candidate_of({**row, "url": said})


def addresses_in(line: str) -> list[str]:
    """The addresses in a line of text; the line itself if it has none."""
    found: list[str] = []
    for cell in line.split("\t"):
        bare = cell.strip(" \"'<>")
        # Only of what is an address as a whole it is known where it ends.
        whole = is_address(bare) and not re.search(r"\s", bare) and bare.count("://") <= 1
        found += [bare] if whole else _WITHIN.findall(cell)
    return found or ([line] if line else [])


def normal_name(name: object) -> str:
    """The name of a column or field as `COLUMNS` has it."""
    return re.sub(r"[\s-]+", "_", str(name).strip("\ufeff \t\"'").lower())


def candidate_of(row: Mapping[str, str]) -> Candidate:
    """The candidate of a row, whose fields are those of `COLUMNS`."""
    said = {name: str(value).strip() for name, value in row.items()}
    url = f"http:{said['url']}" if said["url"].startswith("//") else said["url"]
    terms = said.get("license", "")
    license_url = address(said.get("license_url", "")) or address(terms)
    return Candidate(
        url=url,
        page=address(said.get("page", "")),
        title=text(said.get("title")),
        author=text(said.get("author")),
        license=normal("" if is_address(terms) else terms, license_url),
        license_url=license_url,
        width=pixels(said.get("width")),
        height=pixels(said.get("height")),
    )
