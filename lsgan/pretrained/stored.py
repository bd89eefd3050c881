"""Folded weights as files: one safetensors file each, in the user's cache or elsewhere."""

import hashlib
import os
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np
from safetensors.numpy import save_file

from lsgan.arrays import Arrays
from lsgan.errors import RunError
from lsgan.io.files import atomic, make_folder
from lsgan.io.tensor_files import MalformedError, opened
from lsgan.pretrained.folding import checked
from lsgan.pretrained.networks import Network
from lsgan.text import printable

# A file of another version is none of this program's.
_VERSION = "1"


class Pretrained(NamedTuple):
    """The weights of a frozen network, its batch norms folded into the convolutions.

    Attributes:
        network: its name, such as "efficientnet-lite0".
        weights: float32 arrays: "<name>.weight", (out, in / groups, height, width), and
            "<name>.bias", (out,), for every convolution.
        digest: SHA-256 of the weights in hexadecimal.
        licence: of the weights, in words.
        source: where they come from, in words.
    """

    network: str
    weights: Arrays
    digest: str
    licence: str
    source: str


def digest(arrays: Arrays) -> str:
    """SHA-256 over names, shapes and numbers, in the order of the names."""
    whole = hashlib.sha256()
    for name, array in sorted(arrays.items()):
        whole.update(f"{name} {tuple(map(int, array.shape))}\n".encode())
        whole.update(np.ascontiguousarray(array, "<f4").tobytes())
    return whole.hexdigest()


def cache_folder() -> Path:
    """Where programs keep what they can make again: LSGAN_CACHE, or the system's usual folder.

    Raises:
        RuntimeError: if the user has no home folder and nothing else is set.
    """
    if chosen := os.environ.get("LSGAN_CACHE"):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        local = os.environ.get("LOCALAPPDATA")
        return (Path(local) if local else Path.home() / "AppData" / "Local") / "lsgan" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "lsgan"
    # The XDG specification has relative paths ignored.
    common = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return (common if common.is_absolute() else Path.home() / ".cache") / "lsgan"


def write(path: Path, found: Pretrained) -> None:
    """Write weights to `path`, atomically; its folder is made if need be.

    Raises:
        OutputError: if the operating system refuses.
    """
    make_folder(path.parent)
    words = found._asdict()
    del words["weights"]
    with atomic(path) as temporary:
        save_file(found.weights, temporary, {"lsgan-pretrained": _VERSION, **words})


def read(path: Path, network: Network) -> Pretrained | None:
    """The weights that `write` put there; None if it holds nothing of the kind.

    Raises:
        RunError: if it holds another network's, or others than were written.
    """
    try:
        with opened(path) as file:
            words = file.metadata
            if words.get("lsgan-pretrained") != _VERSION:
                return None
            if any(entry.dtype != "float32" for entry in file.entries.values()):
                return None
            arrays = {name: file.read(name) for name in file.entries}
    except (OSError, MalformedError):
        return None
    if words.get("network") != network.name:
        theirs = printable(words.get("network", "nothing"))
        raise RunError(f"{path} holds the weights of {theirs}, not of {network.name}")
    if digest(arrays) != words.get("digest"):
        raise RunError(f"{path} is damaged: its weights are not those that were written")
    for name, convolution in network.convolutions.items():
        for last, shape in (("weight", convolution.shape), ("bias", convolution.shape[:1])):
            checked(arrays, f"{name}.{last}", shape, network, str(path))
    licence, source = (printable(words.get(key, ""), 200) for key in ("licence", "source"))
    return Pretrained(network.name, arrays, words["digest"], licence, source)
