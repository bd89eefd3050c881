"""A folder of rendered images as a gallery of the web, for `lsgan demo` to scrape."""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from html import escape
from pathlib import Path
from urllib.parse import quote, unquote_to_bytes, urlsplit

from lsgan.demo import server
from lsgan.demo.server import NOT_FOUND, TEXT, Reply
from lsgan.errors import DataError

MEDIA_TYPES = {
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".png": "image/png",
    ".webp": "image/webp",
    ".gif": "image/gif",
    ".bmp": "image/bmp",
    ".tif": "image/tiff",
    ".tiff": "image/tiff",
}
LICENSE = "https://creativecommons.org/publicdomain/zero/1.0/"
CREATOR = "lsgan"

_IMAGES = "/images/"
_ROBOTS = b"User-agent: *\nDisallow: /private/\n"

# Galleries of the web give the address of an image in data-src, for a script to move it to src
# when it comes into view; src holds something empty until then.
_FIGURE = """<figure>
<a href="{address}"><img src="data:," data-src="{address}" loading="lazy" alt="{title}"></a>
<figcaption>{title}</figcaption>
</figure>
"""
_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Landscapes, page {number} of {last}</title>
<link rel="license" href="{license}">
{head_links}<style>
body {{ font: 16px/1.4 sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }}
main {{ display: grid; gap: 1rem; grid-template-columns: repeat(auto-fill, minmax(12rem, 1fr)); }}
figure {{ margin: 0; }}
img {{ aspect-ratio: 4 / 3; display: block; object-fit: cover; width: 100%; }}
</style>
<script type="application/ld+json">{facts}</script>
</head>
<body>
<h1>Landscapes, page {number} of {last}</h1>
<main>
{figures}</main>
<nav>{links}</nav>
<script>for (const image of document.images) image.src = image.dataset.src;</script>
</body>
</html>
"""


@contextmanager
def serve(folder: Path, per_page: int = 60) -> Iterator[str]:
    """Serve the images in `folder` as a gallery, from another process, until the block ends.

    Its pages say that the images were made by lsgan and belong to everyone (CC0), so it is for
    rendered ones. Only files that are there at the start are served.

    Args:
        folder: holds images, told by their suffixes; other files are left out.
        per_page: images on one page.

    Yields:
        The address of the first page, "http://127.0.0.1:PORT/".

    Raises:
        ValueError: if `per_page` is not positive.
        DataError: if `folder` cannot be read or holds no image.
        OutputError: if the operating system refuses a process or a port.
    """
    if per_page < 1:
        raise ValueError(f"a page needs at least one image, got {per_page}")
    with server.running(partial(Gallery, folder.resolve(), _names(folder), per_page)) as base:
        yield base + "/"


def _names(folder: Path) -> list[str]:
    try:
        names = [
            path.name
            for path in folder.iterdir()
            if path.suffix.lower() in MEDIA_TYPES and path.name[0] != "." and path.is_file()
        ]
    except OSError as error:
        raise DataError(f"cannot read {folder}: {error.strerror}", "Name another folder.") from None
    if not names:
        raise DataError(f"{folder} holds no image", "Name a folder of images.")
    return sorted(names)


class Gallery:
    """The site: pages of images in their order, the images, robots.txt.

    Args:
        folder: where the images are.
        names: of the files in `folder` that are shown; no other is ever read.
        per_page: images on one page.
    """

    def __init__(self, folder: Path, names: list[str], per_page: int) -> None:
        self.folder = folder
        self.names = names
        self.per_page = per_page
        self.last = -(-len(names) // per_page)
        self.known = frozenset(names)

    def answer(self, target: str, base: str) -> Reply:
        """As `Site` says."""
        path = urlsplit(target).path
        if path.startswith(_IMAGES):
            return self._image(os.fsdecode(unquote_to_bytes(path[len(_IMAGES) :])))
        if path == "/robots.txt":
            return Reply(_ROBOTS, TEXT)
        if path == "/":
            return self._page(1, base)
        asked = re.fullmatch(r"/page/([1-9][0-9]{0,8})", path)
        if asked and 1 < int(asked[1]) <= self.last:
            return self._page(int(asked[1]), base)
        return NOT_FOUND

    def image(self, name: str) -> bytes:
        """The content of one of the files; an `OSError` means that it is gone."""
        return (self.folder / name).read_bytes()

    def _image(self, name: str) -> Reply:
        # Only a name out of the listing reaches the file system, so no path can lead elsewhere.
        if name not in self.known:
            return NOT_FOUND
        try:
            return Reply(self.image(name), MEDIA_TYPES[Path(name).suffix.lower()])
        except OSError:
            return NOT_FOUND

    def _page(self, number: int, base: str) -> Reply:
        shown = self.names[(number - 1) * self.per_page : number * self.per_page]
        neighbours = {"prev": number - 1, "next": number + 1}
        links = {rel: page for rel, page in neighbours.items() if 1 <= page <= self.last}
        text = _PAGE.format(
            number=number,
            last=self.last,
            license=LICENSE,
            head_links="".join(
                f'<link rel="{rel}" href="{_page_path(page)}">\n' for rel, page in links.items()
            ),
            facts=_json([_facts(name, base) for name in shown]),
            figures="".join(
                _FIGURE.format(address=escape(_address(name)), title=escape(title_of(name)))
                for name in shown
            ),
            links=" ".join(
                f'<a rel="{rel}" href="{_page_path(page)}">Page {page}</a>'
                for rel, page in links.items()
            ),
        )
        return Reply(text.encode())


def title_of(name: str) -> str:
    """The title of the file `name`: "Landscape 12" for landscape-00012.jpg."""
    stem = os.fsencode(Path(name).stem).decode("utf-8", "replace")
    words = re.sub(r"[-_]+", " ", stem.rstrip("0123456789")).strip() or "image"
    number = re.search(r"[0-9]{1,9}$", stem)
    return words[0].upper() + words[1:] + (f" {int(number[0])}" if number else "")


def _address(name: str) -> str:
    return _IMAGES + quote(os.fsencode(name), safe="")


def _page_path(number: int) -> str:
    return "/" if number == 1 else f"/page/{number}"


def _facts(name: str, base: str) -> dict[str, object]:
    return {
        "@context": "https://schema.org/",
        "@type": "ImageObject",
        "contentUrl": base + _address(name),
        "name": title_of(name),
        "creator": {"@type": "Organization", "name": CREATOR},
        "license": LICENSE,
    }


def _json(value: object) -> str:
    """JSON that can stand in a script element: "</script>" cannot end it."""
    return json.dumps(value, ensure_ascii=False).replace("<", "\\u003c")
