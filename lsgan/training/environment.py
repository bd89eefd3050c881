"""On what a run was trained: a file beside it, with an entry for each time that it was started."""

import importlib.metadata
import json
import platform
import time
from pathlib import Path
from typing import Any

import paddle

from lsgan import __version__
from lsgan.io.files import write_text
from lsgan.system import runtime

_LIBRARIES = ("paddlepaddle", "paddlepaddle-gpu", "numpy", "Pillow", "safetensors")
# A run that a scheduler starts again and again.
_MOST = 100


def record_environment(path: Path, device: str, processes: int, step: int) -> None:
    """Add this process to the file at `path`, a JSON list; one that is damaged is begun anew.

    Args:
        path: the file.
        device: the device in use, in Paddle's words.
        processes: how many train together.
        step: where this one begins.
    """
    found = [*_read(path), _described(device, processes, step)]
    content = [*found[:1], *found[1:][-_MOST + 1 :]]
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False) + "\n")


def _described(device: str, processes: int, step: int) -> dict[str, Any]:
    on_gpu = device.startswith("gpu")
    return {
        "time": time.strftime("%Y-%m-%d %H:%M:%S"),
        "step": step,
        "lsgan": __version__,
        "python": platform.python_version(),
        "libraries": {name: version for name in _LIBRARIES if (version := _version(name))},
        "system": f"{platform.system()} {platform.machine()}",
        "processor": runtime.processor(),
        "cores": runtime.cores(),
        "device": device,
        "gpu": paddle.device.cuda.get_device_name() if on_gpu else "",
        "processes": processes,
    }


def _read(path: Path) -> list[Any]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return []
    return content if isinstance(content, list) else []


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return ""
