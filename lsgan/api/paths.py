"""How a Python program names files and folders."""

from os import PathLike

AnyPath = str | PathLike[str]
