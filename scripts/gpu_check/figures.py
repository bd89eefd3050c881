"""What a step tells the report."""

import json
from typing import Any


def figure(**values: Any) -> None:
    """Say something for the report, in a line of its own.

    Args:
        what, value: a row of the table of figures.
        stretch: from when to when, as time.time() has it, the GPU should have been busy.
        configuration, mode, ratio: a speed beside PyTorch's.
    """
    print(f"FIGURE {json.dumps(values)}", flush=True)
