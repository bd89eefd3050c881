"""Finding a part of the program by its name in the configuration."""

import difflib
from collections.abc import Mapping
from typing import TypeVar

from lsgan.errors import ConfigError
from lsgan.text import printable

Part = TypeVar("Part")


def look_up(setting: str, name: str, table: Mapping[str, Part]) -> Part:
    """What `name`, the value of `setting`, stands for in `table`.

    Raises:
        ConfigError: if it stands for nothing; the message names those that do.
    """
    if name in table:
        return table[name]
    close = difflib.get_close_matches(name, table, 1)
    known = f"did you mean {close[0]}? Choose one of: " if close else "choose one of: "
    raise ConfigError(
        f"{setting} is {printable(repr(name))}, which is not known; {known}{', '.join(table)}"
    )
