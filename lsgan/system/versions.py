"""Whether another machine computes with the same versions of the packages as this one."""

import importlib.metadata
from functools import lru_cache

import lsgan
from lsgan.errors import ClusterError

Versions = tuple[tuple[str, str], ...]

_NONE = "none"


@lru_cache(maxsize=8)
def versions(packages: tuple[str, ...]) -> Versions:
    """The versions of packages by their names on the index; "none" of one that is not installed."""
    return tuple((name, _version(name)) for name in packages)


def compare(expected: Versions, found: Versions, worker: str) -> None:
    """Refuse a machine whose versions are others.

    Args:
        expected: those of this machine, or of the one that has given the work.
        found: those of the worker.
        worker: what it is called.

    Raises:
        ClusterError: naming the first that differs.
    """
    for (name, wanted), (_, there) in zip(expected, found, strict=True):
        if wanted != there:
            has = f"has {name} {there}" if there != _NONE else f"has no {name}"
            asks = f"asks for {wanted}" if wanted != _NONE else "has none"
            raise ClusterError(
                f"{worker} {has}, and the machine that gives the work {asks}",
                "Install the same versions on all machines, so that all compute the same.",
            )


def missing(worker: str) -> ClusterError:
    """What to say of a worker on which lsgan cannot be imported."""
    return ClusterError(
        f"{worker} has no lsgan, or one from before --cluster",
        f'Install lsgan {lsgan.__version__} on all machines: pip install "lsgan[cluster]"',
    )


def _version(package: str) -> str:
    if package == lsgan.__name__:
        return lsgan.__version__  # newer, in a checkout, than what was once installed
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return _NONE
