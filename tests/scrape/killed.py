"""Runs `lsgan` and kills it at a moment: `python -m tests.scrape.killed N ARGUMENT...`

The moments that are counted are statements to the catalogue, and files opened, moved or removed;
at the N-th the process ends as by `kill -9`. With N = 0 it goes on to its end, and their number
is the last line of the output.
"""

import itertools
import os
import signal
import sys
from typing import Any

import lsgan.scrape.complete  # noqa: F401  the files of its modules are no moments
from lsgan.cli import main
from lsgan.scrape.database import Database

_EVENTS = frozenset({"open", "os.rename", "os.remove", "socket.connect"})


def run(last: int, arguments: list[str]) -> None:
    moments = itertools.count(1)
    execute = Database.execute

    def pass_by() -> None:
        if next(moments) == last:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted(self: Database, statement: str, *values: Any) -> int:
        pass_by()
        return execute(self, statement, *values)

    def hear(event: str, _: Any) -> None:
        if event in _EVENTS:
            pass_by()

    Database.execute = counted  # type: ignore[method-assign]
    sys.addaudithook(hear)
    sys.argv = ["lsgan", *arguments]
    try:
        main()
    finally:
        print(next(moments) - 1, flush=True)


if __name__ == "__main__":
    run(int(sys.argv[1]), sys.argv[2:])
