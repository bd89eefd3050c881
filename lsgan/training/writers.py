"""Where the metrics of a training go, by the names in `log.writers`.

A line of the table names the module below this package and the class, so that the names are known
without loading what a writer needs.
"""

from collections.abc import Iterable, Mapping, Sequence
from pkgutil import resolve_name
from typing import Any, NamedTuple

from lsgan.checkpoints.run import Run
from lsgan.config.choices import look_up
from lsgan.errors import ConfigError
from lsgan.training.event_writer import EventWriter


class Entry(NamedTuple):
    """Where a writer is: its module below this package, its class, and the package it needs."""

    module: str
    name: str
    package: str


WRITERS = {
    # `metrics.jsonl`, which the log writes whether this is named or not: the program reads it.
    "jsonl": None,
    "visualdl": Entry("visualdl_writer", "VisualDLWriter", "visualdl"),
    "tensorboard": Entry("tensorboard_writer", "TensorBoardWriter", "tensorboardX"),
}


def load_writers(names: Sequence[str]) -> dict[str, type[EventWriter]]:
    """The classes of the writers besides `metrics.jsonl`, by their names.

    Args:
        names: the value of `log.writers`; one that stands twice counts once.

    Raises:
        ConfigError: if there is no such writer, or what it needs is not installed.
    """
    entries = {name: look_up("log.writers", name, WRITERS) for name in names}
    return {name: _load(name, entry) for name, entry in entries.items() if entry}


def open_writers(
    names: Sequence[str], run: Run, step: int, rows: Iterable[Mapping[str, Any]]
) -> list[EventWriter]:
    """Writers into the folders of their names in `run`, with all points of the run so far.

    Args:
        names: as for `load_writers`.
        run: the run.
        step: how many steps are done; points of later ones are dropped.
        rows: the lines of `metrics.jsonl` up to it.
    """
    rows, opened = list(rows), []
    for name, writer_class in load_writers(names).items():
        writer = writer_class(run.path / name)
        writer.rewind(step)
        writer.catch_up(rows, run)
        opened.append(writer)
    return opened


def _load(name: str, entry: Entry) -> type[EventWriter]:
    try:
        found: type[EventWriter] = resolve_name(f"lsgan.training.{entry.module}:{entry.name}")
    except (ImportError, OSError) as error:
        # VisualDL makes a folder in the user's home when it is loaded.
        raise ConfigError(
            f"log.writers has {name}, and its package {entry.package} cannot be loaded: {error}",
            f'Install it with pip install "lsgan[{name}]", or leave {name} out.',
        ) from error
    return found
