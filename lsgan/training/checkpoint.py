"""Checkpoints: one safetensors file each, which needs nothing beside it.

The file holds both networks, the generator's average with its batch-norm statistics, both
optimizers, and in its metadata the step, the figures measured at it, the whole configuration and
a digest of all that. It is read without running any code from it. It is written under a temporary
name, synced and renamed, so that a kill leaves the old files and no half one.
"""

import contextlib
import hashlib
import json
import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from lsgan import __version__
from lsgan.arrays import Arrays
from lsgan.config import Config
from lsgan.errors import DamagedError, RunError
from lsgan.files import atomic, make_folder

FORMAT = "lsgan-checkpoint-2"
_NAME = re.compile(r"step-(\d{8,})\.safetensors")


@dataclass(frozen=True)
class Checkpoint:
    """What a checkpoint file says of itself.

    Attributes:
        path: the file.
        step: how many steps had been done.
        config: the configuration, section by section.
        data: the digest of the packed data set that was trained on, "" if unknown.
        metrics: figures measured at this step.
        scalers: the state of the loss scaling, by network.
        rollbacks: how often the run has been rolled back.
        rate_factors: what the rollbacks have multiplied the learning rates by, by network.
        parent: the digest of the checkpoint whose weights the run began with, "" if random ones.
        features: the digest of the frozen network's weights that the discriminator looks through,
            which are not in the file; "" where it has none.
        digest: its own, of all that the file holds; "" until it has been written and read.
    """

    path: Path
    step: int
    config: dict[str, Any]
    data: str = ""
    metrics: dict[str, float] = field(default_factory=dict)
    scalers: dict[str, Any] = field(default_factory=dict)
    rollbacks: int = 0
    rate_factors: dict[str, float] = field(default_factory=dict)
    parent: str = ""
    features: str = ""
    digest: str = field(default="", compare=False)


# What is written of it: the file's name is its own, and its digest is of what is written.
_WRITTEN = [each.name for each in fields(Checkpoint) if each.name not in ("path", "digest")]


def file_name(step: int) -> str:
    """The name of the checkpoint of `step`."""
    return f"step-{step:08d}.safetensors"


def write(checkpoint: Checkpoint, tensors: Arrays) -> None:
    """Write a checkpoint to `checkpoint.path`, atomically."""
    content = {name: getattr(checkpoint, name) for name in _WRITTEN}
    described = json.dumps({"format": FORMAT, "lsgan": __version__, **content}, ensure_ascii=False)
    make_folder(checkpoint.path.parent)
    encoded = save(tensors, {"lsgan": described, "sha256": _digest(described, tensors)})
    with atomic(checkpoint.path) as temporary:
        temporary.write_bytes(encoded)


def describe(path: Path) -> Checkpoint:
    """What the checkpoint at `path` says of itself; its tensors are not read.

    Raises:
        RunError: if it is no checkpoint or is damaged where this shows without reading it all.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            return _described(path, file.metadata())
    except (OSError, SafetensorError) as error:
        raise _unreadable(path, error) from error


def read(path: Path, prefix: str = "") -> tuple[Checkpoint, Arrays]:
    """A checkpoint whole, or those of its tensors whose names begin with `prefix`.

    Raises:
        RunError: if it is no checkpoint, or its content is not what was written.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata()
            checkpoint = _described(path, metadata)
            tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise _unreadable(path, error) from error
    if _digest(metadata["lsgan"], tensors) != metadata.get("sha256"):
        raise _damaged(path, "its content does not have the digest that was written with it")
    return checkpoint, {key: value for key, value in tensors.items() if key.startswith(prefix)}


def config_of(checkpoint: Checkpoint) -> Config:
    """The configuration that a checkpoint was trained with.

    Raises:
        RunError: if it is of another version, which has other settings.
    """
    try:
        return Config.model_validate(checkpoint.config)
    except ValidationError as error:
        key = ".".join(str(part) for part in error.errors()[0]["loc"])
        raise RunError(
            f"{checkpoint.path} was written by another version of lsgan (setting {key})",
            f"Use the version that wrote it; this is {__version__}.",
        ) from error


def listed(folder: Path) -> list[Path]:
    """The checkpoint files in `folder`, the newest first."""
    found = [path for path in folder.glob("step-*.safetensors") if _NAME.fullmatch(path.name)]
    return sorted(found, key=step_of, reverse=True)


def step_of(path: Path) -> int:
    """The step that a checkpoint's name tells."""
    match = _NAME.fullmatch(path.name)
    if match is None:
        raise ValueError(f"{path.name} is not a checkpoint's name")
    return int(match[1])


def best(folder: Path, metric: str) -> Checkpoint | None:
    """The checkpoint in `folder` with the least `metric`, the earliest of equals.

    Damaged ones and ones without the figure are passed over.
    """
    measured = []
    for path in reversed(listed(folder)):
        try:
            checkpoint = describe(path)
        except RunError:
            continue
        if metric in checkpoint.metrics:
            measured.append(checkpoint)
    return min(measured, key=lambda checkpoint: checkpoint.metrics[metric], default=None)


def prune(folder: Path, keep: int, metric: str) -> None:
    """Delete all checkpoints but the newest `keep` and the best by `metric`."""
    kept = best(folder, metric)
    for path in listed(folder)[keep:]:
        if kept is None or path != kept.path:
            # A file in use is deleted at the next save; training goes on.
            with contextlib.suppress(OSError):
                path.unlink()


def _described(path: Path, metadata: dict[str, str] | None) -> Checkpoint:
    if not metadata or "lsgan" not in metadata:
        raise RunError(f"{path} is a safetensors file, but not a checkpoint of this program")
    try:
        # Checkpoints that were written before there was any name neither.
        content = {"parent": "", "features": "", **json.loads(metadata["lsgan"])}
        if content["format"] != FORMAT:
            raise RunError(f"{path} has the format {content['format']!r}, not {FORMAT}")
        written = {name: content[name] for name in _WRITTEN}
        return Checkpoint(path, **written, digest=metadata.get("sha256", ""))
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, "its description cannot be read") from error


def _unreadable(path: Path, error: Exception) -> RunError:
    """Why a file could not be opened: it is not there, not allowed, or not whole."""
    try:
        with path.open("rb"):
            return _damaged(path, str(error))
    except FileNotFoundError:
        return RunError(f"there is no checkpoint {path}")
    except OSError as refusal:
        return RunError(f"cannot read {path}: {refusal.strerror or refusal}", "Check the disk.")


def _damaged(path: Path, reason: str) -> DamagedError:
    return DamagedError(
        f"{path} is damaged or no checkpoint: {reason}", "Take an earlier checkpoint."
    )


def _digest(described: str, tensors: Arrays) -> str:
    digest = hashlib.sha256(described.encode())
    for key in sorted(tensors):
        digest.update(f"{key} {tensors[key].dtype} {tensors[key].shape}".encode())
        digest.update(np.ascontiguousarray(tensors[key]).data)
    return digest.hexdigest()
