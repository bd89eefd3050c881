"""How busy the GPU is, as nvidia-smi tells it while the steps run."""

import subprocess
import threading
import time
from statistics import mean, median
from typing import Any, NamedTuple

_COMMAND = (
    *("nvidia-smi", "--id=0", "--format=csv,noheader,nounits", "--loop-ms=250"),
    "--query-gpu=utilization.gpu,memory.used",
)


class Sample(NamedTuple):
    """A moment: when (as time.time() has it), percent of the time busy, megabytes in use."""

    when: float
    busy: float
    megabytes: float


class Sampler:
    """Takes samples from now on, four a second; none where there is no nvidia-smi."""

    def __init__(self, command: tuple[str, ...] = _COMMAND) -> None:
        self.samples: list[Sample] = []
        try:
            self._process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
            )
        except OSError:
            return
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            try:
                busy, megabytes = (float(number) for number in line.split(","))
            except ValueError:  # "[N/A]" on some GPUs
                continue
            self.samples.append(Sample(time.time(), busy, megabytes))

    def close(self) -> None:
        """Take no more."""
        if hasattr(self, "_process"):
            self._process.kill()
            self._process.wait()

    def between(self, start: float, end: float) -> dict[str, Any] | None:
        """What the samples of a stretch of time say; None if there are none."""
        inside = [sample for sample in self.samples if start <= sample.when <= end]
        if not inside:
            return None
        return {
            "samples": len(inside),
            "mean": mean(sample.busy for sample in inside),
            "median": median(sample.busy for sample in inside),
            "megabytes": max(sample.megabytes for sample in inside),
        }
