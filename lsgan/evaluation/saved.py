"""What `lsgan evaluate` has found about a run, read from its `metrics.json`."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lsgan.evaluation.memorization import Memorization
from lsgan.evaluation.results import MetricResult

METRICS_FILE, COPIES_FILE = "metrics.json", "copies.png"
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Evaluation:
    """What `lsgan evaluate` has found.

    Attributes:
        checkpoint: the name of the checkpoint that it was given.
        results: the metrics.
        memorization: the result of the memorization test, None if there was none.
        classes: the metrics of each class by itself, {} without classes.
    """

    checkpoint: str
    results: list[MetricResult]
    memorization: Memorization | None
    classes: dict[str, list[MetricResult]]

    def result(self, name: str) -> MetricResult | None:
        """A metric on the features that also the best checkpoint is chosen by, which come first."""
        return next((result for result in self.results if result.name == name), None)


class _Content(BaseModel):
    model_config = ConfigDict(allow_inf_nan=False)

    checkpoint: Annotated[str, Field(max_length=1000)]
    results: Annotated[list[MetricResult], Field(max_length=200)]
    memorization: Memorization | None = None
    classes: Annotated[dict[str, list[MetricResult]], Field(max_length=1000)] = {}


def read_evaluation(folder: Path) -> Evaluation | None:
    """What is in the metrics.json of a run's folder; None if it is not there.

    Raises:
        ValueError: if it is not what `lsgan evaluate` writes.
    """
    try:
        with (folder / METRICS_FILE).open("rb") as file:
            text = file.read(_MOST_BYTES)
    except OSError:
        return None
    try:
        content: Any = json.loads(text)
        found = _Content.model_validate(content)
    except (ValidationError, ValueError, RecursionError) as error:
        raise ValueError("it is not what lsgan evaluate writes") from error
    return Evaluation(found.checkpoint, found.results, found.memorization, found.classes)
