"""Where a run was trained, from its `environment.json`: an entry for each time it was started."""

import json
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, ValidationError

from lsgan.text import printable

_MOST = 100
_Words = Annotated[str, Field(max_length=300)]


class Start(BaseModel):
    """What `lsgan train` recorded when it began or went on: `lsgan.training.environment`."""

    time: _Words = "–"
    step: int = 0
    lsgan: _Words = "–"
    python: _Words = "–"
    libraries: Annotated[dict[_Words, _Words], Field(max_length=50)] = {}
    system: _Words = ""
    processor: _Words = ""
    cores: int = 0
    device: _Words = "–"
    gpu: _Words = ""
    processes: int = 1

    @property
    def computed_on(self) -> str:
        """The GPU's or the processor's name, as many times as there were processes."""
        name = printable(self.gpu or self.processor or self.device, 120)
        return name if self.processes == 1 else f"{self.processes} processes on {name}"

    @property
    def machine(self) -> str:
        """The processor, its cores and the system."""
        cores = f"{self.cores} cores" if self.cores else ""
        return printable(", ".join(filter(None, (self.processor, cores, self.system))), 200)

    @property
    def software(self) -> str:
        """The versions of the program, of Python and of the libraries."""
        versions = {"lsgan": self.lsgan, "Python": self.python, **self.libraries}
        return printable(", ".join(f"{name} {value}" for name, value in versions.items()), 400)


def read_starts(path: Path) -> list[Start]:
    """What is in the file at `path`.

    Raises:
        FileNotFoundError: if there is none.
        ValueError: if it is not what `lsgan train` writes.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        return [Start.model_validate(entry) for entry in content[:_MOST]]
    except FileNotFoundError:
        raise
    except (OSError, ValidationError, ValueError, TypeError, KeyError, RecursionError) as error:
        raise ValueError("it is not what lsgan train writes") from error
