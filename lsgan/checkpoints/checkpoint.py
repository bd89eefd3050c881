"""Checkpoints: one safetensors file each, which needs nothing beside it.

The file holds both networks, the generator's average with its batch-norm statistics, both
optimizers, and in its metadata the step, the metrics at it, the whole configuration and
a digest of all that. It is read without running any code from it. It is written under a temporary
name, synced and renamed, so that a kill leaves the old files and no half one.
"""

import contextlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError
from safetensors.numpy import save

from lsgan import __version__
from lsgan.arrays import Arrays
from lsgan.checkpoints import description
from lsgan.checkpoints.digest import Digest, digest_of
from lsgan.config import Config
from lsgan.errors import CorruptCheckpointError, RunError
from lsgan.io.files import atomic, make_folder
from lsgan.io.tensor_files import Entry, MalformedError, NotAFileError, TensorFile, opened
from lsgan.metrics.metric import Monitor
from lsgan.text import printable

FORMAT = "lsgan-checkpoint-2"
_NAME = re.compile(r"step-(\d{8,})\.safetensors")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FITTING = "Give a run folder or a checkpoint file that lsgan train made."


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint file says of itself.

    Attributes:
        path: the file.
        step: how many steps had been done.
        config: the configuration, section by section.
        data: the digest of the packed data set that was trained on, "" if unknown.
        metrics: those of the evaluation at this step, by name.
        scalers: the state of the loss scaling, by network.
        rollbacks: how often the run has been rolled back.
        lr_factors: what the rollbacks have multiplied the learning rates by, by network.
        parent: the digest of the checkpoint whose weights the run began with, "" if random ones.
        features: the digest of the frozen network's weights that the discriminator looks through,
            which are not in the file; "" where it has none.
        digest: its own, of all that the file holds; "" until it has been written and read.
        tensors: what the file's header says of its tensors, by name; none until then.
    """

    path: Path
    step: int
    config: dict[str, Any]
    data: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    scalers: dict[str, Any] = field(default_factory=dict)
    rollbacks: int = 0
    lr_factors: dict[str, float] = field(default_factory=dict)
    parent: str = ""
    features: str = ""
    digest: str = field(default="", compare=False)
    tensors: dict[str, Entry] = field(default_factory=dict, compare=False)


_OF_THE_FILE = ("path", "digest", "tensors")
_WRITTEN = [each.name for each in fields(Checkpoint) if each.name not in _OF_THE_FILE]


def file_name(step: int) -> str:
    """The name of the checkpoint of `step`."""
    return f"step-{step:08d}.safetensors"


def write(checkpoint: Checkpoint, tensors: Arrays) -> None:
    """Write a checkpoint to `checkpoint.path`, atomically."""
    content = {name: getattr(checkpoint, name) for name in _WRITTEN}
    described = json.dumps({"format": FORMAT, "lsgan": __version__, **content}, ensure_ascii=False)
    make_folder(checkpoint.path.parent)
    encoded = save(tensors, {"lsgan": described, "sha256": digest_of(described, tensors)})
    with atomic(checkpoint.path) as temporary:
        temporary.write_bytes(encoded)


def describe(path: Path) -> Checkpoint:
    """What the checkpoint at `path` says of itself; its tensors are not read.

    Raises:
        RunError: if it is no checkpoint or is damaged where this shows without reading it all.
    """
    with _opened(path) as file:
        return _described(path, file)


def read(
    path: Path,
    prefix: str | tuple[str, ...] = "",
    check: Callable[[Checkpoint], None] = lambda _: None,
) -> tuple[Checkpoint, Arrays]:
    """A checkpoint whole, or those of its tensors whose names begin with `prefix`.

    Args:
        path: the file.
        prefix: one beginning of names or several.
        check: is given what the file says of itself before any tensor is read, and raises an error
            if this is not what is wanted.

    Raises:
        RunError: if it is no checkpoint, its content is not what was written, or a number in the
            tensors that are returned is not finite.
    """
    with _opened(path) as file:
        found = _described(path, file)
        check(found)
        digest, tensors = Digest(file.metadata["lsgan"]), Arrays()
        for name, entry in sorted(file.entries.items()):
            digest.begin(name, entry.dtype, entry.shape)
            if name.startswith(prefix):
                tensors[name] = file.read(name)
                digest.add(tensors[name])
                continue
            for piece in file.pieces(name):
                digest.add(piece)
    if digest.text() != found.digest:
        raise _damaged(path, "its content does not have the digest that was written with it")
    for name, tensor in tensors.items():
        if not np.isfinite(tensor).all():
            raise _damaged(path, f"{printable(name)} has numbers that are not finite")
    return found, tensors


def config_of(checkpoint: Checkpoint) -> Config:
    """The configuration that a checkpoint was trained with.

    Raises:
        RunError: if it is of another version, which has other settings.
    """
    try:
        config = Config.model_validate(checkpoint.config)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise _of_another_version(checkpoint, ".".join(map(str, first["loc"]))) from error
    if setting := description.out_of_bounds(config):
        raise _of_another_version(checkpoint, setting)
    return config


def listed(folder: Path) -> list[Path]:
    """The checkpoint files in `folder`, the newest first."""
    found = [path for path in folder.glob("step-*.safetensors") if _NAME.fullmatch(path.name)]
    return sorted(found, key=step_of, reverse=True)


def step_of(path: Path) -> int:
    """The step in a checkpoint's name."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise ValueError(f"{path.name} is not a checkpoint's name")
    return int(match[1])


def best(folder: Path, monitor: Monitor) -> Checkpoint | None:
    """The checkpoint in `folder` that is best by `monitor`, the earliest of equals.

    Damaged ones and ones without that metric are passed over.
    """
    found = None
    for path in reversed(listed(folder)):
        try:
            checkpoint = describe(path)
        except RunError:
            continue
        value = checkpoint.metrics.get(monitor.name)
        if value is not None and (
            found is None or monitor.is_better(value, found.metrics[monitor.name])
        ):
            found = checkpoint
    return found


def prune(folder: Path, keep: int, monitor: Monitor) -> None:
    """Delete all checkpoints but the newest `keep` and the best by `monitor`."""
    kept = best(folder, monitor)
    for path in listed(folder)[keep:]:
        if kept is None or path != kept.path:
            # A file in use is deleted at the next save; training goes on.
            with contextlib.suppress(OSError):
                path.unlink()


@contextmanager
def _opened(path: Path) -> Iterator[TensorFile]:
    try:
        with opened(path) as file:
            yield file
    except MalformedError as error:
        raise _damaged(path, str(error)) from error
    except FileNotFoundError as error:
        raise RunError(f"there is no checkpoint {path}") from error
    except NotAFileError as error:
        raise RunError(f"cannot read {path}: {error}", _FITTING) from error
    except OSError as error:
        raise RunError(
            f"cannot read {path}: {error.strerror or error}", "Check the disk."
        ) from error


def _described(path: Path, file: TensorFile) -> Checkpoint:
    """What the metadata of an open file say.

    Raises:
        RunError: if they are not a checkpoint's.
    """
    if "lsgan" not in file.metadata:
        raise RunError(
            f"{path} is a safetensors file, but not a checkpoint of this program", _FITTING
        )
    digest = file.metadata.get("sha256", "")
    if not _SHA256.fullmatch(digest):
        raise _damaged(path, "it has no digest of its content")
    try:
        content = description.parse(file.metadata["lsgan"])
        if (written := content.get("format")) != FORMAT:
            raise RunError(
                f"{path} has the format {printable(repr(written))}, not {FORMAT}", _FITTING
            )
        content = description.check(content)
    except ValueError as error:
        raise _damaged(path, f"its description cannot be read ({error})") from error
    return Checkpoint(path, **content, digest=digest, tensors=file.entries)


def _of_another_version(checkpoint: Checkpoint, setting: str) -> RunError:
    return RunError(
        f"{checkpoint.path} was written by another version of lsgan (setting {printable(setting)})",
        f"Use the version that wrote it; this is {__version__}.",
    )


def _damaged(path: Path, reason: str) -> CorruptCheckpointError:
    return CorruptCheckpointError(
        f"{path} is damaged or no checkpoint: {reason}", "Take an earlier checkpoint."
    )
