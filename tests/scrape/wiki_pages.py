"""The pages of the wiki of the tests, and their files."""

import hashlib
import io
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

# What is behind a page: an image that no other page shows; the bytes of another page's file; its
# image encoded or scaled anew; a JPEG that ends too early; HTML; nothing, though the API tells
# of a file ("gone"); nothing, and the API tells of none ("lost").
Kind = Literal["image", "identical", "near", "truncated", "html", "gone", "lost"]
SPECIAL: tuple[Kind, ...] = (
    "identical",
    "identical",
    "identical",
    "near",
    "near",
    "near",
    "truncated",
    "html",
    "gone",
    "lost",
    "lost",
)

ROOT = "Kanas Lake"
# The two subcategories hold each other.
SUBCATEGORIES = {
    ROOT: ("Kanas Lake in autumn", "Kanas Lake in winter"),
    "Kanas Lake in autumn": ("Kanas Lake in winter",),
    "Kanas Lake in winter": ("Kanas Lake in autumn",),
}

_SUBJECTS = ("Kanas Lake", "Kanas River", "Moon Bay", "Hemu Village")
_CATEGORIES = (
    (ROOT,),
    ("Kanas Lake in autumn",),
    (ROOT,),
    ("Kanas Lake in winter",),
    ("Kanas Lake in autumn", "Kanas Lake in winter"),
)
_CC = "https://creativecommons.org"


@dataclass(frozen=True)
class Terms:
    """Whose an image is; any text may be empty.

    Attributes:
        license: short name of the licence.
        code: what the wiki calls it.
        url: of its text.
        author: in plain text.
        artist: the author as the wiki has it, in HTML.
    """

    license: str = ""
    code: str = ""
    url: str = ""
    author: str = ""
    artist: str = ""


_TERMS = (
    Terms(
        license="CC BY-SA 4.0",
        code="cc-by-sa-4.0",
        url=f"{_CC}/licenses/by-sa/4.0",
        author="Anna Berg",
        artist='<a href="//commons.wikimedia.org/wiki/User:Berg" title="User:Berg">Anna Berg</a>',
    ),
    Terms(
        license="CC BY 2.0",
        code="cc-by-2.0",
        url=f"{_CC}/licenses/by/2.0",
        author="Li & Söhne",
        artist='<a rel="nofollow" href="https://example.org/?a=1&amp;b=2">Li &amp; Söhne</a>',
    ),
    Terms(
        license="CC0",
        code="cc0",
        url="http://creativecommons.org/publicdomain/zero/1.0/deed.en",
        author="喀纳斯摄影",
        artist='<span lang="zh"><a href="/wiki/User:Kanas">喀纳斯摄影</a></span>',
    ),
    Terms(
        license="Public domain",
        code="pd",
        author="Unknown author",
        artist='<div class="fn value">\n<a href="/wiki/Help:Unknown">Unknown author</a></div>',
    ),
    Terms(),
)


@dataclass(frozen=True)
class WikiPage:
    """A page of the namespace "File".

    Attributes:
        number: counts the pages; `title` ends with it.
        title: without "File:"; the file in the folder is named so.
        kind: what is behind it.
        width: in pixels, as the API tells it, and so are the next three.
        height: likewise.
        bytes: the length of the file.
        sha1: of the file.
    """

    number: int
    title: str
    kind: Kind
    width: int
    height: int
    bytes: int
    sha1: str

    @property
    def page_id(self) -> int:
        return 1000 + self.number

    @property
    def categories(self) -> tuple[str, ...]:
        return _CATEGORIES[self.number % len(_CATEGORIES)]

    @property
    def terms(self) -> Terms:
        return _TERMS[self.number // 2 % len(_TERMS)]

    @property
    def text(self) -> str:
        """What is written on the page; titles need not name the lake, texts do."""
        return f"A view of Kanas Lake in the Altai. {' '.join(self.categories)}"

    @property
    def metadata(self) -> dict[str, str]:
        """What the API calls extmetadata, by its names."""
        terms = self.terms
        found = {"ObjectName": self.title.removesuffix(".jpg")}
        if terms.license:
            found |= {"LicenseShortName": terms.license, "License": terms.code}
            found |= {"LicenseUrl": terms.url} if terms.url else {}
            found |= {"Artist": terms.artist, "Credit": '<span lang="en">Own work</span>'}
        return found


def render_images(folder: Path, count: int, width: int = 320, height: int = 240) -> Path:
    """Make the files of a wiki of `count` (6 or more) different images and the `SPECIAL` pages.

    Numbers tell apart what is what: the images come first, then the special ones.
    """
    # Imported here, so that the process that serves the wiki starts without them.
    from lsgan.demo.landscapes import render

    folder.mkdir(parents=True, exist_ok=True)
    files = [_jpeg(render(seed, width, height)) for seed in range(count)]
    pages = [_write(folder, n, "image", data, (width, height)) for n, data in enumerate(files)]
    for offset, kind in enumerate(SPECIAL):
        number = count + offset
        size = (width, height)
        if kind == "identical":
            data = files[offset]
        elif kind == "near":
            data, size = _near(files[offset], offset)
        elif kind == "html":
            data = b"<!DOCTYPE html>\n<title>Sign in</title><p>Please sign in.</p>\n"
        else:
            data = _jpeg(render(number, width, height))
            data = data[: len(data) * 6 // 10] if kind == "truncated" else data
        pages.append(_write(folder, number, kind, data, size))
    (folder / "pages.json").write_text(json.dumps([asdict(page) for page in pages]))
    return folder


def read_pages(folder: Path) -> list[WikiPage]:
    """The pages of the wiki that `render_images` has made in `folder`."""
    return [WikiPage(**page) for page in json.loads((folder / "pages.json").read_text())]


def _write(folder: Path, number: int, kind: Kind, data: bytes, size: tuple[int, int]) -> WikiPage:
    title = f"{_SUBJECTS[number % len(_SUBJECTS)]} {number:03d}.jpg"
    if kind not in ("gone", "lost"):
        (folder / title).write_bytes(data)
    return WikiPage(number, title, kind, *size, len(data), hashlib.sha1(data).hexdigest())


def _jpeg(pixels, quality: int = 92) -> bytes:
    from PIL import Image

    stream = io.BytesIO()
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    image.save(stream, format="JPEG", quality=quality)
    return stream.getvalue()


def _near(data: bytes, variant: int) -> tuple[bytes, tuple[int, int]]:
    """A copy that is encoded anew, scaled to 7/8, or both, by turns; and its size."""
    from PIL import Image

    image = Image.open(io.BytesIO(data))
    if variant % 3:
        image = image.resize((image.width * 7 // 8, image.height * 7 // 8))
    return _jpeg(image, 92 if variant % 3 == 1 else 60), image.size
