"""The folder that a data set is to be written to: what stands there, and whether it may go."""

import os
from collections.abc import Iterable
from itertools import chain
from pathlib import Path
from typing import Any

from lsgan.data.candidate import Candidate
from lsgan.data.output import DUPLICATES, REJECTED
from lsgan.data.own import description, outputs
from lsgan.data.pack import DESCRIPTION, MANIFEST
from lsgan.data.settings import PrepareSettings
from lsgan.data.shards import is_image_file
from lsgan.data.workspace import is_half_published
from lsgan.errors import DataError
from lsgan.io.files import each_line, writing
from lsgan.text import counted

_REMEDY = "Replace it with --overwrite, or choose another folder with --out."


class Target:
    """A folder that is absent, empty or holds a data set that `lsgan prepare` wrote, alone.

    Each check refuses to replace that data set by another one, unless it is to be overwritten.

    Args:
        path: the folder.
        overwrite: whether another data set may be replaced.

    Raises:
        DataError: if there is anything else in the folder.
        OutputError: if it cannot be listed.
    """

    def __init__(self, path: Path, overwrite: bool = False) -> None:
        self._path = path
        self._overwrite = overwrite
        self._old = _standing(path)

    def check_settings(self, settings: PrepareSettings) -> None:
        """Refuse settings that the data set was not packed with.

        Raises:
            DataError: naming the first.
        """
        recorded = self._old.get("settings")
        # Data sets of earlier versions tell their size alone.
        old = recorded if isinstance(recorded, dict) else {"size": self._old.get("size")}
        for name, asked in settings.recorded().items():
            if self._stands and old.get(name, asked) != asked:
                option = {"origin": "--from"}.get(name, f"--{name.replace('_', '-')}")
                raise self._refusal(f"with {option} {_said(old[name])}, not {_said(asked)}")

    def check_files(self, candidates: Iterable[Candidate]) -> None:
        """Refuse other files than the data set was packed from, as far as their names tell.

        Raises:
            DataError: naming one of them.
        """
        named = {candidate.file: candidate for candidate in candidates}
        old = self._files() if self._stands else None
        if old is None:
            return
        gone = sorted(old - named.keys())
        if gone:
            raise self._refusal(f"from other files: {gone[0]} is none of those named now")
        # What is neither an image nor named as one stands in no list.
        new = [file for file in sorted(named.keys() - old) if named[file].is_named_as_image]
        if new:
            raise self._refusal(f"from other files: {new[0]} was none of them")

    def check_pixels(self, digest: str) -> None:
        """Refuse other pixels than those of the data set that stands there by now.

        Args:
            digest: SHA-256 of the new ones, in hexadecimal.

        Raises:
            DataError: if they differ, or something else has come into the folder.
        """
        self._old = _standing(self._path)
        if self._stands and self._old.get("sha256") != digest:
            raise self._refusal("of other images than those packed now")

    @property
    def _stands(self) -> bool:
        return bool(self._old) and not self._overwrite

    def _files(self) -> set[str] | None:
        """Every file that was an image or named as one; None if a list of them is gone."""
        try:
            rows = chain(each_line(self._path / MANIFEST), each_line(self._path / REJECTED))
            groups = each_line(self._path / DUPLICATES)
            dropped = (row for group in groups for row in group.get("dropped", []))
            return {str(row.get("file")) for row in chain(rows, dropped)}
        except OSError:
            return None

    def _refusal(self, packed: str) -> DataError:
        count, size = self._old.get("count"), self._old.get("size")
        images = counted(count, "image") if isinstance(count, int) else "images"
        sources = _sources(self._path)
        return DataError(
            f"{self._path} holds a data set of {images} of {size}×{size}{sources}, packed {packed}",
            _REMEDY,
        )


def _standing(path: Path) -> dict[str, Any]:
    """The description of the data set in the folder `path`; empty if there is none.

    Raises:
        DataError: if there is anything else, but what a run that was killed has left.
        OutputError: if the folder cannot be listed.
    """
    with writing(path):
        try:
            names = {name for name in os.listdir(path) if name[0] != "."}  # noqa: PTH208
        except FileNotFoundError:
            return {}
    old = description(path)
    has_images = any(map(is_image_file, names))
    half = has_images and DESCRIPTION not in names and is_half_published(path)
    foreign = sorted(names - outputs(names) if old or half else names)
    if foreign:
        raise DataError(
            f"{path} holds {foreign[0]}, which lsgan prepare has not written",
            f"Choose a folder for the data set alone with --out, such as {path / 'packed'}.",
        )
    return old or {}


def _sources(path: Path) -> str:
    """From where the data set in `path` is, in words; nothing if that is not known."""
    try:
        sources = list(dict.fromkeys(str(row.get("source")) for row in each_line(path / MANIFEST)))
    except OSError:
        return ""
    more = f" and {len(sources) - 1} more" if len(sources) > 1 else ""
    return f" from {sources[0]}{more}" if sources else ""


def _said(value: object) -> str:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)
