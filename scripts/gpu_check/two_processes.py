"""Two processes that train together: two_processes.py DATA DEVICE GPUS.

On two GPUs as `lsgan train --devices 0,1` does it. NCCL refuses two processes on one GPU; there,
and in a rehearsal, gradients go by way of the host.
"""

import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from figures import figure

from lsgan.config import Config, config_files
from lsgan.io.files import read_lines
from lsgan.training.launch import run_together, train_here

STEPS = 40
CHANGES = [
    *(f"train.steps={STEPS}", "log.every=10", "evaluate.every=1000", "evaluate.count=64"),
    *("sample.every=1000", "ema.batch_norm_latents=64"),
]


def work(config: Config, out: Path, device: str) -> int:
    """Train in this process, by gloo."""
    os.environ["PADDLE_DISTRI_BACKEND"] = "gloo"
    from lsgan.system import runtime

    chosen = runtime.start(device, config.train.tf32)
    import paddle

    from lsgan.training import distributed

    @contextmanager
    def on_host() -> Iterator[None]:
        paddle.set_device("cpu")
        try:
            yield
        finally:
            paddle.set_device(chosen)

    class ThroughHost(distributed.ProcessGroup):
        def init(self) -> None:
            super().init()
            # Paddle has made the CPU its device, as it does with gloo.
            paddle.set_device(chosen)

        def all_reduce_mean(self, tensors: Sequence[Any]) -> None:
            copies = [tensor.cpu() for tensor in tensors]
            with on_host():
                super().all_reduce_mean(copies)
            for tensor, copy in zip(tensors, copies, strict=True):
                tensor.set_value(copy.numpy())

        def broadcast(self, *command: Any) -> None:
            with on_host():
                super().broadcast(*command)

        def receive(self) -> tuple[Any, ...]:
            with on_host():
                return super().receive()

        def synchronised(self, network: Any) -> Any:
            return network

    distributed.ProcessGroup = ThroughHost  # type: ignore[misc]
    return train_here(config, out, False, device)


def main() -> None:
    data, device, gpus = sys.argv[1:]
    changes = [*CHANGES, "train.batch_size=64" if device == "gpu" else "train.batch_size=8"]
    with tempfile.TemporaryDirectory(prefix="lsgan-gpu-check-") as folder:
        out = Path(folder) / "run"
        if int(gpus) > 1:
            command = [sys.executable, "-m", "lsgan", "train", "--config", "kanas.yaml"]
            command += ["--data", data, "--out", str(out), "--devices", "0,1"]
            subprocess.run([*command, *(f"--set={change}" for change in changes)], check=True)
        else:
            config = config_files.load(config_files.find("kanas.yaml"), changes)
            config = config_files.with_data(config, Path(data).resolve())
            devices = ["cpu"] * 2 if device == "cpu" else ["gpu:0"] * 2
            code = run_together(partial(work, config, out), devices)
            assert code == 0, code
        rows = [row for row in read_lines(out / "metrics.jsonl") if "generator_loss" in row]
    where = "two GPUs" if int(gpus) > 1 else f"one {device.upper()}"
    assert rows[-1]["step"] == STEPS
    figure(what=f"two processes on {where}", value=f"{rows[-1]['images_per_second']:.0f} images/s")


if __name__ == "__main__":
    main()
