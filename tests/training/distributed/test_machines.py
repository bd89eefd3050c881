"""Several machines, each with Paddle's launcher: two loopback addresses or network namespaces."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from lsgan.checkpoints.run import Run
from lsgan.config import Config
from tests.training.distributed.running import (
    TIMEOUT,
    assert_same,
    free_port,
    launcher,
    processes_of,
    slow,
    start,
    train_to_the_end,
    training,
    wait_for_steps,
    wait_until_gone,
    write_config,
)

LOOPBACK = "127.0.0.{}"
LONG = ("train.steps=100000", "evaluate.every=100000", "sample.every=100000")

pytestmark = [
    slow,
    pytest.mark.skipif(sys.platform != "linux", reason="Paddle trains together on Linux only"),
]


def start_machines(
    config: Path,
    out: Path,
    processes: int,
    address: str = LOOPBACK,
    prefixes: Sequence[Sequence[str]] = ((), ()),
    moment: str = "",
) -> list[subprocess.Popen[bytes]]:
    """Start two launchers, each as if on a machine of its own.

    Args:
        config: the configuration's file.
        out: the run's folder.
        processes: how many each starts.
        address: with a place for the number of a machine, which begins with 1.
        prefixes: with what the command of each machine begins.
        moment: when the process of rank 1 is killed, "" for never.
    """
    port = free_port()
    return [
        start(
            [
                *prefix,
                sys.executable,
                *launcher(2, here, processes, address.format(here + 1), port, logs(out, here)),
                *training(config, out),
            ],
            out,
            out.with_name(f"said-{here}"),
            moment,
            1,
        )
        for here, prefix in enumerate(prefixes)
    ]


def logs(out: Path, machine: int) -> Path:
    return out.with_name(f"log-{machine}")


def said(out: Path) -> str:
    found = sorted(out.parent.glob("log-*/workerlog.*"))
    return "".join(path.read_text(errors="replace") for path in found)


def check_like_one_machine(config: Path, out: Path, processes: int) -> None:
    alone = out.with_name("alone")
    train_to_the_end(config, alone, 2 * processes)
    assert_same(out, alone)


@pytest.mark.parametrize("processes", [1, 2])
def test_two_machines_give_the_weights_of_one(
    processes: int, small: Config, tmp_path: Path
) -> None:
    config, out = write_config(small, tmp_path), tmp_path / "run"
    machines = start_machines(config, out, processes)
    assert [machine.wait(TIMEOUT) for machine in machines] == [0, 0]
    check_like_one_machine(config, out, processes)


@pytest.fixture
def namespaces() -> Iterator[list[list[str]]]:
    """The beginnings of commands that run in two network namespaces, 10.77.0.1 and 10.77.0.2."""
    ip = shutil.which("ip")
    if ip is None or os.getuid():
        pytest.skip("needs ip and root to make network namespaces")
    names, links = ("lsgan-1", "lsgan-2"), ("lsgan-eth1", "lsgan-eth2")
    steps = [["netns", "add", name] for name in names]
    steps += [["link", "add", links[0], "type", "veth", "peer", "name", links[1]]]
    for number, (name, link) in enumerate(zip(names, links, strict=True), 1):
        steps += [
            ["link", "set", link, "netns", name],
            ["-n", name, "addr", "add", f"10.77.0.{number}/24", "dev", link],
            ["-n", name, "link", "set", link, "up"],
            ["-n", name, "link", "set", "lo", "up"],
        ]
    try:
        for step in steps:
            if subprocess.run([ip, *step], capture_output=True, check=False).returncode:
                pytest.skip("this machine does not allow network namespaces")
        yield [[ip, "netns", "exec", name] for name in names]
    finally:
        for name in names:
            subprocess.run([ip, "netns", "delete", name], capture_output=True, check=False)


def test_machines_need_not_know_their_own_names(
    namespaces: list[list[str]], small: Config, tmp_path: Path
) -> None:
    """The name of this machine stands for another address than that of the link."""
    config, out = write_config(small, tmp_path), tmp_path / "run"
    machines = start_machines(config, out, 1, "10.77.0.{}", namespaces)
    assert [machine.wait(TIMEOUT) for machine in machines] == [0, 0]
    check_like_one_machine(config, out, 1)


def test_a_machine_that_is_cut_off_ends_the_training(
    namespaces: list[list[str]], small: Config, tmp_path: Path
) -> None:
    config, out = write_config(small, tmp_path, *LONG), tmp_path / "run"
    machines = start_machines(config, out, 1, "10.77.0.{}", namespaces)
    wait_for_steps(out, machines[0])
    tmp_path.joinpath("killed").touch()
    subprocess.run([*namespaces[1], "ip", "link", "set", "lsgan-eth2", "down"], check=True)
    wait_until_gone(out)
    assert all(machine.wait(TIMEOUT) for machine in machines)
    assert "lsgan: process 2 of 2 on 10.77.0.2 has died, so the training ends." in said(out)


@pytest.mark.parametrize("machine", [0, 1])
def test_a_launcher_that_is_killed_ends_the_training(
    machine: int, small: Config, tmp_path: Path
) -> None:
    config, out = write_config(small, tmp_path, *LONG), tmp_path / "run"
    machines = start_machines(config, out, 1)
    wait_for_steps(out, machines[0])
    tmp_path.joinpath("killed").touch()
    machines[machine].kill()
    wait_until_gone(out)
    assert all(each.wait(TIMEOUT) for each in machines)
    assert "lsgan: the launcher of this process has died" in said(out)
    assert f"lsgan: process {machine + 1} of 2 on 127.0.0.1 has died" in said(out)
    assert "--resume" in said(out)


@pytest.mark.parametrize("machine", [0, 1])
def test_a_launcher_that_is_told_to_stop_has_the_run_saved(
    machine: int, small: Config, tmp_path: Path
) -> None:
    config, out = write_config(small, tmp_path, *LONG), tmp_path / "run"
    machines = start_machines(config, out, 1)
    wait_for_steps(out, machines[0])
    machines[machine].send_signal(signal.SIGTERM)
    for each in machines:
        each.wait(TIMEOUT)
    assert not processes_of(out)
    assert Run(out).kept()
    assert "stopped and saved at step" in Run(out).log.read_text(encoding="utf-8")


def test_a_loop_around_each_launcher_goes_on_by_itself(small: Config, tmp_path: Path) -> None:
    config, out = write_config(small, tmp_path), tmp_path / "run"
    loop = ["sh", "-c", 'until "$@"; do sleep 5; done', "sh"]
    machines = start_machines(config, out, 1, LOOPBACK, [loop, loop], "backward")
    assert [machine.wait(TIMEOUT) for machine in machines] == [0, 0]
    assert "resumed" in Run(out).log.read_text(encoding="utf-8")
    check_like_one_machine(config, out, 1)
