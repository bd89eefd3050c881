"""From images to a trained generator and its metrics: prepare, train, load, evaluate."""

from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lsgan.api.paths import AnyPath
from lsgan.config import Config, config_files
from lsgan.data.prepare import prepare as prepare_data
from lsgan.data.settings import PrepareSettings
from lsgan.data.summary import PrepareSummary
from lsgan.system import runtime

if TYPE_CHECKING:
    from lsgan.evaluation.report import Report
    from lsgan.inference.generator import Generator
    from lsgan.training.train import Outcome


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
    cluster: str | None = None,
    shard_size: int | None = None,
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
        cluster: the address of a Dask scheduler, such as "tcp://host:8786", or the file that it
            has written it to: its workers decode, instead of this machine.
        shard_size: the most images in a file of the data set; by default all are in one.
        overwrite: whether to replace another data set in `out`.
        progress: whether to show a bar where standard error is a terminal.

    Returns:
        What has been kept and left out.

    Raises:
        ClusterError: if the cluster cannot be reached, has no workers, or other versions.
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
        cluster=cluster,
        shard_size=shard_size,
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
