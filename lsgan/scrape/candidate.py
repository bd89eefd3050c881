"""What a source knows of one image before it is fetched."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Candidate:
    """An image that a source has found.

    Attributes:
        url: where to fetch it: the original or, where the source offers one, a smaller copy.
        original: address of the original; it tells one image from another across queries and
            sources. Empty where `url` is the original.
        page: the page that shows the image to people; empty if unknown, as all texts below.
        title: in plain text.
        author: in plain text.
        license: a short name such as "CC BY-SA 4.0".
        license_url: of the licence's text.
        width: of the original in pixels, None where the source does not tell it.
        height: likewise.
        media_type: such as "image/jpeg".
        others: further addresses to fetch it from, in the order of preference.
        larger: the address that a link around the image leads to: of the image itself, or of a
            page about it that shows it larger. Empty if there is none.
    """

    url: str
    original: str = ""
    page: str = ""
    title: str = ""
    author: str = ""
    license: str = ""
    license_url: str = ""
    width: int | None = None
    height: int | None = None
    media_type: str = ""
    others: tuple[str, ...] = ()
    larger: str = ""
