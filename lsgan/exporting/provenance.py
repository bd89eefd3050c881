"""What a generator was trained on, as far as it is known: images, licences, attribution."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath
from typing import Any

from lsgan.checkpoints.run import Run
from lsgan.config import config_files
from lsgan.data.pack import PACKED, Pack
from lsgan.errors import DataError
from lsgan.evaluation.evaluate import training_set
from lsgan.inference.generator import Generator
from lsgan.io.markdown import escaped, link
from lsgan.scrape.licenses import normal, text_of

# A file that names each image, and what stands for a licence where none is recorded.
ATTRIBUTION, UNKNOWN = "ATTRIBUTION.md", "unknown"


@dataclass(frozen=True)
class DataSet:
    """The images that a generator was trained on.

    Attributes:
        name: the folder's.
        pack: the data set itself.
        licenses: how many images have each licence, `UNKNOWN` among them.
        sources: how many come from each source; those from nowhere known are left out.
        attributions: title, author, licence and page of each image of which any is known.
    """

    name: str
    pack: Pack
    licenses: Counter[str]
    sources: Counter[str]
    attributions: list[dict[str, str]]

    def summary(self) -> str:
        """The licences on one line, the most frequent first."""
        return ", ".join(f"{name} ({count})" for name, count in self.licenses.most_common())

    def attribution_list(self) -> str:
        """The text of a file that names each image, its author and its licence."""
        return "".join(_attribution_lines(self.attributions))


def find_data(source: Path, generator: Generator, named: Path | None) -> DataSet | None:
    """The data set of a generator; None if it is not there any more or not known.

    Args:
        source: a run's folder, whose configuration says where its data set is, or a checkpoint
            file, which does not.
        generator: what was trained on it.
        named: its folder, if the user says so.

    Raises:
        DataError: if `named` is not the data set that the generator was trained on.
    """
    if named:
        pack = generator.task.open(config_files.with_data(generator.config, named))
        if pack.digest != generator.data:
            raise DataError(
                f"{named} is not the data set that {generator.name} was trained on",
                "Name that one with --data, or leave --data out.",
            )
    else:
        run = run_of(source)
        found = training_set(run.path if run else source, generator)
        if found is None:
            return None
        pack = found
    rows = (
        [row.get("attribution") for row in pack.manifest()] if generator.task.makes_images else []
    )
    known = [_texts(row) for row in rows if isinstance(row, dict)]
    licenses = Counter(row["license"] or UNKNOWN for row in known)
    if missing := len(pack) - len(known):
        licenses[UNKNOWN] += missing
    sources = Counter(row["source"] for row in known if row["source"])
    name = data_name(str(pack.path.absolute()))
    return DataSet(name, pack, licenses, sources, [row for row in known if any(row.values())])


def data_name(path: str) -> str:
    """What a data set in a folder is called: by its last name, since the others are private.

    Args:
        path: of this system or of another one.

    Returns:
        The name, or "" if there is none but that of every packed data set.
    """
    named = [part for part in PureWindowsPath(path).parts[-2:] if part != PACKED]
    return named[-1] if named else ""


def without_folders(text: str) -> str:
    """A description such as "64 held-out photographs of FOLDER", the folder by its name alone."""
    before, of, path = text.partition(" of ")
    return f"{before}{of}{data_name(path) or PACKED}" if of else text


def run_of(source: Path) -> Run | None:
    """The run that a folder is, or that a checkpoint file lies in."""
    folder = source if os.path.isdir(source) else source.absolute().parent.parent  # noqa: PTH112
    run = Run(folder)
    is_run = os.path.isfile(run.config)  # noqa: PTH113 (raises nothing)
    inside = folder == source or source.absolute().parent == run.checkpoints
    return run if is_run and inside else None


def _texts(row: dict[str, Any]) -> dict[str, str]:
    """What an image's line in the manifest says of whose it is; "" where nothing is said."""
    names = ("title", "author", "license", "license_url", "page", "original", "url", "source")
    said = {name: str(row.get(name) or "") for name in names}
    said["license"] = normal(said["license"], said["license_url"])
    return said


def _attribution_lines(rows: list[dict[str, str]]) -> Iterator[str]:
    yield "# Attribution\n\n"
    yield "The images that the model was trained on, as their sources described them.\n\n"
    for row in rows:
        title = escaped(row["title"]) or "Untitled"
        author = escaped(row["author"]) or "unknown author"
        license_name = escaped(row["license"]) or "licence unknown"
        page = row["page"] or row["original"] or row["url"]
        text = row["license_url"] or text_of(row["license"])
        yield f"- {link(title, page)}, {author}, {link(license_name, text)}\n"
