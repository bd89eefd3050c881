"""From folders of photographs, pairs of pictures or MNIST's files to a packed data set."""

import json
import shlex
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple, get_args

import numpy as np
from tqdm import tqdm

from lsgan.arrays import Pixels
from lsgan.dataset import mnist
from lsgan.dataset.decode import REASONS, Decoded, Facts, Layout, RejectedError, attempt
from lsgan.dataset.discover import Candidate, discover
from lsgan.dataset.duplicates import Group, find_duplicates
from lsgan.dataset.output import Spool, contact_sheet, write_images
from lsgan.dataset.pack import DESCRIPTION, IMAGES, MANIFEST, describe
from lsgan.dataset.workspace import publish, workspace
from lsgan.errors import DataError
from lsgan.files import write_lines, write_text
from lsgan.pictures import save_png, side_by_side
from lsgan.processes import map_surviving
from lsgan.runtime import cores

REJECTED, DUPLICATES, SHEET = "rejected.jsonl", "duplicates.jsonl", "contact-sheet.png"
_OUTPUTS = (IMAGES, MANIFEST, REJECTED, DUPLICATES, SHEET, DESCRIPTION)

_SPOOL = "pixels"


class _Origin(NamedTuple):
    """What sources may hold: how it is packed unless asked otherwise, and what trains on it."""

    size: int
    channels: int
    config: str


_ORIGINS = {
    "photographs": _Origin(64, 3, "kanas.yaml"),
    "pairs": _Origin(128, 3, "pix2pix-facades.yaml"),
    "mnist": _Origin(32, 1, "dcgan-mnist.yaml"),
}
_DIRECTIONS = get_args(Layout)[1:]
# A file on its way into a data set, and what became of it.
Outcome = tuple[Candidate, Decoded | RejectedError]


@dataclass(frozen=True)
class PrepareSettings:
    """How to pack.

    Attributes:
        size: width and height of a packed picture in pixels: 32, 64, 128 or 256.
        channels: 3 for colour, 1 for grey.
        min_size: least width and least height of an upright picture in pixels; None stands for
            `size`.
        keep_duplicates: keep copies too.
        workers: number of processes; None stands for one on each core.
        origin: what the sources hold: photographs, two pictures side by side in each file, or
            MNIST's files.
        direction: of pairs, from the side that a generator is given to the other: left-to-right or
            right-to-left.

    Raises:
        DataError: if a value is out of its range.
    """

    size: int = 64
    channels: int = 3
    min_size: int | None = None
    keep_duplicates: bool = False
    workers: int | None = None
    origin: str = "photographs"
    direction: str = "left-to-right"

    def __post_init__(self) -> None:
        if self.size not in (32, 64, 128, 256):
            raise DataError(f"the size {self.size} is not possible", "Use 32, 64, 128 or 256.")
        if self.channels not in (1, 3):
            raise DataError(
                f"{self.channels} channels are not possible", "Use 3 for colour or 1 for grey."
            )
        if self.min_size is not None and self.min_size < 1:
            raise DataError(f"the least size {self.min_size} is below 1", "Use 1 or more pixels.")
        if self.workers is not None and self.workers < 1:
            raise DataError(f"{self.workers} workers cannot work", "Use 1 or more.")
        if self.origin not in _ORIGINS:
            raise DataError(f"{self.origin} is nothing to pack from", f"Use {_or(_ORIGINS)}.")
        if self.direction not in _DIRECTIONS:
            raise DataError(f"{self.direction} is no direction", f"Use {_or(_DIRECTIONS)}.")

    @classmethod
    def of(
        cls, origin: str, size: int | None, channels: int | None, **others: Any
    ) -> "PrepareSettings":
        """The settings for an origin, whose own size and channels stand for None."""
        own = _ORIGINS.get(origin, _ORIGINS["photographs"])
        return cls(
            size=own.size if size is None else size,
            channels=own.channels if channels is None else channels,
            origin=origin,
            **others,
        )

    @property
    def layout(self) -> Layout:
        """What each file shows."""
        if self.origin != "pairs":
            return "single"
        return "left-to-right" if self.direction == "left-to-right" else "right-to-left"


@dataclass(frozen=True)
class PrepareSummary:
    """What has been done: `found` is `kept`, all of `rejected`, `identical` and `near` together.

    Attributes:
        out: folder of the data set.
        found: number of files looked at.
        kept: number of pictures packed.
        rejected: number of files for each reason, by its code.
        identical: number of files left out because their bytes are those of a kept one.
        near: number of files left out because they show nearly the same as a kept one.
        seconds: time taken.
        config: the packaged configuration that trains on such a data set.
    """

    out: Path
    found: int
    kept: int
    rejected: dict[str, int]
    identical: int
    near: int
    seconds: float
    config: str = "kanas.yaml"

    def lines(self) -> list[str]:
        """The summary for a terminal."""
        speed = self.found / self.seconds if self.seconds else 0.0
        rejected = sum(self.rejected.values())
        return [
            f"found       {self.found:>8}  in {self.seconds:.1f} s, {speed:.0f} a second",
            f"kept        {self.kept:>8}",
            f"rejected    {rejected:>8}",
            *(
                f"    {code:<18} {count:>6}  {REASONS[code]}"
                for code, count in self.rejected.items()
            ),
            f"duplicates  {self.identical + self.near:>8}",
            f"    identical          {self.identical:>6}",
            f"    near               {self.near:>6}",
            f"data set    {self.out / IMAGES}",
            f"to look at  {self.out / SHEET}",
            f"left out    {self.out / REJECTED}, {self.out / DUPLICATES}",
            f"next        lsgan train --config {self.config} --data {shlex.quote(str(self.out))}",
        ]

    def __str__(self) -> str:
        return "\n".join(self.lines())


def prepare(
    sources: Sequence[Path], out: Path, settings: PrepareSettings, progress: bool = True
) -> PrepareSummary:
    """Pack the photographs in `sources` into the folder `out`.

    The same files give the same bytes, whatever the number of processes. A data set that
    stood in `out` before stays whole until the new one is complete.

    Args:
        sources: folders, searched to any depth, and single files.
        out: folder of the data set; made if need be.
        settings: how to pack.
        progress: show a progress bar when standard error is a terminal.

    Raises:
        DataError: if a source is missing, no picture is left, or `out` is in use.
        OutputError: if the operating system refuses to write.
    """
    started = time.monotonic()
    pairs = settings.origin == "pairs"
    if settings.origin == "mnist":
        outcomes = _digits([mnist.find(source) for source in sources], settings)
    else:
        outcomes = _decoded(discover(sources, out, frozenset(_OUTPUTS)), settings, progress)
    with workspace(out) as folder:
        shape = ((2 if pairs else 1) * settings.channels, settings.size, settings.size)
        with Spool(folder / _SPOOL, shape) as spool:
            kept, rejected = _fill(spool, outcomes)
        counts = Counter(row["reason"] for row in rejected)
        if not kept:
            reasons = ", ".join(f"{count} {code}" for code, count in sorted(counts.items()))
            raise DataError(
                f"none of the {len(rejected)} files can be used: {reasons}",
                "Name a folder with photographs in it, or lower --min-size.",
            )
        pixels = spool.read()
        groups = _group(kept, pixels, settings)
        kinds = Counter(kind for group in groups for _, kind in group.dropped)
        chosen = _without_dropped(len(kept), groups)
        write_images(folder / IMAGES, pixels, chosen)
        write_lines(folder / MANIFEST, _manifest(kept, chosen))
        write_lines(folder / REJECTED, rejected)
        write_lines(folder / DUPLICATES, _duplicates(kept, groups))
        images: Pixels = np.load(folder / IMAGES, mmap_mode="r")
        save_png(contact_sheet(side_by_side(images) if pairs else images), folder / SHEET)
        described = describe(images, "pairs" if pairs else "pictures")
        write_text(folder / DESCRIPTION, json.dumps(described, indent=2) + "\n")
        # Windows moves no file that is mapped.
        del images, pixels
        publish(folder, out, _OUTPUTS)
    return PrepareSummary(
        out=out,
        found=len(kept) + len(rejected),
        kept=len(chosen),
        rejected=dict(sorted(counts.items())),
        identical=kinds["identical"],
        near=kinds["near"],
        seconds=time.monotonic() - started,
        config=_ORIGINS[settings.origin].config,
    )


def _fill(
    spool: Spool, outcomes: Iterable[Outcome]
) -> tuple[list[tuple[Candidate, Facts]], list[dict[str, Any]]]:
    """Write what was decoded; return what `spool` holds, row by row, and each rejection."""
    kept, rejected = [], []
    for candidate, outcome in outcomes:
        if isinstance(outcome, Decoded):
            spool.append(outcome.pixels)
            kept.append((candidate, outcome.facts))
        else:
            reason = {"reason": outcome.reason, "detail": outcome.detail}
            rejected.append(_named(candidate) | reason)
    return kept, rejected


def _digits(files: list[Path], settings: PrepareSettings) -> Iterator[Outcome]:
    for file in files:
        yield from mnist.read(file, settings.size, settings.channels)


def _decoded(
    candidates: list[Candidate], settings: PrepareSettings, progress: bool
) -> Iterator[Outcome]:
    """Each file and what it was decoded to, in several processes."""
    function = partial(
        attempt,
        size=settings.size,
        channels=settings.channels,
        min_size=settings.min_size or settings.size,
        layout=settings.layout,
    )
    paths = [candidate.path for candidate in candidates]
    workers = settings.workers or cores()
    with closing(map_surviving(function, paths, workers, _crashed)) as outcomes:
        bar = tqdm(
            outcomes,
            desc="prepare",
            total=len(paths),
            unit=" files",
            disable=None if progress else True,  # None: unless standard error is a terminal
        )
        yield from zip(candidates, bar, strict=True)


def _crashed(_: Path) -> Decoded | RejectedError:
    return RejectedError("decoder-crashed")


def _group(
    kept: list[tuple[Candidate, Facts]], pixels: Pixels, settings: PrepareSettings
) -> list[Group]:
    """Group the copies; the one with the most pixels is kept, then the longest file.

    Digits and label maps resemble each other without being copies: none is looked for there.
    """
    if settings.keep_duplicates or settings.origin != "photographs":
        return []

    def rank(index: int) -> tuple[int, int, int]:
        facts = kept[index][1]
        # The rows stand in the order of their paths, which decides last.
        return -facts.width * facts.height, -facts.bytes, index

    return find_duplicates(
        digests=[facts.sha256 for _, facts in kept],
        phashes=[facts.phash for _, facts in kept],
        preference=sorted(range(len(kept)), key=rank),
        pixels=pixels,
    )


def _without_dropped(count: int, groups: list[Group]) -> list[int]:
    dropped = {index for group in groups for index, _ in group.dropped}
    return [index for index in range(count) if index not in dropped]


def _named(candidate: Candidate) -> dict[str, Any]:
    return {"file": candidate.file, "source": candidate.source}


def _or(names: Iterable[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} or {last}"


def _manifest(kept: list[tuple[Candidate, Facts]], chosen: list[int]) -> Iterator[dict[str, Any]]:
    for row, index in enumerate(chosen):
        candidate, facts = kept[index]
        yield {
            "index": row,
            **_named(candidate),
            "class": candidate.category,
            "width": facts.width,
            "height": facts.height,
            "format": facts.format,
            "bytes": facts.bytes,
            "sha256": facts.sha256,
            **({"attribution": candidate.attribution} if candidate.attribution else {}),
        }


def _duplicates(
    kept: list[tuple[Candidate, Facts]], groups: list[Group]
) -> Iterator[dict[str, Any]]:
    for group in groups:
        yield {
            "kept": _named(kept[group.kept][0]),
            "dropped": [_named(kept[index][0]) | {"kind": kind} for index, kind in group.dropped],
        }
