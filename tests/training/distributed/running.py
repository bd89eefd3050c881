"""Trainings in several processes, as their tests start and compare them."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from lsgan.checkpoints.checkpoint import step_of
from lsgan.checkpoints.run import Run
from lsgan.config import Config, config_files

slow = pytest.mark.skipif(
    "LSGAN_TEST_DISTRIBUTED" not in os.environ,
    reason="takes minutes: scripts/test-distributed runs it",
)
KILLED = Path(__file__).with_name("killed.py")
# Seconds within which all processes have to end after one has been killed.
ENDS_WITHIN = 60
# Seconds that no training takes, even on a machine that has other work.
TIMEOUT = 900
# With a checkpoint after every third.
STEPS = 9
# The environment variable by which the processes of a training are found.
_MARK = "LSGAN_TEST_RUN"


def write_config(small: Config, folder: Path, *changes: str) -> Path:
    """A file with the small configuration, three checkpoints long, and these changes."""
    path = folder / "config.yaml"
    config = config_files.change(small, [f"train.steps={STEPS}", *changes])
    path.write_text(config_files.annotated(config), encoding="utf-8")
    return path


def training(config: Path, out: Path, workers: int = 0) -> list[str]:
    """The command line of a training; it begins with a Python file, as Paddle's launcher takes it.

    Args:
        config: the configuration's file.
        out: the run's folder; a run in it is resumed.
        workers: how many processes to start; 0 where a launcher does.
    """
    options = ["--config", str(config), "--out", str(out), "--auto-resume"]
    options += ["--workers", str(workers)] if workers else []
    return [str(KILLED), "train", *options]


def launcher(nodes: int, here: int, processes: int, host: str, port: int, logs: Path) -> list[str]:
    """The command line of Paddle's launcher on one of several machines, before what it starts.

    Args:
        nodes: how many machines there are.
        here: the number of this one.
        processes: how many it starts.
        host: this machine's address.
        port: on which the launchers find each other on the first machine, whose address ends in 1.
        logs: the folder of its log files.
    """
    options = ["--nproc_per_node", str(processes), "--log_dir", str(logs), "--host", host]
    if nodes > 1:
        first = host.rpartition(".")[0] + ".1"
        options += ["--nnodes", str(nodes), "--rank", str(here), "--master", f"{first}:{port}"]
    return ["-m", "paddle.distributed.launch", *options]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("", 0))
        return int(one.getsockname()[1])


def start(
    command: Sequence[str], out: Path, said: Path, moment: str = "", victim: int = -1
) -> subprocess.Popen[bytes]:
    """Start a command of the training in `out`, and kill one of its processes at a moment.

    Args:
        command: the command line.
        out: the run's folder.
        said: the file that gets what it says.
        moment: one of those in moments.py, "" for none.
        victim: the rank of the process that is killed.
    """
    kill = {"LSGAN_TEST_MOMENT": moment, "LSGAN_TEST_VICTIM": str(victim)}
    environment = os.environ | kill | {_MARK: str(out)}
    with said.open("wb") as file:
        return subprocess.Popen(command, stdout=file, stderr=subprocess.STDOUT, env=environment)


def train_to_the_end(config: Path, out: Path, workers: int) -> None:
    """Train in processes of this machine; what they say is shown if they fail."""
    said = out.with_name("said-to-the-end")
    process = start([sys.executable, *training(config, out, workers)], out, said)
    assert process.wait(TIMEOUT) == 0, said.read_text(errors="replace")
    assert step_of(Run(out).kept()[0]) == STEPS


def wait_for_steps(out: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until the training in `out` has written metrics of a few steps."""
    until = time.monotonic() + TIMEOUT
    while not Run(out).metrics.is_file() or len(Run(out).metrics.read_text().splitlines()) < 4:
        assert time.monotonic() < until
        assert process.poll() is None
        time.sleep(0.1)


def processes_of(out: Path) -> list[int]:
    """The processes of the training in `out`, all those that its commands have started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"{_MARK}={out}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                found.append(int(folder.name))
        except OSError:
            continue
    return found


def wait_until_gone(out: Path) -> None:
    """Wait until no process of the training is left; those that stay are killed.

    The file `killed` beside the run was written when the first was killed.
    """
    mark = out.with_name("killed")
    until = (mark.stat().st_mtime if mark.exists() else time.time()) + ENDS_WITHIN
    while (left := processes_of(out)) and time.time() < until:
        time.sleep(0.1)
    for one in left:
        os.kill(one, signal.SIGKILL)
    assert not left, f"processes {left} had not ended"


def weights(out: Path) -> dict[str, np.ndarray]:
    """The tensors of the newest checkpoint."""
    return load_file(Run(out).kept()[0])


def assert_same(one: Path, two: Path) -> None:
    """Both runs have ended with the same tensors, bit for bit."""
    first, second = weights(one), weights(two)
    assert Run(one).kept()[0].name == Run(two).kept()[0].name
    assert first.keys() == second.keys()
    for name, values in first.items():
        assert values.tobytes() == second[name].tobytes(), name
