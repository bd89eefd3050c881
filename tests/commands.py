"""The program as a user starts it."""

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from pathlib import Path
from typing import Protocol

import pytest

from lsgan.cli import main


class Command(Protocol):
    def __call__(
        self, *words: object, cwd: Path | None = None
    ) -> subprocess.CompletedProcess[str]: ...


def lsgan(*words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "lsgan", *map(str, words)],
        capture_output=True,
        text=True,
        cwd=cwd,
        check=False,
    )


def here(*words: object, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    """The same in this process, which has loaded Paddle already: for one command of many."""
    out, errors = io.StringIO(), io.StringIO()
    with (
        redirect_stdout(out),
        redirect_stderr(errors),
        pytest.MonkeyPatch.context() as patch,
        pytest.raises(SystemExit) as ended,
    ):
        if cwd:
            patch.chdir(cwd)
        patch.setattr(sys, "argv", ["lsgan", *map(str, words)])
        main()
    code = int(ended.value.code or 0)
    return subprocess.CompletedProcess(words, code, out.getvalue(), errors.getvalue())


def refused(*words: object, cwd: Path | None = None, run: Command = lsgan) -> str:
    """The one line of a refusal."""
    answer = run(*words, cwd=cwd)
    assert answer.returncode == 2, answer.stderr
    lines = answer.stderr.strip().splitlines()
    assert len(lines) == 1, answer.stderr
    assert lines[0].startswith("lsgan: ")
    return lines[0]


refused_here = partial(refused, run=here)
