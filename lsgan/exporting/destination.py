"""The folder of an exported model, which appears whole or not at all."""

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lsgan.errors import OutputError
from lsgan.io.files import make_folder, writing

# In every exported model, whatever its format.
CARD, CONFIG = "README.md", "config.yaml"


class Destination:
    """A folder that is absent, empty, or holds an exported model that may be replaced.

    Args:
        path: the folder.
        overwrite: whether an exported model that is there may be replaced.

    Raises:
        OutputError: if anything else is there, or the folder cannot be listed.
    """

    def __init__(self, path: Path, overwrite: bool) -> None:
        self.path = path
        if path.resolve() == Path.cwd():
            raise OutputError(f"{path} is the folder you are in", "Name another one with --out.")
        with writing(path):
            try:
                names = set(os.listdir(path))  # noqa: PTH208
            except FileNotFoundError:
                names = set()
        if not names:
            return
        if not {CARD, CONFIG} <= names or any((path / name).is_dir() for name in names):
            raise OutputError(
                f"{path} is not empty, and holds no exported model",
                "Choose a folder for the model alone with --out.",
            )
        if not overwrite:
            raise OutputError(
                f"{path} holds an exported model already",
                "Replace it with --overwrite, or choose another folder with --out.",
            )

    @contextmanager
    def replaced(self) -> Iterator[Path]:
        """Yield a new folder beside the one that is meant, and put it in its place at the end.

        Where something goes wrong the new folder is deleted, and the old one stays.

        Raises:
            OutputError: if the operating system refuses.
        """
        target = self.path.resolve()
        make_folder(target.parent)
        mark = secrets.token_hex(4)
        new, old = (target.with_name(f".{target.name}.{mark}.{end}") for end in ("tmp", "old"))
        try:
            with writing(self.path):
                new.mkdir()
                yield new
                if target.exists():
                    target.rename(old)
                new.rename(target)
        finally:
            if old.exists() and not target.exists():
                old.rename(target)
            for folder in (new, old):
                shutil.rmtree(folder, ignore_errors=True)
