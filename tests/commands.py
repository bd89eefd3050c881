"""The program as a user starts it."""

import subprocess
import sys
from pathlib import Path


def lsgan(*words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lsgan", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )


def refused(*words: object, cwd: Path | None = None) -> str:
    """The one line of a refusal."""
    answer = lsgan(*words, cwd=cwd)
    assert answer.returncode == 2, answer.stderr
    lines = answer.stderr.strip().splitlines()
    assert len(lines) == 1, answer.stderr
    assert lines[0].startswith("lsgan: ")
    return lines[0]
