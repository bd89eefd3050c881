"""Checkpoints as a stranger may write them, with the right digest of a wrong content."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import save_file

from lsgan.arrays import Arrays
from lsgan.checkpoints import checkpoint
from lsgan.checkpoints.digest import digest_of
from lsgan.config import Config
from lsgan.errors import LsganError


def described(config: Config) -> dict[str, Any]:
    """What a sound checkpoint with `config` says of itself."""
    return {
        "format": checkpoint.FORMAT,
        "step": 0,
        "config": config.model_dump(),
        "data": "0a1b",
        "metrics": {"frechet": 1.5},
        "scalers": {},
        "rollbacks": 0,
        "lr_factors": {"generator": 1.0, "discriminator": 0.5},
    }


def forged(path: Path, content: Any, tensors: Arrays, text: str | None = None) -> Path:
    """A checkpoint that says of itself `content`, or `text` in its place."""
    text = json.dumps(content) if text is None else text
    save_file(tensors, path, {"lsgan": text, "sha256": digest_of(text, tensors)})
    return path


def refusal(call: Callable[[Path], Any], path: Path) -> str:
    """What `call` says of `path`: one line, and not a long one, whatever the file holds."""
    with pytest.raises(LsganError) as caught:
        call(path)
    said = str(caught.value)
    assert said.isprintable()
    assert len(said.replace(str(path), "")) < 300
    return said
