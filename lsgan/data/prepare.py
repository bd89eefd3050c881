"""From folders of photographs, pairs of images or MNIST's files to a packed data set."""

import contextlib
import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from lsgan.arrays import Pixels
from lsgan.data import mnist
from lsgan.data.archives import Archives
from lsgan.data.candidate import Candidate
from lsgan.data.cluster_decoding import PACKAGES, decode_on
from lsgan.data.decode import Decoded, Facts, attempt
from lsgan.data.discover import discover, no_images
from lsgan.data.duplicates import Group, find_duplicates
from lsgan.data.output import DUPLICATES, REJECTED, SHEET, Spool, contact_sheet, write_images
from lsgan.data.own import files_of, outputs
from lsgan.data.pack import DESCRIPTION, MANIFEST, Kind, describe
from lsgan.data.rejection import RejectedError
from lsgan.data.settings import PrepareSettings
from lsgan.data.shards import image_files, open_images
from lsgan.data.summary import PrepareSummary
from lsgan.data.target import Target
from lsgan.data.workspace import publish, workspace
from lsgan.errors import DataError
from lsgan.io.files import write_lines, write_text
from lsgan.io.images import save_png
from lsgan.system.cluster import Cluster, connect
from lsgan.system.processes import map_surviving
from lsgan.system.progress import progress_bar
from lsgan.system.runtime import cores

_SPOOL = "pixels"


# Why a file that is not even named as an image is none.
_NO_IMAGES = ("empty", "not-an-image")

# A file on its way into a data set, and what became of it.
Outcome = tuple[Candidate, Decoded | RejectedError]


def prepare(
    sources: Sequence[Path],
    out: Path,
    settings: PrepareSettings,
    progress: bool = True,
    overwrite: bool = False,
) -> PrepareSummary:
    """Pack the photographs in `sources` into the folder `out`.

    The same files give the same bytes, whatever the number of processes. A data set that stood in
    `out` before is replaced only by the same one, unless it is to be overwritten, and stays whole
    until the new one is complete.

    Args:
        sources: folders, searched to any depth, zip and tar archives, WebDataset's shards among
            them, and single files.
        out: folder of the data set; made if need be.
        settings: how to pack.
        progress: show a progress bar when standard error is a terminal.
        overwrite: replace a data set of other images or settings.

    Raises:
        DataError: if a source is missing, no image is left, or `out` is in use or holds something
            that may not be replaced.
        OutputError: if the operating system refuses to write.
    """
    target = Target(out, overwrite)
    target.check_settings(settings)
    if settings.origin == "mnist":
        digits = _digits([mnist.find(source) for source in sources], settings)
        return _pack(digits, out, settings, target)
    with _cluster(settings) as cluster, Archives() as archives:
        candidates = discover(sources, out, _standing(out), archives)
        target.check_files(candidates)
        decoded = _decoded(candidates, settings, progress, cluster)
        return _pack(decoded, out, settings, target)


def _cluster(settings: PrepareSettings) -> AbstractContextManager[Cluster | None]:
    """The cluster that is to decode, if any."""
    return connect(settings.cluster, PACKAGES) if settings.cluster else nullcontext()


def _standing(out: Path) -> frozenset[str]:
    """The names in `out` that are of a data set, or of what is left of one."""
    return outputs(os.listdir(out)) if out.is_dir() else frozenset()  # noqa: PTH208


def _remove_others(out: Path, files: Sequence[str]) -> None:
    """Remove the pixels of an earlier data set that was divided into other files."""
    for name in _standing(out) - set(files):
        with contextlib.suppress(OSError):  # Windows removes no file that a training has open
            (out / name).unlink()


def _pack(
    outcomes: Iterable[Outcome], out: Path, settings: PrepareSettings, target: Target
) -> PrepareSummary:
    """Write a data set of what was decoded, if `target` lets it be replaced by that."""
    started = time.monotonic()
    pairs = settings.origin == "pairs"
    with workspace(out) as folder:
        shape = ((2 if pairs else 1) * settings.channels, settings.size, settings.size)
        with Spool(folder / _SPOOL, shape) as spool:
            kept, rejected, ignored = _fill(spool, outcomes)
        counts = Counter(row["reason"] for row in rejected)
        if not kept:
            raise _nothing_left(counts, ignored)
        pixels = spool.read()
        groups = _group(kept, pixels, settings)
        kinds = Counter(kind for group in groups for _, kind in group.dropped)
        chosen = _without_dropped(len(kept), groups)
        write_images(folder, pixels, chosen, settings.shard_size)
        write_lines(folder / MANIFEST, _manifest(kept, chosen))
        write_lines(folder / REJECTED, rejected)
        write_lines(folder / DUPLICATES, _duplicates(kept, groups))
        images = open_images(folder, (len(chosen), *shape), settings.shard_size)
        save_png(contact_sheet(images, pairs), folder / SHEET)
        kind: Kind = "pairs" if pairs else "images"
        described = describe(images, kind, settings.recorded(), settings.shard_size)
        write_text(folder / DESCRIPTION, json.dumps(described, indent=2) + "\n")
        # Windows moves no file that is mapped.
        del images, pixels
        target.check_pixels(described["sha256"])
        files = files_of(len(chosen), settings.shard_size)
        publish(folder, out, files)
        _remove_others(out, files)
    return PrepareSummary(
        out=out,
        found=len(kept) + len(rejected),
        kept=len(chosen),
        attributed=sum(kept[index][0].attribution is not None for index in chosen),
        rejected=dict(sorted(counts.items())),
        ignored=len(ignored),
        identical=kinds["identical"],
        near=kinds["near"],
        seconds=time.monotonic() - started,
        files=image_files(len(chosen), settings.shard_size),
        training=settings.training,
    )


def _fill(
    spool: Spool, outcomes: Iterable[Outcome]
) -> tuple[list[tuple[Candidate, Facts]], list[dict[str, Any]], list[Candidate]]:
    """Write what was decoded.

    Returns:
        What `spool` holds, row by row; each rejection; and the files that are neither images nor
        named as such.
    """
    kept, rejected, ignored = [], [], []
    for candidate, outcome in outcomes:
        if isinstance(outcome, Decoded):
            spool.append(outcome.pixels)
            kept.append((candidate, outcome.facts))
        elif outcome.reason in _NO_IMAGES and not candidate.is_named_as_image:
            ignored.append(candidate)
        else:
            reason = {"reason": outcome.reason, "detail": outcome.detail}
            rejected.append(_named(candidate) | reason)
    return kept, rejected, ignored


def _nothing_left(counts: Counter[str], ignored: list[Candidate]) -> DataError:
    """What to say where nothing can be packed."""
    if not counts:
        return no_images(dict.fromkeys(candidate.source for candidate in ignored))
    reasons = ", ".join(f"{count} {code}" for code, count in sorted(counts.items()))
    count = counts.total()
    files = f"none of the {count} files" if count > 1 else "not even the one file there is"
    return DataError(
        f"{files} can be used: {reasons}",
        "Name a folder with photographs in it, or lower --min-size.",
    )


def _digits(files: list[Path], settings: PrepareSettings) -> Iterator[Outcome]:
    for file in files:
        yield from mnist.read(file, settings.size, settings.channels)


def _decoded(
    candidates: list[Candidate],
    settings: PrepareSettings,
    progress: bool,
    cluster: Cluster | None,
) -> Iterator[Outcome]:
    """Each file and what it was decoded to, in several processes, if it was not rejected before."""
    function = partial(
        attempt,
        size=settings.size,
        channels=settings.channels,
        min_size=settings.min_size or settings.size,
        layout=settings.layout,
    )
    files = [candidate for candidate in candidates if candidate.rejection is None]
    if cluster:
        mapped = decode_on(cluster, function, files, _crashed)
    else:
        paths = [file.path for file in files]
        mapped = map_surviving(function, paths, settings.workers or cores(), _crashed)
    with closing(mapped) as outcomes:
        bar = progress_bar(
            outcomes, description="prepare", total=len(files), unit="files", progress=progress
        )
        decoded = iter(bar)
        for candidate in candidates:
            yield candidate, candidate.rejection or next(decoded)


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
