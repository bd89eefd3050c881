"""One training under the clock: it is begun or taken up, its checkpoints are kept, it is ended.

Seconds count from the start of the command, the loading of its libraries included. What a killed
training had done after its last checkpoint is done again, and the seconds of it are not counted.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from systems import System

from lsgan.io.files import make_folder, write_text

DESCRIPTION, POINTS, LOG = "system.json", "points", "output.log"
_PAUSE = 0.5
# Exit codes beyond this tell of a signal.
_SIGNALLED = 128
# A checkpoint falls due a little before its measuring time, so that it is there by then.
_BEFORE = 0.95


def read(folder: Path) -> dict[str, Any]:
    return json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))


def write(folder: Path, described: dict[str, Any]) -> None:
    text = json.dumps(described, indent=2, ensure_ascii=False) + "\n"
    write_text(make_folder(folder) / DESCRIPTION, text)


class Clock:
    """Trains a system for so many minutes.

    Args:
        folder: the system's.
        system: the program.
        minutes: how long, all its sessions together.
        points: how many checkpoints to keep, at even distances.
        threads: how many the libraries of the program may use.
    """

    def __init__(
        self, folder: Path, system: System, minutes: float, points: int, threads: int
    ) -> None:
        self._folder, self._system, self._threads = folder, system, threads
        self._seconds, self._interval = 60 * minutes, 60 * minutes / points
        self._described = read(folder)

    def train(self) -> str:
        """Train, unless that was done before; what came of it, in words."""
        described = self._described
        done = self._trained()
        if "ended" in described:
            return f"ended by itself after {described['seconds']:.0f} s before"
        if done >= self._seconds:
            return f"was trained for {done:.0f} s before"
        described |= {"started": time.time(), "before": done, "threads": self._threads}
        write(self._folder, described)
        code = self._run()
        described["seconds"] = self._elapsed()
        if code is not None:
            if code < 0 or code > _SIGNALLED or not self._kept():
                log = self._folder / LOG
                raise SystemExit(f"the training was broken off (exit code {code}): see {log}")
            described["ended"] = code
        write(self._folder, described)
        how = f"ended by itself ({code})" if code is not None else "trained"
        return f"{how} after {described['seconds']:.0f} s, {len(self._kept())} checkpoints"

    def _run(self) -> int | None:
        """Run the program until its time is over; its exit code if it ended before."""
        environment = os.environ | {
            name: str(self._threads) for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS")
        }
        command = self._system.command(_BEFORE * self._interval)
        print(*command, flush=True)
        log = (self._folder / LOG).open("ab")
        # Of a session of its own, so that Ctrl-C reaches it through this process alone.
        program = subprocess.Popen(
            command, env=environment, stdout=log, stderr=log, start_new_session=True
        )
        signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
        try:
            while program.poll() is None and self._elapsed() < self._seconds:
                time.sleep(_PAUSE)
                self._keep_due()
            ended = program.poll()
        finally:
            # It saves, and ends with its step.
            program.terminate()
            program.wait()
            log.close()
        self._keep(self._system.checkpoints())
        return ended

    def _elapsed(self) -> float:
        return self._described["before"] + time.time() - self._described["started"]

    def _trained(self) -> float:
        """The seconds of all sessions, up to the checkpoint that the next one begins with."""
        described, found = self._described, self._system.checkpoints()
        if not found or "started" not in described:
            return 0.0
        since = found[-1].stat().st_mtime - described["started"]
        return described["before"] + max(since, 0.0)

    def _kept(self) -> list[Path]:
        return sorted(path for path in (self._folder / POINTS).glob("*s.*") if is_checkpoint(path))

    def _keep_due(self) -> None:
        kept = self._kept()
        last = seconds_of(kept[-1]) if kept else 0.0
        due = (round(last / self._interval) + 1) * self._interval
        if due <= self._elapsed() < self._seconds:
            self._keep(self._system.checkpoints())

    def _keep(self, found: list[Path]) -> None:
        """Keep the newest checkpoint, by a link that stays when the program deletes its own."""
        if not found:
            return
        newest = found[-1]
        described = self._described
        at = described["before"] + newest.stat().st_mtime - described["started"]
        if at <= described["before"] or any(path.samefile(newest) for path in self._kept()):
            return
        link = make_folder(self._folder / POINTS) / f"{at:07.1f}s{newest.suffix}"
        if not link.exists():
            os.link(newest, link)


def is_checkpoint(path: Path) -> bool:
    return path.suffix in {".safetensors", ".pt"}


def seconds_of(path: Path) -> float:
    """When a checkpoint was written, which its name tells."""
    return float(path.stem.rstrip("s"))
