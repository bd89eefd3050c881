"""A process that is killed ends all, and the run goes on to the weights it would have had."""

import sys
import time
from pathlib import Path

import pytest

from lsgan.config import Config
from lsgan.system import runtime
from lsgan.training.launch import run_together
from tests.training.distributed.moments import OF_EACH, OF_LEADER
from tests.training.distributed.running import (
    TIMEOUT,
    assert_same,
    free_port,
    launcher,
    slow,
    start,
    train_to_the_end,
    training,
    wait_until_gone,
    write_config,
)

ALL = [(moment, rank) for moment in OF_EACH + OF_LEADER for rank in (0, 1)]
LATER = [kill for kill in ALL if kill[0] != "before joining"]

pytestmark = pytest.mark.skipif(not Path("/proc").is_dir(), reason="finds processes in /proc")


@pytest.fixture(scope="session")
def uninterrupted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uninterrupted") / "run"


def kill(command: list[str], out: Path, said: Path, moment: str, victim: int) -> tuple[int, str]:
    """Train until the kill; the exit code and what was said."""
    process = start([sys.executable, *command], out, said, moment, victim)
    code = process.wait(TIMEOUT)
    wait_until_gone(out)
    assert out.with_name("killed").exists(), "the moment did not come"
    return code, said.read_text(errors="replace")


def check(small: Config, folder: Path, uninterrupted: Path, moment: str, victim: int) -> None:
    config, out = write_config(small, folder), folder / "run"
    if not uninterrupted.exists():
        train_to_the_end(config, uninterrupted, 2)
    code, said = kill(training(config, out, 2), out, folder / "said", moment, victim)
    assert code == 2
    told = f"lsgan: process {victim + 1} of 2 was killed by signal 9, so the others were stopped. "
    assert said.count(told) == 1
    assert said.count("lsgan: ") == 1
    assert "--resume" in said
    train_to_the_end(config, out, 2)
    assert_same(out, uninterrupted)


@slow
@pytest.mark.parametrize(("moment", "victim"), ALL)
def test_a_kill_costs_no_more_than_what_was_not_saved(
    moment: str, victim: int, small: Config, tmp_path: Path, uninterrupted: Path
) -> None:
    check(small, tmp_path, uninterrupted, moment, victim)


@slow
@pytest.mark.parametrize(
    ("moment", "victim"), [kill for kill in ALL if kill[0] != "before joining"]
)
def test_under_the_launcher_of_paddle(
    moment: str, victim: int, small: Config, tmp_path: Path, uninterrupted: Path
) -> None:
    config, out, logs = write_config(small, tmp_path), tmp_path / "run", tmp_path / "log"
    if not uninterrupted.exists():
        train_to_the_end(config, uninterrupted, 2)
    command = [*launcher(1, 0, 2, "127.0.0.1", free_port(), logs), *training(config, out)]
    code, said = kill(command, out, tmp_path / "said", moment, victim)
    assert code != 0
    said += "".join(path.read_text(errors="replace") for path in logs.glob("workerlog.*"))
    assert f"lsgan: process {victim + 1} of 2 on 127.0.0.1 has died, so the training ends." in said
    assert "--resume" in said
    assert "Traceback" not in said
    train_to_the_end(config, out, 2)
    assert_same(out, uninterrupted)


def evaluates_for_long(device: str) -> int:
    """Rank 0 works alone for longer than gloo waits."""
    runtime.start(device)
    from lsgan.training.distributed import ProcessGroup

    group = ProcessGroup.from_environment()
    group.init()
    if group.rank:
        assert group.receive() == ("steps", 1)
    else:
        time.sleep(40)
        group.broadcast("steps", 1)
    return 0


@slow
def test_the_others_wait_for_rank_0_for_longer_than_gloo_does() -> None:
    assert run_together(evaluates_for_long, ["cpu", "cpu"]) == 0
