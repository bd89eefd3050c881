"""What a table, a side-car file or a manifest tells of an image: whose it is, and its class."""

from collections.abc import Iterator, Mapping
from typing import Any

# A JSON object, or a row of a CSV table.
Row = Mapping[str, Any]

# What of an image's line in a manifest travels with it into the packed data set.
ATTRIBUTION = ("title", "author", "license", "license_url", "page", "url", "original", "source")

# Under which other names data sets tell the same.
_OTHER_NAMES = {
    "title": ("caption", "text"),
    "author": ("creator", "artist", "photographer", "credit"),
    "license": ("licence",),
    "license_url": ("licence_url", "license_link"),
    "page": ("source_page", "page_url", "source_url", "foreign_landing_url"),
    "url": ("image_url",),
}
_CLASS_NAMES = ("label", "class")


def attribution(row: Row) -> dict[str, str] | None:
    """Whose the image of a row is, by the names in `ATTRIBUTION`; None if nothing is told."""
    told = dict(_told(row))
    return told if any(told.values()) else None


def has_class(row: Row) -> bool:
    """Whether a row tells an image's class, or that it has none."""
    return any(name in row for name in _CLASS_NAMES)


def class_of(row: Row) -> str | None:
    """The class that a row tells, a number or a text; None if it tells none."""
    for name in _CLASS_NAMES:
        value = row.get(name)
        if isinstance(value, int | str) and not isinstance(value, bool) and value != "":
            return str(value)
    return None


def _told(row: Row) -> Iterator[tuple[str, str]]:
    for name in ATTRIBUTION:
        values = [row.get(key) for key in (name, *_OTHER_NAMES.get(name, ()))]
        texts = [value for value in values if isinstance(value, str)]
        if texts:
            # An empty text tells that the source left it out, and is kept as such.
            yield name, next(filter(None, texts), "")
