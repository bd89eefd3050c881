"""One image of a packed data set, on its way into a folder for others."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lsgan.data.attribution import ATTRIBUTION, attribution
from lsgan.data.pack import MANIFEST, Pack
from lsgan.errors import DataError
from lsgan.scrape import licenses

# A folder with many files is slow to open, and the Hub of Hugging Face takes less than 10,000.
_MOST_IN_FOLDER = 5_000

# What a manifest tells of the original, which the packed image is made from. Where the original
# lay, "source", is left out: it is a path on this machine.
_ORIGINAL = ("file", "width", "height", "format", "bytes", "sha256")


@dataclass(frozen=True)
class PackedImage:
    """One image of a packed data set.

    Attributes:
        index: its row in the data set, from 0.
        file_name: the path of its file in the folder of images, the same in every export of the
            data set, in the order of the rows.
        row: its line in the manifest.
    """

    index: int
    file_name: str
    row: Mapping[str, Any]

    @cached_property
    def attribution(self) -> dict[str, str]:
        """What is known by the names in `ATTRIBUTION`."""
        told = self.row.get("attribution")
        return (attribution(told) if isinstance(told, dict) else None) or {}

    @cached_property
    def license_code(self) -> str:
        """Its licence as one of `licenses.CODES`, "other" or "unknown"."""
        return licenses.code(*self._license)

    @cached_property
    def license_name(self) -> str:
        """Its licence's short name, such as "CC BY-SA 4.0"; of an unknown licence ""."""
        return licenses.normal(*self._license)

    @property
    def _license(self) -> tuple[str, str]:
        return self.attribution.get("license", ""), self.attribution.get("license_url", "")

    def facts(self) -> dict[str, Any]:
        """Everything about it that others may know, by the names of columns."""
        original = {f"original_{name}": self.row.get(name) for name in _ORIGINAL}
        return {"label": self.row.get("class"), **self.attribution, **original}


def images_of(pack: Pack) -> list[PackedImage]:
    """The images of a data set with what its manifest tells of them.

    Raises:
        DataError: if the manifest cannot be read, or is one of other images.
    """
    again = "Make the data set again with lsgan prepare."
    try:
        rows = pack.manifest()
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"cannot read {pack.path / MANIFEST}: {error}", again) from error
    if [row.get("index") for row in rows] != list(range(len(pack))):
        raise DataError(
            f"{pack.path / MANIFEST} does not tell, line by line, of the {len(pack)} images there",
            again,
        )
    return [PackedImage(index, _file_name(index, len(pack)), row) for index, row in enumerate(rows)]


def metadata(images: Iterable[PackedImage]) -> list[dict[str, Any]]:
    """The lines of `metadata.jsonl`: for each image its file and the facts about it.

    All have the same columns, as Hugging Face's reader expects: those of which any image has a
    value. Where images lie in numbered folders, the class is one of them, lest it be guessed.
    """
    named = [(image.file_name, image.facts()) for image in images]
    used = {name for _, facts in named for name, value in facts.items() if value is not None}
    if any("/" in file_name for file_name, _ in named):
        used.add("label")
    columns = ["label", *ATTRIBUTION, *(f"original_{name}" for name in _ORIGINAL)]
    return [
        {
            "file_name": file_name,
            **{name: _storable(facts.get(name)) for name in columns if name in used},
        }
        for file_name, facts in named
    ]


def _file_name(index: int, count: int) -> str:
    name = f"{index:06}.png"
    return f"{index // _MOST_IN_FOLDER:03}/{name}" if count > _MOST_IN_FOLDER else name


def _storable(value: Any) -> str | int | None:
    """A value without the halves of characters, which not every reader of JSON takes."""
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    return value if isinstance(value, int) else None
