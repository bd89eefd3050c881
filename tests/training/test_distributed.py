"""Several processes that train together, on gloo."""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from lsgan.checkpoints.run import Run
from lsgan.config import Config, config_files
from lsgan.errors import ConfigError, RunError
from lsgan.io.files import read_lines
from lsgan.training import launch
from lsgan.training.distributed import ProcessGroup
from lsgan.training.launch import devices_of, run_together, train_here
from lsgan.training.train import train

WITHOUT_NORM = Path(__file__).with_name("without_norm.py")


def together(config: Config, out: Path, resume: bool = False) -> None:
    assert run_together(partial(train_here, config, out, resume), ["cpu", "cpu"]) == 0


def weights(out: Path) -> dict[str, np.ndarray]:
    return load_file(Run(out).kept()[0])


def test_two_give_the_weights_of_one(small: Config, tmp_path: Path) -> None:
    config = config_files.change(
        small,
        [
            # Without batch norm nothing else keeps the signal from fading.
            "model.init_std=0.1",
            # Adam divides by the size of a gradient, which would blow up the rounding of tiny ones.
            "optimizer.epsilon=1e-3",
        ],
    )
    (tmp_path / "config.yaml").write_text(config_files.annotated(config), encoding="utf-8")
    for count in ("1", "2"):
        given = [WITHOUT_NORM, count, tmp_path / "config.yaml", tmp_path / count]
        subprocess.run([sys.executable, *map(str, given)], check=True, timeout=300)
    one, two = weights(tmp_path / "1"), weights(tmp_path / "2")
    assert one.keys() == two.keys()
    assert not any("_mean" in name for name in one)
    start = Run(tmp_path / "1").kept()[-1]
    for name, values in load_file(start).items():
        if name.endswith("weight") and not name.startswith("optimizer"):
            assert np.abs(one[name] - values).max() > 1e-5, "nothing has been learned"
        np.testing.assert_allclose(one[name], two[name], rtol=1e-3, atol=1e-6, err_msg=name)
    rows = [read_lines(Run(tmp_path / count).metrics) for count in ("1", "2")]
    for alone, shared in zip(*rows, strict=True):
        for figure in ("discriminator_loss", "real_score", "generator_gradient"):
            if figure in alone:
                assert shared[figure] == pytest.approx(alone[figure], rel=1e-3)


def test_a_run_goes_on_with_another_number_of_processes(small: Config, tmp_path: Path) -> None:
    train(small, tmp_path, "cpu", progress=False)
    for steps, several in ((9, True), (12, False)):
        config = config_files.change(small, [f"train.steps={steps}"])
        if several:
            together(config, tmp_path, resume=True)
        else:
            train(config, tmp_path, "cpu", resume=True, progress=False)
    steps = [row["step"] for row in read_lines(Run(tmp_path).metrics) if "frechet" in row]
    assert steps == [0, 3, 6, 9, 12]
    said = Run(tmp_path).log.read_text(encoding="utf-8")
    assert "on 2×cpu" in said
    assert said.count("resumed") == 2


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds the processes in /proc")
def test_when_one_dies_the_others_end_and_it_is_said(small: Config, tmp_path: Path) -> None:
    config = config_files.change(small, ["train.steps=100000", "evaluate.every=100000"])
    (tmp_path / "config.yaml").write_text(config_files.annotated(config), encoding="utf-8")
    command = ["train", "--config", str(tmp_path / "config.yaml"), "--out", str(tmp_path / "run")]
    process = subprocess.Popen(
        [sys.executable, "-m", "lsgan", *command, "--workers", "2"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    metrics = Run(tmp_path / "run").metrics
    until = time.monotonic() + 120
    while not metrics.is_file() or len(metrics.read_text().splitlines()) < 3:
        assert time.monotonic() < until
        time.sleep(0.1)
    family = children(process.pid)
    assert len(family) == 2
    os.kill(family[1], signal.SIGKILL)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "lsgan: process 2 of 2 was killed by signal 9, so the others were stopped." in said
    assert "--resume" in said
    assert not [one for one in family if Path(f"/proc/{one}").is_dir()]


def children(parent: int) -> list[int]:
    """The processes that train: those that were started with a target of their own, in order."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            above = int((folder / "stat").read_text().rsplit(")", 1)[1].split()[1])
            command = (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if above == parent and b"spawn_main" in command:
            found.append(int(folder.name))
    return sorted(found)


def ends_at_once(_: str) -> int:
    os._exit(7)


def test_a_process_that_ends_with_an_error_ends_all() -> None:
    with pytest.raises(RunError, match="of 2 ended with 7"):
        run_together(ends_at_once, ["cpu", "cpu"])


def test_what_is_wrong_is_said_once(small: Config, tmp_path: Path) -> None:
    given = ["--workers", "3", "--data", small.data.path, "--out", str(tmp_path / "run")]
    answer = subprocess.run(
        [sys.executable, "-m", "lsgan", "train", *given],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert answer.returncode == 2
    assert answer.stderr.count("lsgan: ") == 1
    assert "cannot be shared out among 3 processes" in answer.stderr
    assert not (tmp_path / "run").exists()


def test_devices_are_checked() -> None:
    assert devices_of(None, None) == devices_of(1, None) == []
    assert devices_of(2, None) == ["cpu", "cpu"]
    assert devices_of(None, "0, 2") == ["gpu:0", "gpu:2"]
    for workers_, devices in ((2, "0"), (None, "one"), (None, "1,1")):
        with pytest.raises(ConfigError):
            devices_of(workers_, devices)


def test_shares_make_up_the_batch() -> None:
    assert [ProcessGroup(index, 3).shard(12) for index in range(3)] == [
        slice(0, 4), slice(4, 8), slice(8, 12),
    ]  # fmt: skip
    with pytest.raises(ConfigError, match="cannot be shared out"):
        ProcessGroup(0, 3).shard(16)


def test_processes_know_each_other_by_the_launchers_variables(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert (ProcessGroup.from_environment().rank, ProcessGroup.from_environment().world_size) == (
        0,
        1,
    )
    monkeypatch.setenv("PADDLE_TRAINER_ID", "3")
    monkeypatch.setenv("PADDLE_TRAINERS_NUM", "4")
    assert (ProcessGroup.from_environment().rank, ProcessGroup.from_environment().world_size) == (
        3,
        4,
    )
    assert len(set(launch._free_ports(5))) == 5
