"""A packed data set as a Hugging Face image folder: what `lsgan export-data` does."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from lsgan.data.pack import Pack, open_pack
from lsgan.data.workspace import publish, remove_lock, workspace
from lsgan.errors import DataError
from lsgan.image_folder.card import Card
from lsgan.image_folder.packed_image import PackedImage, images_of, metadata
from lsgan.image_folder.permission import Permission, words
from lsgan.image_folder.summary import ExportSummary
from lsgan.image_folder.target import (
    CARD,
    COMMAND,
    DESCRIPTION,
    FORMAT,
    IMAGES,
    METADATA,
    OUTPUTS,
    check,
)
from lsgan.io.files import make_folder, write_lines, write_text, writing
from lsgan.io.images import side_by_side, to_image
from lsgan.system.progress import progress_bar

_CHANNELS = {"images": (1, 3), "pairs": (2, 6)}


def export(
    path: Path,
    out: Path,
    licenses: Iterable[str] = (),
    overwrite: bool = False,
    progress: bool = True,
) -> ExportSummary:
    """Write the images of a packed data set, with their attribution and a data set card.

    An earlier export stays whole until the new one is complete. The images are not marked as made
    by lsgan, so that they can be packed again.

    Args:
        path: the data set, or the folder that `lsgan scrape` has packed it in.
        out: the folder; made if need be.
        licenses: only images under these are written, as `lsgan scrape` understands them; without
            any, those whose licence allows sharing changed copies.
        overwrite: replace an earlier export in `out`.
        progress: show a progress bar when standard error is a terminal.

    Raises:
        DataError: if there is no data set, no image may be written, or `out` holds something that
            may not be replaced.
        ConfigError: if a licence is not known.
        OutputError: if the operating system refuses to write.
    """
    permission = Permission.of(licenses)
    pack = open_pack(path)
    if pack.channels not in _CHANNELS.get(pack.kind, ()):
        raise DataError(f"{pack.path} holds {pack.kind} of {pack.channels} channels, no images")
    check(out, overwrite)
    images = images_of(pack)
    chosen = [image for image in images if permission.allows(image.license_code)]
    counts = Counter(
        image.license_code for image in images if not permission.allows(image.license_code)
    )
    left_out = dict(sorted(counts.items()))
    if not chosen:
        raise _nothing_left(pack, left_out, permission)
    with workspace(out, COMMAND) as folder:
        _write(folder, pack, chosen, progress)
        write_text(folder / CARD, Card(pack, chosen, out.resolve().name).text())
        write_text(folder / DESCRIPTION, _described(pack, chosen, permission))
        check(out, overwrite)  # once more, for what came there meanwhile
        publish(folder, out, OUTPUTS, COMMAND)
    remove_lock(out, COMMAND)  # which nobody wants to publish
    return ExportSummary(out, len(chosen), left_out, permission)


def _write(folder: Path, pack: Pack, chosen: Sequence[PackedImage], progress: bool) -> None:
    """Write the images and their metadata."""
    images = make_folder(folder / IMAGES)
    bar = progress_bar(
        chosen, description=COMMAND, total=len(chosen), unit="images", progress=progress
    )
    for image in bar:
        pixels = pack.images[image.index : image.index + 1]
        shown = to_image((side_by_side(pixels) if pack.kind == "pairs" else pixels)[0])
        path = images / image.file_name
        make_folder(path.parent)
        with writing(path):
            shown.save(path, format="PNG")
    write_lines(images / METADATA, metadata(chosen))


def _described(pack: Pack, chosen: Sequence[PackedImage], permission: Permission) -> str:
    content = {
        "format": FORMAT,
        "kind": pack.kind,
        "count": len(chosen),
        "size": pack.size,
        "pack_sha256": pack.digest,
        "licenses": sorted(permission.codes) or ["any"],
    }
    return json.dumps(content, indent=2) + "\n"


def _nothing_left(pack: Pack, left_out: dict[str, int], permission: Permission) -> DataError:
    """What to say where no image may be written."""
    reasons = ", ".join(f"{words(code)} ({count})" for code, count in left_out.items())
    none = f"none of the {len(pack)} images in {pack.path}"
    if permission.named:
        return DataError(
            f"{none} has a licence that was named: {reasons}", "Name others with --license."
        )
    return DataError(
        f"{none} has a licence that is known to allow sharing it: {reasons}",
        "If they are your own, or you may share them all the same, add --license any.",
    )
