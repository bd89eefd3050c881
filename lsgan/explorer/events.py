"""How the page asks for what it shows."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import gradio as gr

from lsgan.errors import LsganError

# An answer that is wanted at once: asked for directly, not through the queue; while one is
# computed, of all further ones only the last is asked for.
LIVE: dict[str, Any] = {
    "queue": False,
    "trigger_mode": "always_last",
    "show_progress": "hidden",
    "api_visibility": "private",
}
# One that takes a while, and shows its progress.
SLOW: dict[str, Any] = {
    "concurrency_limit": 1,
    "trigger_mode": "once",
    "api_visibility": "private",
}


def answered(function: Callable[..., Any]) -> Callable[..., Any]:
    """The same function, whose refusals the page shows in one line."""

    @wraps(function)
    def answer(*values: Any) -> Any:
        try:
            return function(*values)
        except LsganError as error:
            raise gr.Error(str(error), print_exception=False) from error

    return answer
