"""What a run records of the machine."""

import json
from pathlib import Path

import pytest

from lsgan import __version__
from lsgan.config import Config, config_files
from lsgan.training.environment import record_environment
from lsgan.training.train import train


def test_each_start_of_a_run_is_recorded(small: Config, tmp_path: Path) -> None:
    train(config_files.change(small, ["train.steps=3"]), tmp_path, "cpu", progress=False)
    train(small, tmp_path, "cpu", resume=True, progress=False)
    found = json.loads((tmp_path / "environment.json").read_text(encoding="utf-8"))
    assert [each["step"] for each in found] == [0, 3]
    assert all(each["lsgan"] == __version__ and each["device"] == "cpu" for each in found)
    assert any(name.startswith("paddlepaddle") for name in found[0]["libraries"])


@pytest.mark.parametrize("content", ["", "{", "{}", "[" * 100_000])
def test_a_damaged_file_is_begun_anew(tmp_path: Path, content: str) -> None:
    path = tmp_path / "environment.json"
    path.write_text(content)
    record_environment(path, "cpu", 1, 0)
    assert len(json.loads(path.read_text(encoding="utf-8"))) == 1


def test_a_run_that_is_started_again_and_again_keeps_its_first(tmp_path: Path) -> None:
    path = tmp_path / "environment.json"
    path.write_text(json.dumps([{"step": step} for step in range(500)]))
    record_environment(path, "cpu", 1, 1000)
    found = json.loads(path.read_text(encoding="utf-8"))
    assert (len(found), found[0]["step"], found[-1]["step"]) == (100, 0, 1000)
