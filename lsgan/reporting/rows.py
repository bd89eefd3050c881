"""The lines of a run's `metrics.jsonl`, as far as they can be read."""

import json
import math
from dataclasses import dataclass
from pathlib import Path

Row = dict[str, float]


@dataclass(frozen=True)
class Rows:
    """The lines of `metrics.jsonl`.

    Attributes:
        rows: those that are in order, sorted by their step; all values are finite.
        left_out: how many are not.
    """

    rows: list[Row]
    left_out: int = 0

    @property
    def last_step(self) -> int:
        """The last step that there is a line of, 0 if there is none."""
        return int(self.rows[-1]["step"]) if self.rows else 0

    def points(self, name: str) -> list[tuple[int, float]]:
        """Each step with its value of a metric."""
        return [(int(row["step"]), row[name]) for row in self.rows if name in row]

    def last(self, name: str) -> float | None:
        """The last value of a metric, None if there is none."""
        return next((row[name] for row in reversed(self.rows) if name in row), None)

    def median(self, name: str) -> float | None:
        """The median of a metric's values, the lower of two; None if there is none."""
        values = sorted(value for _, value in self.points(name))
        return values[(len(values) - 1) // 2] if values else None


def read_rows(path: Path) -> Rows:
    """The lines of the file at `path`; none if it cannot be read."""
    found: list[Row] = []
    left_out = 0
    try:
        with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
            for line in file:
                row = _row(line)
                if row is None:
                    left_out += 1
                else:
                    found.append(row)
    except OSError:
        pass
    return Rows(sorted(found, key=lambda row: row["step"]), left_out)


def _row(line: str) -> Row | None:
    """The numbers of a line; None if it is no line of metrics."""
    try:
        content = json.loads(line)
    except (ValueError, RecursionError):
        return None
    if not isinstance(content, dict) or not _is_step(content.get("step")):
        return None
    numbers = {name: value for name, value in content.items() if _is_finite(value)}
    return {"step": content["step"], **numbers} if len(numbers) > 1 else None


def _is_step(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63


def _is_finite(value: object) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return abs(value) < 2**63 if isinstance(value, int) else math.isfinite(value)
