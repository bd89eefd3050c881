"""From a run or a checkpoint file to metrics: what `lsgan evaluate` does."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lsgan.checkpoints.run import Run
from lsgan.config import Config, config_files
from lsgan.data.pack import DESCRIPTION, Pack, find_pack, open_pack
from lsgan.data.prepare import prepare
from lsgan.data.settings import PrepareSettings
from lsgan.errors import ConfigError, DataError, LsganError, RunError
from lsgan.evaluation.reference import choose
from lsgan.evaluation.report import Report, measure
from lsgan.features.extractors import Features
from lsgan.features.inception import InceptionFeatures, download_weights
from lsgan.inference.generator import Generator
from lsgan.inference.sampling import open_generator
from lsgan.io.weights import load_weights
from lsgan.tasks import task_of


@dataclass(frozen=True)
class Request:
    """What is to be evaluated.

    Attributes:
        source: a run's folder or a checkpoint file.
        which: of a run: "best", "latest" or a step.
        reference: photographs, packed or not; None for those held out from the run.
        out: the folder to write to.
        count: how many images to generate, and photographs to take, at most.
        seed: decides which.
        inception: whether to use the FID's Inception network as well.
        weights: its weights; None to download them.
    """

    source: Path
    which: str
    reference: Path | None
    out: Path
    count: int
    seed: int
    inception: bool
    weights: Path | None


def evaluate(request: Request, say: Callable[[str], None]) -> Report:
    """Compute all metrics; write `metrics.json`, and `copies.png` if memorization can be tested.

    Args:
        request: what to evaluate.
        say: called with each line about the progress.

    Raises:
        LsganError: if the generator, the photographs or the weights cannot be read, or if the
            photographs are too few or do not fit the generator.
    """
    generator = open_generator(request.source, request.which)
    if not generator.task.makes_images and (
        request.reference or request.inception or request.weights
    ):
        raise ConfigError(
            f"{generator.name} makes no images, and is compared only with what it was trained on",
            "Leave --reference, --inception and --weights out.",
        )
    network: Features | None = None
    if request.inception or request.weights:
        network = InceptionFeatures(load_weights(request.weights or download_weights()))
    trained_on = training_set(request.source, generator)
    path = request.reference or _default_reference(request.source, trained_on)
    with _photographs(path, generator.config) as pack:
        if trained_on is None and pack.digest == generator.data:
            trained_on = pack
        reference = choose(
            pack, str(path), trained_on, generator.config, request.count, request.seed
        )
        return measure(generator, reference, network, request.out, request.seed, say)


@contextmanager
def _photographs(path: Path, config: Config) -> Iterator[Pack]:
    """The photographs in `path`: a packed data set, a scraped one, or a folder of images.

    A folder of images is prepared as `lsgan prepare` does, for the generator's size and channels,
    in a temporary place.

    Raises:
        DataError: if there are none.
    """
    task = task_of(config)
    if task.is_synthetic:
        yield task.open(config)
        return
    if os.path.isfile(find_pack(path) / DESCRIPTION):  # noqa: PTH113 (raises nothing)
        yield open_pack(path)
        return
    if task.is_conditional:
        raise DataError(
            f"{path} holds no packed pairs", "Make them with lsgan prepare --from pairs."
        )
    with tempfile.TemporaryDirectory(prefix="lsgan-reference-") as temporary:
        packed = Path(temporary) / "packed"
        prepare([path], packed, PrepareSettings(config.model.size, config.model.channels))
        yield open_pack(packed)


def training_set(source: Path, generator: Generator) -> Pack | None:
    """The data set of the run `source`, where its configuration says; None if it is not there.

    Args:
        source: a run's folder or a checkpoint file, which does not know where its data were.
        generator: what was trained on it.
    """
    if generator.task.is_synthetic:
        return generator.task.open(generator.config)
    run = Run(source)
    if not os.path.isfile(run.config):  # noqa: PTH113 (raises nothing)
        return None
    try:
        config = config_files.load(run.config)
        pack = task_of(config).open(config)
    except LsganError:
        return None
    return pack if pack.digest == generator.data else None


def _default_reference(source: Path, trained: Pack | None) -> Path:
    """The photographs to compare with when none are named: those held out from training.

    Raises:
        RunError: if they are not known.
    """
    if trained is None:
        raise RunError(
            f"the data set that {source} was trained on was not found",
            "Give photographs, packed or not, with --reference.",
        )
    return trained.path
