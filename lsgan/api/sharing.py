"""Showing and giving away what was made: export, export_data, report, compare."""

import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lsgan.api.paths import AnyPath
from lsgan.system import runtime

if TYPE_CHECKING:
    from lsgan.exporting.export import ExportedModel
    from lsgan.image_folder.summary import ExportSummary
    from lsgan.reporting.compare import Comparison


def export(
    source: AnyPath,
    out: AnyPath | None = None,
    *,
    format: str = "onnx",  # noqa: A002 (what it is called everywhere)
    step: str | int = "best",
    data: AnyPath | None = None,
    license: str = "unknown",  # noqa: A002
    overwrite: bool = False,
    push: str = "",
    progress: bool = True,
) -> "ExportedModel":
    """Write a trained generator for other runtimes, as `lsgan export` does.

    Args:
        source: a run's folder or a checkpoint file.
        out: the folder of the model; by default export/ and the format, in the run.
        format: "onnx", "paddle" or "safetensors".
        step: of a run, "best", "latest" or a step that it has kept.
        data: the data set that it was trained on, for the model card; by default the run's.
        license: the model's licence for its card, such as "cc-by-sa-4.0".
        overwrite: whether to replace a model that was exported to `out` before.
        push: where on the Hugging Face hub to publish it, such as "me/kanas"; "" for nowhere.
        progress: whether to print the progress.

    Returns:
        The folder, its files, and how much the written model differs from the generator.

    Raises:
        LsganError: if something cannot be read or written, a package is missing, or the written
            model does not compute what the generator does.
    """
    if "paddle" not in sys.modules:
        runtime.start("cpu")
    from lsgan.exporting.export import Request
    from lsgan.exporting.export import export as run

    request = Request(
        source=Path(source),
        which=str(step),
        kind=format,
        out=Path(out) if out else None,
        data=Path(data) if data else None,
        license=license,
        overwrite=overwrite,
        repository=push,
    )
    return run(request, print if progress else lambda _: None)


def export_data(
    pack: AnyPath,
    out: AnyPath,
    *,
    licenses: str | Iterable[str] = (),
    overwrite: bool = False,
    progress: bool = True,
) -> "ExportSummary":
    """Write a packed data set as a Hugging Face image folder, as `lsgan export-data` does.

    Args:
        pack: the data set, or the folder of a scraped one.
        out: the folder for the images, their metadata and the data set card.
        licenses: the licences of the images that are written, such as ["cc0", "by"]; "any" for all
            images. By default those are written whose licence allows sharing changed copies.
        overwrite: whether to replace an earlier export in `out`.
        progress: whether to show a bar where standard error is a terminal.

    Returns:
        How many images were written, and how many were left out and why.

    Raises:
        DataError: if there is no data set, no image may be written, or `out` may not be replaced.
        ConfigError: if a licence is not known.
        OutputError: if the folder cannot be written.
    """
    from lsgan.image_folder.export import export as run

    named = [licenses] if isinstance(licenses, str) else licenses
    return run(Path(pack), Path(out), named, overwrite, progress)


def report(source: AnyPath, out: AnyPath | None = None) -> Path:
    """Write a page about a run, as `lsgan report` does.

    Args:
        source: a run's folder.
        out: the page, or a folder for report.html; by default in the run's folder.

    Returns:
        The page.

    Raises:
        LsganError: if `source` is no run, or the page cannot be written.
    """
    from lsgan.reporting.report import report as run

    return run(Path(source), Path(out) if out else None)


def compare(sources: Iterable[AnyPath], out: AnyPath | None = None) -> "Comparison":
    """Compare several runs and write a page about them, as `lsgan compare` does.

    Args:
        sources: two runs' folders or more.
        out: the page, or a folder for comparison.html; by default the current folder.

    Returns:
        What each run is and came to, and which is best as far as that can be said; its `str` is
        the table that `lsgan compare` prints.

    Raises:
        LsganError: if one of `sources` is no run, or the page cannot be written.
    """
    from lsgan.reporting.compare import compare as run

    return run([Path(source) for source in sources], Path(out) if out else None)
