"""From a folder of photographs to a trained generator of new ones.

    import lsgan

    lsgan.prepare("photographs", "data/mine")
    lsgan.train("kanas-projected", data="data/mine", out="runs/mine")
    generator = lsgan.load("runs/mine")
    images = generator.sample(seeds=range(64))      # uint8 (64, 64, 64, 3)

Nothing is loaded before it is used; what uses Paddle makes the library settings first.
"""

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = [
    "Config",
    "compare",
    "directions",
    "evaluate",
    "explore",
    "export",
    "export_data",
    "load",
    "metrics",
    "networks",
    "prepare",
    "project",
    "report",
    "train",
]

if TYPE_CHECKING:
    from lsgan import metrics, networks
    from lsgan.api.sharing import compare, export, export_data, report
    from lsgan.api.steering import directions, explore, project
    from lsgan.api.training import evaluate, load, prepare, train
    from lsgan.config import Config

_HOMES = {
    "Config": "lsgan.config",
    "compare": "lsgan.api.sharing",
    "directions": "lsgan.api.steering",
    "evaluate": "lsgan.api.training",
    "explore": "lsgan.api.steering",
    "export": "lsgan.api.sharing",
    "export_data": "lsgan.api.sharing",
    "load": "lsgan.api.training",
    "prepare": "lsgan.api.training",
    "project": "lsgan.api.steering",
    "report": "lsgan.api.sharing",
    "train": "lsgan.api.training",
}


def __getattr__(name: str) -> Any:
    """The public names, loaded on their first use."""
    from importlib import import_module

    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    if name == "networks":
        # They import Paddle, whose libraries read their environment once.
        import_module("lsgan.system.runtime").tune()
    if name in ("metrics", "networks"):
        return import_module(f"lsgan.{name}")
    raise AttributeError(f"module 'lsgan' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
