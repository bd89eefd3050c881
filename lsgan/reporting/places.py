"""Paths for a page that is given away: without the name of whose home folder they are in."""

import shlex
from pathlib import Path


def without_home(text: str) -> str:
    """`text` with ~ in place of the home folder."""
    home = _home()
    return text.replace(str(home), "~") if home else text


def shown_path(path: Path, quoted: bool = False) -> str:
    """A path as a shell takes it here: from the current folder, from the home folder, or whole.

    Args:
        path: the path.
        quoted: whether it is for a command line.
    """
    whole = path.absolute()
    for folder, prefix in ((Path.cwd(), ""), (_home(), "~/")):
        if folder and whole != folder and whole.is_relative_to(folder):
            inside = str(whole.relative_to(folder))
            return prefix + (shlex.quote(inside) if quoted else inside)
    return shlex.quote(str(whole)) if quoted else str(whole)


def _home() -> Path | None:
    """The home folder; None where there is none but the root, as in some containers."""
    try:
        home = Path.home()
    except RuntimeError:
        return None
    return home if home.parent != home else None
