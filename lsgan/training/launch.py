"""Processes of this machine that train together: `lsgan train --workers` and `--devices`."""

import multiprocessing
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Sequence
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path

from lsgan.config import Config
from lsgan.errors import ConfigError, LsganError, RunError
from lsgan.system import runtime
from lsgan.system.processes import follow_parent

_HOST = "127.0.0.1"


def train_here(config: Config, out: Path, resume: bool, device: str) -> int:
    """Train in this process, alone or as one of several, as the environment says.

    Returns:
        The number of the signal that ended it, 0 if none did.
    """
    chosen = runtime.start(device, config.train.tf32)
    from lsgan.training.distributed import ProcessGroup
    from lsgan.training.train import train
    from lsgan.training.worker import run_worker

    process_group = ProcessGroup.from_environment()
    with process_group.membership():
        if process_group.rank:
            run_worker(config, chosen, process_group)
            return 0
        return train(config, out, chosen, resume, process_group=process_group).signal


def devices_of(workers: int | None, devices: str | None) -> list[str]:
    """The devices of the processes that `--workers` and `--devices` ask for; none for one alone.

    Raises:
        ConfigError: if both are given, or if the devices are no numbers.
    """
    if workers is not None and devices is not None:
        raise ConfigError(
            "--workers and --devices exclude each other",
            "--workers N is for a CPU, --devices 0,1 for GPUs.",
        )
    if workers is not None:
        return ["cpu"] * workers if workers > 1 else []
    numbers = [number.strip() for number in (devices or "").split(",") if number.strip()]
    if not all(number.isdecimal() for number in numbers) or len(set(numbers)) < len(numbers):
        raise ConfigError(
            f"--devices {devices} names no GPUs", "Give their numbers, such as --devices 0,1."
        )
    return [f"gpu:{number}" for number in numbers]


def run_together(work: Callable[[str], int], devices: Sequence[str]) -> int:
    """Call `work` in one process for each device, the first of which leads.

    Args:
        work: can be pickled; is given its device and gives the number of the signal that ended
            it, 0 if none did.
        devices: for each process "cpu" or "gpu:N".

    Returns:
        What the leader's `work` gave.

    Raises:
        RunError: if a process ends before its time; the others are stopped then.
        SystemExit: with 2 if the leader has said what is wrong.
    """
    context = multiprocessing.get_context("spawn")
    endpoints = ",".join(f"{_HOST}:{port}" for port in _free_ports(len(devices)))
    processes: list[BaseProcess] = [
        context.Process(target=_work, args=(work, device, rank, endpoints))
        for rank, device in enumerate(devices)
    ]
    # The terminal's Ctrl-C reaches the leader too, which ends the training; SIGTERM is passed on.
    before = {
        number: signal.signal(number, lambda given, _: _pass_on(processes[0], given))
        for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        for process in processes:
            process.start()
        return _wait(processes)
    finally:
        for process in processes:
            if process.pid:
                process.kill()
                process.join()
        for number, handler in before.items():
            signal.signal(number, handler)


def _free_ports(count: int) -> list[int]:
    """Ports that nothing listens on, all open at once so that they differ."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind((_HOST, 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _pass_on(leader: BaseProcess, number: int) -> None:
    if number == signal.SIGTERM and leader.pid and leader.is_alive():
        os.kill(leader.pid, number)


def _wait(processes: list[BaseProcess]) -> int:
    """Wait for all to end well, or for the first that does not."""
    running = list(processes)
    while running:
        wait([process.sentinel for process in running])
        ended = [process for process in running if process.exitcode is not None]
        for process in ended:
            running.remove(process)
            _check(process, processes.index(process), len(processes))
    return max(0, (processes[0].exitcode or 0) - 128)


def _check(process: BaseProcess, rank: int, count: int) -> None:
    code = process.exitcode or 0
    if code == 2:
        sys.exit(2)  # it has said why
    if code < 0 or 0 < code < 128:
        how = f"was killed by signal {-code}" if code < 0 else f"ended with {code}"
        raise RunError(
            f"process {rank + 1} of {count} {how}, so the others were stopped",
            "Go on from the last checkpoint with --resume.",
        )


def _work(work: Callable[[str], int], device: str, rank: int, endpoints: str) -> None:
    """What a process does: tell Paddle which one it is, and work."""
    threading.Thread(target=follow_parent, daemon=True).start()
    every = endpoints.split(",")
    os.environ |= {
        "PADDLE_TRAINER_ID": str(rank),
        "PADDLE_TRAINERS_NUM": str(len(every)),
        "PADDLE_TRAINER_ENDPOINTS": endpoints,
        "PADDLE_CURRENT_ENDPOINT": every[rank],
        "PADDLE_DISTRI_BACKEND": "gloo" if device == "cpu" else "nccl",
        "PADDLE_LOCAL_SIZE": str(len(every)),
        "FLAGS_selected_gpus": device.partition(":")[2],
    }
    # Paddle tells of every connection.
    os.environ.setdefault("GLOG_minloglevel", "2")
    try:
        number = work(device)
    except LsganError as error:
        print(f"lsgan: {error}", file=sys.stderr)
        sys.exit(2)
    sys.exit(128 + number if number else 0)
