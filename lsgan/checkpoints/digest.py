"""The digest of a checkpoint: of its description and of every tensor."""

import hashlib
from typing import Any

import numpy as np

from lsgan.arrays import Arrays


class Digest:
    """SHA-256 of a description and of tensors, which are added in the order of their names."""

    def __init__(self, described: str) -> None:
        self._hash = hashlib.sha256(described.encode())

    def begin(self, name: str, dtype: object, shape: tuple[int, ...]) -> None:
        """Go on to the next tensor, whose content follows."""
        self._hash.update(f"{name} {dtype} {shape}".encode())

    def add(self, content: bytes | np.ndarray[Any, Any]) -> None:
        """Add the content of the tensor, or the next bytes of it."""
        if isinstance(content, np.ndarray):
            self._hash.update(np.ascontiguousarray(content).data)
        else:
            self._hash.update(content)

    def text(self) -> str:
        """The digest in hexadecimal."""
        return self._hash.hexdigest()


def digest_of(described: str, tensors: Arrays) -> str:
    """The digest of a checkpoint that has not been written yet, in hexadecimal."""
    digest = Digest(described)
    for name, tensor in sorted(tensors.items()):
        digest.begin(name, tensor.dtype, tensor.shape)
        digest.add(tensor)
    return digest.text()
