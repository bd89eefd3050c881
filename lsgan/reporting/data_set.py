"""The data set that a run was trained on, and whose the images are."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lsgan.config import Config
from lsgan.data.own import description
from lsgan.data.pack import MANIFEST, find_pack
from lsgan.tasks import task_of
from lsgan.text import printable

# So many are listed, and the rest counted: the whole list is the manifest of the data set.
_MOST_LICENSES, _MOST_AUTHORS = 30, 300
_LONGEST = 120
_UNKNOWN = "not known"


@dataclass(frozen=True)
class License:
    """A licence: what it is called, where its text is ("" if nowhere), and of how many images."""

    name: str
    url: str
    count: int


@dataclass(frozen=True)
class Author:
    """Somebody whose images were used: how many, under which licences, and a page of one."""

    name: str
    count: int
    licenses: str
    page: str


@dataclass(frozen=True)
class DataSet:
    """A packed data set.

    Attributes:
        path: its folder.
        count: how many images it has.
        size: their height and width in pixels.
        digest: of the pixels.
        kind: "images" or "pairs".
        licenses: the licences, the most frequent first.
        other_licenses: how many images have licences beside these.
        authors: the authors, those of the most images first.
        other_authors: how many authors there are beside these.
        classes: how many images there are of each class.
    """

    path: Path
    count: int
    size: int
    digest: str
    kind: str
    licenses: list[License]
    other_licenses: int
    authors: list[Author]
    other_authors: int
    classes: dict[str, int]

    @property
    def is_attributed(self) -> bool:
        """Whether anything is known of whose the images are."""
        return bool(self.authors) or any(each.name != _UNKNOWN for each in self.licenses)


def read_data_set(config: Config) -> DataSet | None:
    """The data set that `config` names; None if it is not there, or computed."""
    if task_of(config).is_synthetic:
        return None
    path = find_pack(Path(config.data.path))
    content = description(path)
    if content is None:
        return None
    licenses: Counter[tuple[str, str]] = Counter()
    authors: dict[str, _Tally] = {}
    classes: Counter[str] = Counter()
    for row in _manifest(path / MANIFEST):
        told = row.get("attribution")
        told = told if isinstance(told, dict) else {}
        name = _text(told, "license") or _UNKNOWN
        licenses[name, _address(told, "license_url")] += 1
        if author := _text(told, "author"):
            authors.setdefault(author, _Tally()).add(name, _address(told, "page", "original"))
        if label := _text(row, "class"):
            classes[label] += 1
    listed = licenses.most_common(_MOST_LICENSES)
    ranked = sorted(authors.items(), key=lambda item: (-item[1].count, item[0].casefold()))
    return DataSet(
        path,
        _number(content, "count"),
        _number(content, "size"),
        str(content.get("sha256", "")),
        str(content.get("kind", "images")),
        [License(*key, count) for key, count in listed],
        licenses.total() - sum(count for _, count in listed),
        [tally.author(name) for name, tally in ranked[:_MOST_AUTHORS]],
        max(len(ranked) - _MOST_AUTHORS, 0),
        dict(classes.most_common(_MOST_LICENSES)),
    )


class _Tally:
    """What is known of an author, image by image."""

    def __init__(self) -> None:
        self.count = 0
        self._licenses: Counter[str] = Counter()
        self._page = ""

    def add(self, license_name: str, page: str) -> None:
        self.count += 1
        self._licenses[license_name] += 1
        self._page = self._page or page

    def author(self, name: str) -> Author:
        names = [name for name, _ in self._licenses.most_common(4)]
        return Author(name, self.count, ", ".join(names), self._page)


def _manifest(path: Path) -> Iterator[dict[str, Any]]:
    """The lines of a manifest that can be read, one at a time: there may be a million."""
    try:
        with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
            for line in file:
                try:
                    row = json.loads(line)
                except (ValueError, RecursionError):
                    continue
                if isinstance(row, dict):
                    yield row
    except OSError:
        return


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return printable(" ".join(value.split()), _LONGEST) if isinstance(value, str) else ""


def _address(row: dict[str, Any], *names: str) -> str:
    """The first of the addresses that a browser may be sent to."""
    for name in names:
        value = row.get(name)
        if isinstance(value, str) and value.startswith(("https://", "http://")):
            return value if len(value) <= 2000 and value.isprintable() else ""
    return ""


def _number(content: dict[str, Any], name: str) -> int:
    value = content.get(name)
    return value if isinstance(value, int) else 0
