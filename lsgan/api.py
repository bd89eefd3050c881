"""What a Python program does with lsgan: prepare, train, load, evaluate, export."""

import sys
from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsgan.config import Config, config_files
from lsgan.data.prepare import prepare as prepare_data
from lsgan.data.settings import PrepareSettings
from lsgan.data.summary import PrepareSummary
from lsgan.system import runtime

if TYPE_CHECKING:
    import gradio

    from lsgan.evaluation.report import Report
    from lsgan.exporting.export import ExportedModel
    from lsgan.image_folder.summary import ExportSummary
    from lsgan.inference.generator import Generator
    from lsgan.reporting.compare import Comparison
    from lsgan.training.train import Outcome

AnyPath = str | PathLike[str]


def prepare(
    sources: AnyPath | Iterable[AnyPath],
    out: AnyPath,
    *,
    origin: str = "photographs",
    size: int | None = None,
    channels: int | None = None,
    min_size: int | None = None,
    direction: str = "left-to-right",
    keep_duplicates: bool = False,
    workers: int | None = None,
    overwrite: bool = False,
    progress: bool = True,
) -> PrepareSummary:
    """Pack images into a data set that `train` reads, as `lsgan prepare` does.

    Args:
        sources: a folder, an archive or an image, or several of them.
        out: the data set's folder.
        origin: "photographs"; "pairs", two images side by side in each file; or "mnist".
        size: height and width in pixels: 32, 64, 128 or 256; by default 64, of pairs 128, of MNIST
            32.
        channels: 3 for colour, 1 for grey; by default 3, of MNIST 1.
        min_size: the least width and height of an image in pixels; by default `size`.
        direction: of pairs, "left-to-right" or "right-to-left", from the image that is given.
        keep_duplicates: whether to keep identical and near-identical images.
        workers: how many processes decode; by default one for each core.
        overwrite: whether to replace another data set in `out`.
        progress: whether to show a bar where standard error is a terminal.

    Returns:
        What has been kept and left out.

    Raises:
        DataError: if a source is missing, no image is left, or `out` may not be replaced.
        OutputError: if the data set cannot be written.
    """
    several = [sources] if isinstance(sources, str | PathLike) else list(sources)
    settings = PrepareSettings.of(
        origin,
        size,
        channels,
        min_size=min_size,
        keep_duplicates=keep_duplicates,
        workers=workers,
        direction=direction,
    )
    paths = [Path(source) for source in several]
    return prepare_data(paths, Path(out), settings, progress, overwrite)


def train(
    config: Config | AnyPath = "kanas-projected",
    *,
    out: AnyPath,
    data: AnyPath | None = None,
    settings: Mapping[str, Any] | None = None,
    initial_weights: AnyPath | None = None,
    resume: bool = False,
    device: str = "auto",
    progress: bool = True,
    callback: Callable[[dict[str, Any]], bool | None] | None = None,
) -> "Outcome":
    """Train a generator, as `lsgan train` does.

    Args:
        config: a packaged configuration's name, a YAML file's path, or a `Config`.
        out: the run's folder.
        data: the packed data set; by default the configuration's.
        settings: changes to the configuration by dotted key, such as {"train.steps": 500}.
        initial_weights: a run or checkpoint whose weights to begin with; by default random ones.
        resume: whether to go on with the run in `out`.
        device: "auto", "cpu", "gpu" or "gpu:N".
        progress: whether to show a bar and print what happens.
        callback: is called with every new line of the run's metrics.jsonl, a dictionary; where it
            returns True the training is saved and ends.

    Returns:
        The step that it ended at, and the number of the signal that ended it, 0 if none did.

    Raises:
        LsganError: if something is missing or not possible, or if the run cannot be saved.
    """
    if isinstance(config, Config):
        chosen = config
    else:
        chosen = config_files.load(config_files.find(str(config)))
    changes = [f"{key}={config_files.one_line(value)}" for key, value in (settings or {}).items()]
    chosen = config_files.change(chosen, changes)
    chosen = config_files.with_data(chosen, Path(data or chosen.data.path).resolve())
    if initial_weights is not None:
        weights = str(Path(initial_weights).resolve())
        chosen = config_files.with_initial_weights(chosen, weights)
    used = runtime.start(device, chosen.train.tf32)
    from lsgan.training.train import train as run

    return run(chosen, Path(out), used, resume, progress, on_metrics=callback)


def load(source: AnyPath, *, step: str | int = "best", device: str = "auto") -> "Generator":
    """A trained generator.

    Args:
        source: a run's folder, or a checkpoint file, which needs nothing beside it.
        step: of a run, "best", "latest" or a step that it has kept.
        device: "auto", "cpu", "gpu" or "gpu:N".

    Raises:
        RunError: if there is no such checkpoint, or it is damaged.
    """
    runtime.start(device)
    from lsgan.inference.sampling import open_generator

    return open_generator(Path(source), str(step))


def evaluate(
    source: AnyPath,
    *,
    reference: AnyPath | None = None,
    out: AnyPath | None = None,
    step: str | int = "best",
    count: int = 5000,
    seed: int = 0,
    inception: bool = False,
    weights: AnyPath | None = None,
    device: str = "auto",
    progress: bool = True,
) -> "Report":
    """Compute metrics of a generator against photographs, as `lsgan evaluate` does.

    Args:
        source: a run's folder or a checkpoint file.
        reference: photographs, packed or not; by default those held out from the run.
        out: the folder of metrics.json and copies.png; by default the run, of a file "evaluation".
        step: of a run, "best", "latest" or a step that it has kept.
        count: how many images to generate, and photographs to take, at most.
        seed: decides which.
        inception: whether to use the FID's Inception network as well; its weights are downloaded
            once.
        weights: a file with those weights instead; implies `inception`.
        device: "auto", "cpu", "gpu" or "gpu:N".
        progress: whether to print the progress.

    Returns:
        The metrics, each with its standard error and the baseline of real photographs.

    Raises:
        LsganError: if something cannot be read, or the photographs are too few.
    """
    runtime.start(device)
    from lsgan.evaluation.evaluate import Request
    from lsgan.evaluation.evaluate import evaluate as run

    path = Path(source)
    folder = Path(out) if out else path if path.is_dir() else Path("evaluation")
    request = Request(
        source=path,
        which=str(step),
        reference=Path(reference) if reference else None,
        out=folder,
        count=count,
        seed=seed,
        inception=inception or weights is not None,
        weights=Path(weights) if weights else None,
    )
    return run(request, print if progress else lambda _: None)


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


def explore(
    source: AnyPath,
    *,
    step: str | int = "best",
    host: str = "127.0.0.1",
    port: int | None = None,
    share: bool = False,
    device: str = "auto",
) -> "gradio.Blocks":
    """Open a page to explore a generator and its training, as `lsgan explore` does.

    In a notebook the page is shown there; in any case it goes on until its `close` is called or
    the program ends.

    Args:
        source: a run's folder or a checkpoint file.
        step: of a run, "best", "latest" or a step that it has kept.
        host: the address to listen on: "127.0.0.1" for this machine alone, "0.0.0.0" for all.
        port: the port; by default the first free one from 7860 on.
        share: whether to make a public address for it, by a server of Gradio's.
        device: "auto", "cpu", "gpu" or "gpu:N".

    Returns:
        The page; `local_url` is its address.

    Raises:
        LsganError: if the generator cannot be read or shown, Gradio is not installed, or there is
            no such address or port.
    """
    from lsgan.explorer import serving

    serving.prepare()
    runtime.start(device)
    from lsgan.explorer.explore import open_page

    page = open_page(Path(source), str(step))
    serving.launch(page, host, port, share)
    return page
