"""Opening what `lsgan evaluate` is given: photographs packed or not, and what a run was fed."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lsgan import config_files
from lsgan.config import Config
from lsgan.dataset.pack import DESCRIPTION, Pack, open_pack
from lsgan.dataset.prepare import PrepareSettings, prepare
from lsgan.errors import LsganError, RunError
from lsgan.training.run import Run


@contextmanager
def photographs(path: Path, config: Config) -> Iterator[Pack]:
    """The photographs in `path`: a packed data set, a scraped one, or a folder of images.

    A folder of images is prepared as `lsgan prepare` does, for the generator's size and channels,
    in a temporary place.

    Raises:
        DataError: if there are none.
    """
    for folder in (path, path / "packed"):
        if os.path.isfile(folder / DESCRIPTION):  # noqa: PTH113 (raises nothing)
            yield open_pack(folder)
            return
    with tempfile.TemporaryDirectory(prefix="lsgan-reference-") as temporary:
        packed = Path(temporary) / "packed"
        prepare([path], packed, PrepareSettings(config.model.size, config.model.channels))
        yield open_pack(packed)


def trained_on(source: Path, digest: str) -> Pack | None:
    """The data set of the run `source`, where its configuration says; None if it is not there.

    Args:
        source: a run's folder or a checkpoint file, which does not know where its data were.
        digest: the data set's.
    """
    run = Run(source)
    if not os.path.isfile(run.config):  # noqa: PTH113 (raises nothing)
        return None
    try:
        pack = open_pack(Path(config_files.load(run.config).data.path))
    except LsganError:
        return None
    return pack if pack.digest == digest else None


def default_reference(source: Path, trained: Pack | None) -> Path:
    """The photographs to measure against when none are named: those held out from training.

    Raises:
        RunError: if they are not known.
    """
    if trained is None:
        raise RunError(
            f"the data set that {source} was trained on is not at hand",
            "Give photographs, packed or not, with --reference.",
        )
    return trained.path
