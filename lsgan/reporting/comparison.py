"""Several runs beside each other, and whether one can be said to be better than another."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lsgan.config import flat
from lsgan.evaluation.results import MetricResult
from lsgan.reporting.page import duration, number, whole, with_error
from lsgan.reporting.record import RunRecord
from lsgan.reporting.settings import differences, shown_value

# Of two values that differ by fewer standard errors of their difference neither is called better.
_DEVIATIONS = 2


@dataclass(frozen=True)
class Line:
    """A line of the table: what it tells, and that of each run."""

    caption: str
    values: list[str]


def facts(records: Sequence[RunRecord]) -> list[Line]:
    """What each run is and came to."""
    columns: list[tuple[str, Callable[[RunRecord], str]]] = [
        ("best while training", _best),
        ("evaluated", _evaluated),
        ("weights at first", _beginning),
        ("steps", lambda record: whole(record.last_step)),
        ("images seen", lambda record: whole(record.images_seen)),
        ("time", lambda record: duration(record.rows.last("seconds"))),
        ("images/s", lambda record: number(record.rows.median("images_per_second"), 3)),
        ("generator parameters", lambda record: whole(record.parameters("generator"))),
        ("discriminator parameters", lambda record: whole(record.parameters("discriminator"))),
        ("data set", _data),
        ("device", _device),
    ]
    return [Line(caption, [tell(record) for record in records]) for caption, tell in columns]


def different_settings(records: Sequence[RunRecord]) -> list[Line]:
    """The settings that are not the same in all runs whose settings are known."""
    configs = [record.config for record in records]
    known = [config for config in configs if config]
    keys = {key for config in known for key in differences(known[0], config)}
    return [
        Line(
            key,
            [shown_value(key, flat(config)[key]) if config else "not known" for config in configs],
        )
        for key in (flat(known[0]) if known else ())
        if key in keys
    ]


def obstacles(records: Sequence[RunRecord]) -> list[str]:
    """Why the metrics of the runs while training cannot be compared, in sentences."""
    configs = [record.config for record in records if record.config]
    if len(configs) < len(records):
        return ["The settings of some of the runs are not known."]
    found = []
    names = list(dict.fromkeys(config.evaluate.metric for config in configs))
    if len(names) > 1:
        found.append(f"Their checkpoints are chosen by different metrics: {', '.join(names)}.")
    digests = [record.data_digest for record in records]
    if not all(digests):
        found.append("It is not known of all of them what data set they were trained on.")
    elif len(set(digests)) > 1:
        found.append("They were trained on different data sets.")
    elif len({(config.data.val_fraction, config.train.seed) for config in configs}) > 1:
        found.append("Other images of the data set were held out to measure them.")
    if len({config.evaluate.count for config in configs}) > 1:
        found.append("They were measured with different numbers of images.")
    return found


def verdict(records: Sequence[RunRecord], names: Sequence[str]) -> list[str]:
    """Which of the runs is best, as far as that can be said, in sentences.

    Args:
        records: the runs.
        names: what each is called.
    """
    found = [(record, _result(record)) for record in records]
    measured = [(record, each) for record, each in found if each and each.value is not None]
    conditions = {_conditions(record, result) for record, result in measured}
    if len(measured) == len(records) and len(conditions) == 1:
        return [_ranked(names, [result for _, result in measured])]
    reasons = obstacles(records)
    if reasons:
        return ["The runs are not ranked.", *reasons, _advice(records)]
    values = dict(zip(names, map(_training_value, records), strict=True))
    there = {name: value for name, value in values.items() if value is not None}
    monitor = records[0].monitor
    if len(there) < 2 or monitor is None:
        return ["The runs are not ranked: fewer than two of them have been measured."]
    best = (min if monitor.better == "lower" else max)(there, key=lambda name: there[name])
    return [
        f"While training, {best} had the best {monitor.name}: {number(there[best])}. That value "
        "has no error and is the best of many, so that a small difference may be chance.",
        _advice(records),
    ]


def _ranked(names: Sequence[str], results: Sequence[MetricResult]) -> str:
    """Which run is best by results that were computed alike."""
    sign = 1 if results[0].better == "lower" else -1
    order = sorted(range(len(results)), key=lambda place: sign * (results[place].value or 0))
    best = results[order[0]]
    close = [names[place] for place in order[1:] if not _is_clear(best, results[place])]
    words = f"{names[order[0]]} has the best {best.name}: "
    words += with_error(best.value, best.std_error)
    if close:
        return (
            f"{words}. The difference from {', '.join(close)} is less than {_DEVIATIONS} standard "
            "errors, and may be chance."
        )
    return (
        f"{words}. Its difference from each other run is more than {_DEVIATIONS} standard errors."
    )


def _is_clear(one: MetricResult, other: MetricResult) -> bool:
    """Whether two values differ by more than their errors explain."""
    if one.value is None or other.value is None:
        return False
    error = math.hypot(one.std_error or math.inf, other.std_error or math.inf)
    return abs(one.value - other.value) > _DEVIATIONS * error


def _advice(records: Sequence[RunRecord]) -> str:
    return (
        "lsgan evaluate RUN --reference PHOTOGRAPHS, with the same photographs for each of them, "
        "gives values with errors that can be compared."
        if obstacles(records)
        else "lsgan evaluate RUN, for each of them, gives values with errors."
    )


def _result(record: RunRecord) -> MetricResult | None:
    """The metric that chooses the best checkpoint, as `lsgan evaluate` has computed it."""
    monitor = record.monitor
    return record.evaluation.result(monitor.name) if record.evaluation and monitor else None


def _training_value(record: RunRecord) -> float | None:
    monitor, best = record.monitor, record.best
    return best.metrics[monitor.name] if monitor and best else None


def _best(record: RunRecord) -> str:
    value, best = _training_value(record), record.best
    if record.monitor is None or best is None:
        return "–"
    return f"{record.monitor.name} {number(value)} at step {best.step:,}"


def _evaluated(record: RunRecord) -> str:
    result = _result(record)
    if result is None:
        return "not yet"
    return f"{result.name} {with_error(result.value, result.std_error)}, n = {result.n:,}"


def _data(record: RunRecord) -> str:
    name = record.data.path.name if record.data else ""
    count = f", {record.data.count:,} {record.data.kind}" if record.data else ""
    digest = record.data_digest[:8]
    return f"{name}{count} ({digest})" if name and digest else name or digest or "–"


def _device(record: RunRecord) -> str:
    return record.starts[0].computed_on if record.starts else "–"


def _beginning(record: RunRecord) -> str:
    if not record.config:
        return "–"
    path = record.config.train.initial_weights
    return f"those of {Path(path).name}" if path else "random"


def _conditions(record: RunRecord, result: MetricResult) -> tuple[object, ...]:
    """What must be the same for two results to be comparable.

    If the photographs were those of the run's own data set, that must be the same one too.
    """
    own = record.config is not None and record.config.data.path in result.reference
    data = record.data_digest if own else ""
    return result.name, result.features, result.reference, result.n, result.seed, data
