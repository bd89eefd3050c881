"""The features of the published FID: those of the Inception network, from a weights file."""

from pathlib import Path

import numpy as np
import paddle

from lsgan.arrays import Arrays, Floats, Pixels
from lsgan.errors import RunError
from lsgan.pretrained.fetching import fetch
from lsgan.pretrained.inception import DIMENSIONS, Inception

# The weights as PaddleGAN publishes them.
ADDRESS = "https://paddlegan.bj.bcebos.com/InceptionV3.pdparams"
_BATCH = 32
# What Paddle calls the statistics of batch norm, and what weight files call them.
_STATISTICS = {"_mean": "running_mean", "_variance": "running_var"}


class InceptionFeatures:
    """The network with the weights of a file; see `lsgan.pretrained.inception`.

    Args:
        weights: arrays by name, such as "Mixed_5b.branch1x1.conv.weight"; further ones, of the
            classifier, are left alone. The statistics of batch norm are taken under PyTorch's
            names, running_mean and running_var, or Paddle's, _mean and _variance.

    Raises:
        RunError: if one is missing or has another shape.
    """

    name = "FID Inception, pool 3"
    dimensions = DIMENSIONS

    def __init__(self, weights: Arrays) -> None:
        self._network = Inception()
        own = self._network.state_dict()
        for key, tensor in own.items():
            given = weights.get(_file_key(key), weights.get(key))
            if given is None or tuple(np.shape(given)) != tuple(tensor.shape):
                found = "is missing" if given is None else f"has the shape {np.shape(given)}"
                raise RunError(
                    f"these are not the weights of the FID's Inception network: "
                    f"{_file_key(key)} {found}",
                    "Give pt_inception-2015-12-05-6726825d.pth, or Paddle's InceptionV3.pdparams "
                    "for the FID, with --weights.",
                )
            if not np.isfinite(given).all():
                raise RunError(
                    f"{_file_key(key)} in the weights has numbers that are not finite",
                    "Give another file with --weights.",
                )
            tensor.set_value(np.asarray(given, np.float32))
        self._network.eval()

    def __call__(self, images: Pixels) -> Floats:
        """Features, float32 (N, 2048), of images, uint8 (N, 1 or 3, height, width)."""
        found = []
        with paddle.no_grad():
            for start in range(0, len(images), _BATCH):
                part = images[start : start + _BATCH]
                colour = np.broadcast_to(part, (len(part), 3, *part.shape[2:]))
                tensor = paddle.to_tensor(np.ascontiguousarray(colour)).astype("float32")
                found.append(self._network(tensor).numpy())
        return np.concatenate(found)


def download_weights() -> Path:
    """Fetch the weights of the FID's Inception network, once; returns where they lie.

    Raises:
        RunError: if they cannot be fetched, or not within 15 minutes.
    """
    return fetch(
        ADDRESS,
        "the Inception weights",
        "Fetch that file, or pt_inception-2015-12-05-6726825d.pth, on a machine that has a "
        "network and give it with --weights.",
    )


def _file_key(key: str) -> str:
    stem, _, last = key.rpartition(".")
    return f"{stem}.{_STATISTICS.get(last, last)}"
