"""Several runs beside each other, and what may be said of them."""

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import lsgan
from lsgan.checkpoints.run import Run
from lsgan.config import Config, config_files
from lsgan.reporting.compare import Comparison
from lsgan.training.train import train
from tests.commands import lsgan as command
from tests.commands import refused
from tests.conftest import write_pack
from tests.reporting.test_report import read


@pytest.fixture
def other(run: Path) -> Path:
    """The same run again, under another name."""
    return Path(shutil.copytree(run, run.with_name("other")))


def with_result(run: Path, **changes: Any) -> Path:
    """The run with another Fréchet distance in what `lsgan evaluate` has found."""
    path = run / "metrics.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    for result in content["results"]:
        if result["name"] == "frechet":
            result.update(changes)
    path.write_text(json.dumps(content), encoding="utf-8")
    return run


def with_settings(run: Path, *changes: str) -> Path:
    config = config_files.load(Run(run).config, changes)
    Run(run).config.write_text(config_files.annotated(config), encoding="utf-8")
    return run


def compared(*runs: Path) -> Comparison:
    return lsgan.compare(runs, runs[0].parent / "both.html")


def line(comparison: Comparison, caption: str) -> list[str]:
    [found] = [line.values for line in comparison.facts if line.caption == caption]
    return found


def test_a_clear_difference_is_said(run: Path, other: Path) -> None:
    with_result(run, value=50.0, std_error=1.0)
    with_result(other, value=54.0, std_error=1.0)
    found = compared(run, other)
    assert "kanas has the best frechet: 50.0 ± 1.0" in " ".join(found.verdict)
    assert "more than 2 standard errors" in " ".join(found.verdict)
    with_result(other, value=46.0)
    assert "other has the best frechet: 46.0 ± 1.0" in " ".join(compared(run, other).verdict)


def test_a_difference_within_the_errors_is_no_rank(run: Path, other: Path) -> None:
    with_result(run, value=50.0, std_error=1.0)
    with_result(other, value=52.0, std_error=1.0)
    assert "may be chance" in " ".join(compared(run, other).verdict)
    with_result(other, value=60.0, std_error=None)
    assert "may be chance" in " ".join(compared(run, other).verdict)


@pytest.mark.parametrize(
    "changes", [{"n": 63}, {"seed": 1}, {"features": "others"}, {"reference": "other photographs"}]
)
def test_results_under_other_conditions_are_not_compared(
    run: Path, other: Path, changes: dict[str, Any]
) -> None:
    with_result(other, value=1.0, **changes)
    assert "has the best frechet: 1" not in " ".join(compared(run, other).verdict)


def test_without_an_evaluation_the_metric_of_the_training_has_no_error(
    run: Path, other: Path
) -> None:
    (other / "metrics.json").unlink()
    found = compared(run, other)
    assert line(found, "evaluated")[1] == "not yet"
    assert "That value has no error" in found.verdict[0]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("evaluate.metric=kid", "different metrics: frechet, kid"),
        ("evaluate.count=128", "different numbers of images"),
        ("data.val_fraction=0.2", "Other images of the data set were held out"),
        ("train.seed=1", "Other images of the data set were held out"),
    ],
)
def test_what_cannot_be_ranked_is_not(run: Path, other: Path, change: str, said: str) -> None:
    (other / "metrics.json").unlink()
    found = compared(run, with_settings(other, change))
    assert found.verdict[0] == "The runs are not ranked."
    assert said in " ".join(found.verdict)


def test_runs_on_different_data_are_not_ranked(
    run: Path, small: Config, tmp_path: Path, pack: Path
) -> None:
    images = np.load(pack / "images.npy")[::-1]
    config = config_files.with_data(small, write_pack(tmp_path / "reversed", images))
    config = config_files.change(config, ["train.steps=2"])
    train(config, tmp_path / "reversed-run", "cpu", progress=False)
    found = compared(run, tmp_path / "reversed-run")
    assert "They were trained on different data sets." in found.verdict
    page = read(found.path).text
    assert "Real ones that were trained on" not in page
    assert "The runs are not ranked." in page
    assert len(set(line(found, "data set"))) == 2


def test_the_table_has_what_differs(run: Path, other: Path) -> None:
    with_settings(other, "optimizer.beta1=0.25")
    found = compared(run, other)
    assert [(each.caption, each.values) for each in found.settings] == [
        ("optimizer.beta1", ["0.8", "0.25"])
    ]
    assert line(found, "steps") == ["6", "6"]
    assert line(found, "images seen") == ["24", "24"]
    [generator] = set(line(found, "generator parameters"))
    assert int(generator.replace(",", "")) > 1000
    table = str(found)
    assert "kanas" in table.splitlines()[0]
    assert "optimizer.beta1" in table
    page = read(found.path)
    assert [tag for tag, _ in page.elements].count("svg") == 2
    assert "Frechet against images seen" in page.text
    assert "Frechet against minutes" in page.text


def test_runs_of_one_name_are_told_apart(run: Path, tmp_path: Path) -> None:
    again = Path(shutil.copytree(run, tmp_path / "again" / "kanas"))
    assert compared(run, again, run).names == ["runs/kanas", "again/kanas"]


def test_partial_runs_are_compared_as_far_as_they_go(run: Path, other: Path) -> None:
    for name in ("metrics.jsonl", "config.yaml", "metrics.json"):
        (other / name).unlink()
    shutil.rmtree(other / "samples")
    for path in Run(other).kept():
        path.write_bytes(b"nothing")
    found = compared(run, other)
    assert "settings of some of the runs are not known" in " ".join(found.verdict)
    page = read(found.path).text
    assert "other: There are no metrics" in page
    assert "other has no samples" in page


def test_the_command_line(run: Path, other: Path, tmp_path: Path) -> None:
    answer = command("compare", run, other, cwd=tmp_path)
    assert answer.returncode == 0, answer.stderr
    assert "best while training" in answer.stdout
    assert (tmp_path / "comparison.html").is_file()
    assert "two runs or more" in refused("compare", run, run, cwd=tmp_path)
    assert "no run is in" in refused("compare", run, tmp_path, cwd=tmp_path)
