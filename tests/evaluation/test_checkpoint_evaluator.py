"""Which photographs choose the best checkpoint, and what is said of it."""

from pathlib import Path

import numpy as np
import pytest

from lsgan.checkpoints import checkpoint
from lsgan.config import Config, config_files
from lsgan.evaluation.checkpoint_evaluator import LEAST, choose_reference
from lsgan.io.files import read_lines
from lsgan.training.train import train


def test_held_out_photographs_are_the_reference_where_they_suffice() -> None:
    trained, held_out = np.arange(900), np.arange(900, 1000)
    chosen, kind = choose_reference(trained, held_out, 1024)
    np.testing.assert_array_equal(chosen, held_out)
    assert kind == "held-out photographs"
    assert len(choose_reference(trained, held_out, 64)[0]) == 64


def test_too_few_held_out_are_joined_by_the_trained_ones_and_it_is_said() -> None:
    trained, held_out = np.arange(0, 900), np.arange(900, 900 + LEAST - 1)
    chosen, kind = choose_reference(trained, held_out, 5000)
    np.testing.assert_array_equal(chosen, np.arange(900 + LEAST - 1))
    assert kind == "photographs, trained ones too: the 63 held out are too few"


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.5, "64 generated images against 64 held-out photographs"),
        (0.1, "64 generated images against 64 photographs, trained ones too: the 20 held out"),
    ],
)
def test_a_run_says_what_its_checkpoints_are_held_to(
    small: Config, tmp_path: Path, share: float, words: str
) -> None:
    config = config_files.change(small, [f"data.val_fraction={share}", "train.steps=1"])
    train(config, tmp_path, "cpu", progress=False)
    assert words in (tmp_path / "run.log").read_text(encoding="utf-8")


def test_the_end_says_which_step_was_best_and_by_how_much(
    small: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    figures = iter([8.0, 4.0, 2.0, 5.0])
    monkeypatch.setattr(
        "lsgan.evaluation.checkpoint_evaluator.CheckpointEvaluator.evaluate",
        lambda *_: {"frechet": next(figures)},
    )
    config = config_files.change(small, ["evaluate.every=2"])
    train(config, tmp_path, "cpu", progress=False)
    log = (tmp_path / "run.log").read_text(encoding="utf-8")
    assert "best: step 4, frechet 2, 60% below step 6, the last one measured (5)" in log
    rows = read_lines(tmp_path / "metrics.jsonl")
    assert [(row["step"], row["frechet"]) for row in rows if "frechet" in row] == [
        (0, 8.0),
        (2, 4.0),
        (4, 2.0),
        (6, 5.0),
    ]
    best = checkpoint.best(tmp_path / "checkpoints", "frechet")
    assert best is not None
    assert best.step == 4


def test_measuring_changes_nothing_in_the_training(small: Config, tmp_path: Path) -> None:
    for name, every in (("often", 1), ("seldom", 6)):
        config = config_files.change(small, [f"evaluate.every={every}"])
        train(config, tmp_path / name, "cpu", progress=False)
    often, seldom = (
        checkpoint.read(tmp_path / name / "checkpoints" / checkpoint.file_name(6))[1]
        for name in ("often", "seldom")
    )
    for key, tensor in often.items():
        np.testing.assert_array_equal(tensor, seldom[key])


def test_the_untrained_generator_is_measured_once(small: Config, tmp_path: Path) -> None:
    train(config_files.change(small, ["train.steps=1"]), tmp_path, "cpu", progress=False)
    for path in (tmp_path / "checkpoints").iterdir():
        path.unlink()
    # As after a kill before the first checkpoint.
    train(small, tmp_path, "cpu", resume=True, progress=False)
    rows = read_lines(tmp_path / "metrics.jsonl")
    assert [row["step"] for row in rows if "frechet" in row] == [0, 3, 6]
