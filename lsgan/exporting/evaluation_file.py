"""What `lsgan evaluate` has found about a checkpoint, read from the run's metrics.json."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from lsgan.evaluation.memorization import Memorization
from lsgan.evaluation.report import METRICS_FILE
from lsgan.evaluation.results import MetricResult

# A report has 10 KB.
_MOST_BYTES = 1 << 20


@dataclass(frozen=True)
class Evaluation:
    """The content of metrics.json.

    Attributes:
        checkpoint: the name of the checkpoint that was evaluated.
        results: its metrics.
        memorization: the result of the memorization test, None where it was not possible.
    """

    checkpoint: str
    results: list[MetricResult]
    memorization: Memorization | None


def read_evaluation(folder: Path, checkpoint: str) -> Evaluation | None:
    """The evaluation of `checkpoint` in a run's folder; None if there is none that can be read."""
    try:
        path = folder / METRICS_FILE
        if path.stat().st_size > _MOST_BYTES:
            return None
        found = TypeAdapter(Evaluation).validate_json(path.read_bytes())
    except (OSError, ValidationError):
        return None
    return found if found.checkpoint == checkpoint and found.results else None
