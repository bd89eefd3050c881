"""A wiki on this machine that answers as MediaWiki does, for tests of the whole scraper."""

import io
import json
import re
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from lsgan.demo import server
from lsgan.demo.server import NOT_FOUND, TEXT, Reply
from tests.scrape.wiki_api import Api, error, file_path, thumbnail_height
from tests.scrape.wiki_pages import Kind, WikiPage, read_pages, render_images

__all__ = ["Wiki", "WikiPage", "render_images", "serve_wiki"]

WIDTHS = (20, 40, 60, 120, 250, 330, 500, 960, 1280, 1920, 3840)
LOG = "/-/log"

_JSON = "application/json; charset=utf-8"
_ROBOTS = b"User-agent: *\nDisallow: /w/\n"
_THUMBNAIL = re.compile(r"/images/thumb/(./../[^/]+)/([0-9]+)px-[^/]+")


@dataclass(frozen=True)
class Wiki:
    """A wiki that is being served.

    Attributes:
        base: "http://127.0.0.1:PORT".
        pages: all of its pages.
    """

    base: str
    pages: list[WikiPage]

    @property
    def endpoint(self) -> str:
        """The address of its API."""
        return f"{self.base}/w/api.php"

    @property
    def counts(self) -> Counter[Kind]:
        """How many pages there are of each kind: what a run over all of them must end with."""
        return Counter(page.kind for page in self.pages)

    def log(self) -> list[dict]:
        """The requests so far in their order, each {"path": text, "query": {name: value}}."""
        with urllib.request.urlopen(self.base + LOG) as answer:
            return json.load(answer)


@contextmanager
def serve_wiki(
    folder: Path, *, limit: int = 20, maxlag_every: int = 0, plain: bool = False
) -> Iterator[Wiki]:
    """Serve the wiki that `render_images` has made in `folder`, from another process.

    Args:
        folder: holds its pages.
        limit: the most results in one answer, whatever the client asks for.
        maxlag_every: of so many answers of the API the last is the error "maxlag"; 0 for none.
        plain: whether it lacks CirrusSearch: words such as filetype:bitmap are nothing special,
            and titles alone are searched unless gsrwhat=text.
    """
    with server.running(partial(_Site, folder.resolve(), limit, maxlag_every, plain)) as base:
        yield Wiki(base, read_pages(folder))


class _Site:
    def __init__(self, folder: Path, limit: int, maxlag_every: int, plain: bool) -> None:
        self.folder = folder
        self.maxlag_every = maxlag_every
        pages = read_pages(folder)
        self.api = Api(pages, limit, plain)
        self.by_path = {file_path(page): page for page in pages}
        self.log: list[dict] = []
        self.api_answers = 0
        self.thumbnails: dict[str, Reply] = {}
        self.lock = threading.Lock()

    def answer(self, target: str, base: str) -> Reply:
        parts = urlsplit(target)
        path = unquote(parts.path)
        with self.lock:
            if path == LOG:
                return _json(self.log)
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            self.log.append({"path": path, "query": query})
            if path == "/w/api.php":
                return self._api(query, base)
            if thumbnail := _THUMBNAIL.fullmatch(path):
                if path not in self.thumbnails:
                    self.thumbnails[path] = self._thumbnail(thumbnail[1], int(thumbnail[2]))
                return self.thumbnails[path]
        if path == "/robots.txt":
            return Reply(_ROBOTS, TEXT)
        return self._file(path.removeprefix("/images/"))

    def _api(self, query: dict[str, str], base: str) -> Reply:
        self.api_answers += 1
        if self.maxlag_every and self.api_answers % self.maxlag_every == 0:
            lag = {"host": "db1", "lag": 6.5, "type": "db"}
            answer = error("maxlag", "Waiting for db1: 6.5 seconds lagged.", **lag)
            return _json(answer, {"Retry-After": "0", "X-Database-Lag": "6"})
        if query.get("format") != "json":
            return Reply(b"<!DOCTYPE html>\n<title>MediaWiki API result</title>\n")
        return _json(self.api.answer(query, base))

    def _file(self, path: str) -> Reply:
        page = self.by_path.get(path)
        if page is None or page.kind in ("gone", "lost"):
            return NOT_FOUND
        return Reply((self.folder / page.title).read_bytes(), "image/jpeg")

    def _thumbnail(self, path: str, width: int) -> Reply:
        # Imported here: only this process may be told to read truncated files, as ImageMagick
        # does for a wiki, whose thumbnails can thus be whole where the file is not.
        from PIL import Image, ImageFile

        ImageFile.LOAD_TRUNCATED_IMAGES = True
        page = self.by_path.get(path)
        if width not in WIDTHS:
            return Reply(b"Use one of the standard widths of thumbnails\n", TEXT, 429)
        if page is None or page.kind in ("gone", "lost", "html") or width >= page.width:
            return Reply(b"Error generating thumbnail\n", TEXT, 500)
        stream = io.BytesIO()
        with Image.open(self.folder / page.title) as image:
            small = image.resize((width, thumbnail_height(page, width)))
            small.save(stream, format="JPEG", quality=87)
        return Reply(stream.getvalue(), "image/jpeg")


def _json(value: object, headers: dict[str, str] | None = None) -> Reply:
    return Reply(json.dumps(value, ensure_ascii=False).encode(), _JSON, headers=headers or {})
