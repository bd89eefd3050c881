"""The watchdog tells what is wrong from the metrics alone."""

import math
from typing import Any

import numpy as np
import pytest

from lsgan.config import WatchdogSection
from lsgan.metrics import monitor_of
from lsgan.metrics.metric import Monitor
from lsgan.training.discriminator_loss import Bounds
from lsgan.training.trouble import TroubleError
from lsgan.training.watchdog import Watchdog

FRECHET = monitor_of("frechet")
# Of least squares.
BOUNDS = Bounds(sure=0, guessing=0.25)


def row(step: int, **figures: float) -> dict[str, Any]:
    sound = {
        "discriminator_loss": 0.2,
        "generator_loss": 0.25,
        "discriminator_gradient": 2.0,
        "generator_gradient": 1.0,
        "diversity": 0.6,
    }
    return {"step": step, **sound, **figures}


def findings(
    rows: list[dict[str, Any]],
    bounds: Bounds | None = BOUNDS,
    monitor: Monitor = FRECHET,
    **settings: Any,
) -> list[tuple[int, TroubleError]]:
    watchdog = Watchdog(WatchdogSection(**{"steps": 100, **settings}), monitor, bounds)
    found = [(row["step"], watchdog.see(row)) for row in rows]
    return [(step, finding) for step, finding in found if finding]


def evaluated(values: list[float], name: str = "frechet") -> list[dict[str, Any]]:
    return [{"step": 50 * place, name: value} for place, value in enumerate(values)]


def test_a_sound_run_raises_nothing() -> None:
    numbers = np.random.default_rng(0)
    rows = [row(0, frechet=9.0)]
    for step in range(10, 5000, 10):
        # Losses swing by a factor of two, gradients by five, and the first steps are wild.
        start = 60 if step < 100 else 1
        rows.append(
            row(
                step,
                discriminator_loss=start * 0.2 * numbers.uniform(0.6, 1.4),
                generator_loss=start * 0.25 * numbers.uniform(0.5, 2),
                discriminator_gradient=2 * numbers.uniform(0.4, 2.5),
                diversity=numbers.uniform(0.3, 0.9),
            )
        )
    assert findings(rows) == []
    falling = [9 * math.exp(-place / 20) * numbers.uniform(0.8, 1.2) for place in range(60)]
    assert findings(evaluated(falling), patience=10) == []


@pytest.mark.parametrize(
    ("figures", "trouble", "evidence"),
    [
        ({"discriminator_loss": 0.03}, "discriminator won", "below 0.1, now 0.03"),
        ({"discriminator_loss": 0.7}, "divergence", "above 0.5, now 0.7"),
        ({"diversity": 0.01}, "mode collapse", "differ by 1.0% of"),
    ],
)
def test_a_bad_state_must_last(figures: dict[str, float], trouble: str, evidence: str) -> None:
    def rows(bad: range) -> list[dict[str, Any]]:
        return [row(step, **(figures if step in bad else {})) for step in range(10, 600, 10)]

    assert findings(rows(range(200, 290))) == []
    ((step, finding),) = findings(rows(range(200, 310)))
    assert step == 290
    assert finding.kind == trouble
    assert evidence in finding.evidence
    # It counts from when it began last, not from when it was first seen.
    broken = rows(range(200, 290))
    broken += [row(step, **figures) for step in range(600, 650, 10)]
    assert findings(broken) == []


def test_a_discriminator_that_is_sure_has_not_won_while_images_grow_better() -> None:
    def rows(figures: list[float]) -> list[dict[str, Any]]:
        found = [row(step, discriminator_loss=0.03) for step in range(110, 1000, 10)]
        found += [
            {"step": 100 * place + 105, "frechet": each} for place, each in enumerate(figures)
        ]
        return sorted(found, key=lambda each: each["step"])

    assert findings(rows([9, 8, 7, 6, 5, 5.2, 4, 3])) == []
    # Two measurements in vain, at 305 and 405, and 100 steps after them.
    ((step, finding),) = findings(rows([9, 8, 8.1, 8.2, 8.1]))[:1]
    assert (step, finding.kind) == (510, "discriminator won")


def test_a_generator_without_a_discriminator_is_watched_by_what_it_has() -> None:
    alone = [{"step": step, "generator_gradient": 1.0, "diversity": 0.6} for step in range(900)]
    exploded = {"step": 900, "generator_gradient": 101.0, "diversity": 0.6}
    ((step, finding),) = findings([*alone, exploded], bounds=None)
    assert (step, finding.kind) == (900, "divergence")
    collapsed = [row | {"diversity": 0.01} if row["step"] > 500 else row for row in alone]
    ((step, finding), *_) = findings(collapsed, bounds=None)
    assert (step, finding.kind) == (600, "mode collapse")


def test_who_is_told_wrong_labels_has_won_near_the_least_loss_these_allow() -> None:
    # ½·0.8·0.2 for either kind, where a fifth of the labels is wrong.
    bounds = Bounds(sure=0.16, guessing=0.25)
    rows = [row(step, discriminator_loss=0.18) for step in range(110, 1000, 10)]
    ((_, finding),) = findings(rows, bounds)[:1]
    assert finding.kind == "discriminator won"
    assert "below 0.2, now 0.18" in finding.evidence
    assert findings(rows) == []


def test_losses_and_gradients_that_explode_are_divergence_at_once() -> None:
    rows = [row(step) for step in range(10, 500, 10)]
    for name, value in (("generator_loss", 26.0), ("generator_gradient", 101.0)):
        ((step, finding),) = findings([*rows, row(500, **{name: value})])
        assert (step, finding.kind) == (500, "divergence")
        assert name in finding.evidence
    # In the first steps nothing is usual.
    assert findings([row(10, generator_loss=26.0), row(20, generator_gradient=1e3)]) == []


def test_images_that_become_far_worse_are_told_by_the_measure() -> None:
    ((step, finding),) = findings(evaluated([90, 20, 10, 40, 40, 40, 10]), patience=0)
    assert (step, finding.kind) == (250, "mode collapse")
    # Once is no collapse.
    assert findings(evaluated([90, 20, 10, 40, 40, 10, 40, 40, 10]), patience=0) == []
    # Farther than the untrained generator's: not one mode, but none.
    ((_, finding),) = findings(evaluated([90, 20, 10, 200, 200, 200]), patience=0)
    assert finding.kind == "divergence"
    # Near 0 a ratio is noise.
    assert findings(evaluated([9, 0.1, 1, 2, 2, 2]), patience=0) == []


def test_of_a_score_a_third_of_the_best_is_far_worse() -> None:
    recall = monitor_of("recall")
    low = evaluated([0, 0.3, 0.6, 0.15, 0.12, 0.13], "recall")
    ((_, finding),) = findings(low, monitor=recall, patience=0)
    assert finding.kind == "mode collapse"
    assert (
        "3 times running recall was more than 3 times worse than the best, 0.6" in finding.evidence
    )
    # Nor is a score so low that chance makes it anything to compare with.
    for values in ([0.3, 0.6, 0.25, 0.25, 0.25], [0.1, 0.25, 0.01, 0.01, 0.01]):
        assert findings(evaluated(values, "recall"), monitor=recall, patience=0) == []
    assert len(findings(evaluated([0.5, 0.4, 0.4], "recall"), monitor=recall, patience=2)) == 1


def test_no_more_gain_after_as_many_evaluations_as_there_is_patience() -> None:
    figures = [9, 5, 4, 4.1, 4.2, 4.1, 4.3, 4.1, 4.1, 4.1]
    assert [step for step, _ in findings(evaluated(figures), patience=4)] == [300]
    assert findings(evaluated(figures), patience=0) == []
    assert findings(evaluated(figures[:6]), patience=4) == []


# What follows trains: tiny networks that are harmed on purpose.
