"""Which photographs choose the best checkpoint, and what is said of it."""

from pathlib import Path

import numpy as np
import pytest

from lsgan.arrays import Samples
from lsgan.checkpoints import checkpoint
from lsgan.checkpoints.run import Run
from lsgan.config import Config, config_files
from lsgan.errors import ConfigError
from lsgan.evaluation.checkpoint_evaluator import LEAST, CheckpointEvaluator, choose_reference
from lsgan.io.files import read_lines
from lsgan.metrics import monitor_of
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


def replace_evaluations(
    monkeypatch: pytest.MonkeyPatch, evaluations: list[dict[str, float]]
) -> None:
    found = iter(evaluations)
    monkeypatch.setattr(CheckpointEvaluator, "evaluate", lambda *_: next(found))


def test_the_end_says_which_step_was_best_and_what_the_last_one_has(
    small: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace_evaluations(monkeypatch, [{"frechet": value} for value in (8.0, 4.0, 2.0, 5.0)])
    config = config_files.change(small, ["evaluate.every=2"])
    train(config, tmp_path, "cpu", progress=False)
    log = (tmp_path / "run.log").read_text(encoding="utf-8")
    assert "best: step 4, frechet 2; the last one evaluated, step 6, has 5" in log
    rows = read_lines(tmp_path / "metrics.jsonl")
    assert [(row["step"], row["frechet"]) for row in rows if "frechet" in row] == [
        (0, 8.0),
        (2, 4.0),
        (4, 2.0),
        (6, 5.0),
    ]
    best = checkpoint.best(tmp_path / "checkpoints", monitor_of("frechet"))
    assert best is not None
    assert best.step == 4


def test_another_metric_chooses_the_best(
    small: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recalls = (0.1, 0.3, 0.6, 0.2)
    replace_evaluations(monkeypatch, [{"precision": 0.5, "recall": value} for value in recalls])
    changes = ["evaluate.every=2", "evaluate.metric=recall", "data.val_fraction=0"]
    train(config_files.change(small, changes), tmp_path, "cpu", progress=False)
    log = (tmp_path / "run.log").read_text(encoding="utf-8")
    assert "checkpoints are compared by recall on wavelet scattering" in log
    assert "best: step 4, recall 0.6; the last one evaluated, step 6, has 0.2" in log
    # Whoever samples the run later is not told the metric again.
    assert Run(tmp_path).choose("best").name == "step-00000004.safetensors"


@pytest.mark.parametrize("name", ["frechet", "kid", "precision", "recall", "density", "coverage"])
def test_every_metric_tells_good_images_from_bad_ones(
    small: Config, landscapes: Samples, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    half = len(landscapes) // 2
    reals, others = landscapes[:half], landscapes[half:]
    noise = np.random.default_rng(0).integers(0, 256, others.shape).astype(np.uint8)
    config = config_files.change(small, [f"evaluate.metric={name}"])
    evaluator = CheckpointEvaluator(reals, np.arange(0), np.arange(half), config)
    values = []
    for images in (others, noise):
        monkeypatch.setattr(
            "lsgan.evaluation.checkpoint_evaluator.render", lambda *_, images=images: images
        )
        values.append(evaluator.evaluate(None)[name])
    assert monitor_of(name).is_better(*values)


def test_a_metric_that_does_not_exist_or_needs_more_photographs_is_refused(
    small: Config, tmp_path: Path
) -> None:
    config = config_files.change(small, ["evaluate.metric=recal"])
    with pytest.raises(ConfigError, match="did you mean recall"):
        train(config, tmp_path / "run", "cpu", progress=False)
    assert not (tmp_path / "run").exists()
    images = np.zeros((20, 3, 32, 32), np.uint8)
    config = config_files.change(small, ["evaluate.metric=recall"])
    with pytest.raises(ConfigError, match="recall, which needs 64 images, and there are 20"):
        CheckpointEvaluator(images, np.arange(10), np.arange(10, 20), config)


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
