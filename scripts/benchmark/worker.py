"""What a side of a comparison does: its work when it is told, and a line of figures each time."""

import json
import resource
import sys
import time
from collections.abc import Callable
from typing import Any


def serve(work: Callable[[], object], **facts: Any) -> None:
    """Do `work` for each line that says so, until the line that ends it."""
    work()  # once, untimed: the first time takes longer
    answer(facts)
    for line in sys.stdin:
        if line.strip() == "end":
            unit = 1 if sys.platform == "darwin" else 1024
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
            answer({"peak_megabytes": peak / 1e6})
            return
        started = time.perf_counter()
        work()
        answer({"seconds": time.perf_counter() - started})


def answer(facts: dict[str, Any]) -> None:
    print(json.dumps(facts), flush=True)
