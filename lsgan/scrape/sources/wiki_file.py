"""What a MediaWiki's API tells of one file (https://www.mediawiki.org/wiki/API:Imageinfo)."""

import re
from typing import Any

from lsgan.scrape.candidate import Candidate
from lsgan.scrape.licenses import normal
from lsgan.scrape.markup import plain
from lsgan.scrape.sources.values import BITMAPS, address, pixels, text

# What is read of the extended metadata.
METADATA = ("LicenseShortName", "License", "LicenseUrl", "UsageTerms", "Artist", "Credit")


def wiki_file(page: dict[str, Any], file_width: int, endpoint: str) -> Candidate | None:
    """The file that a page of the API's response tells of.

    Args:
        page: with `imageinfo`, asked for with `iiurlwidth` of `file_width`.
        file_width: of a wider original the smaller copy is taken.
        endpoint: the API's address, which addresses in the response may be relative to.

    Returns:
        None if it is no bitmap, or too little is told.
    """
    info = page.get("imageinfo")
    info = info[0] if isinstance(info, list) and info else None
    if not isinstance(info, dict):
        return None
    mime, original = text(info.get("mime")).lower(), address(info.get("url"), endpoint)
    if not original or mime not in BITMAPS:
        return None
    width = pixels(info.get("width"))
    smaller = address(info.get("thumburl"), endpoint)
    url = smaller if smaller and (width is None or width > file_width) else original
    told = _metadata(info)
    license_url = address(told["LicenseUrl"], endpoint)
    license_text = told["LicenseShortName"] or told["License"] or told["UsageTerms"]
    return Candidate(
        url=url,
        original=original if url != original else "",
        page=address(info.get("descriptionurl"), endpoint),
        title=_title(text(page.get("title"))),
        author=told["Artist"] or told["Credit"],
        license=normal(license_text, license_url),
        license_url=license_url,
        width=width,
        height=pixels(info.get("height")),
        media_type=mime,
    )


def _metadata(info: dict[str, Any]) -> dict[str, str]:
    """Each of `METADATA` as plain text, empty where it is not told."""
    fields = info.get("extmetadata")
    if not isinstance(fields, dict):  # PHP writes an empty object as a list
        fields = {}
    values = {name: fields.get(name) for name in METADATA}
    told = {name: item.get("value") for name, item in values.items() if isinstance(item, dict)}
    strings = {name: value for name, value in told.items() if isinstance(value, str)}
    return {name: plain(strings.get(name, "")) for name in METADATA}


def _title(full: str) -> str:
    """The title of a file's page without its namespace and extension."""
    name = full.partition(":")[2] or full
    return re.sub(r"\.[A-Za-z0-9]{2,5}$", "", name).replace("_", " ").strip()
