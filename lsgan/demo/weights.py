"""The weights that the demonstration begins with, and how they were made.

They come with the program, which trained them itself on summer landscapes that it had rendered;
scripts/demo-weights is the command. The file is a checkpoint in half precision, without what only a
resumed training needs.
"""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from lsgan.arrays import Arrays
from lsgan.checkpoints.checkpoint import config_of, describe, read, write
from lsgan.checkpoints.run import checkpoint_file
from lsgan.config import Config
from lsgan.config.config_files import without_folders

SUMMER = Path(__file__).with_name("summer.safetensors")
_KEPT = ("ema", "discriminator")
_NETWORKS = ("fastgan", "projected")


def fit(config: Config) -> bool:
    """Whether the packaged weights are of the networks of `config`."""
    own = config.model
    if (own.generator, own.discriminator) != _NETWORKS:
        return False
    # Where the frozen network's weights lie makes no other networks.
    own = own.model_copy(update={"feature_weights": ""})
    return config_of(describe(SUMMER)).model == own


def halve(source: Path, target: Path) -> None:
    """Write the averaged generator and the discriminator of a run or a checkpoint in float16.

    Raises:
        LsganError: if the one cannot be read or the other not be written.
        OverflowError: if a weight is too large for half precision.
    """
    found, tensors = read(checkpoint_file(source))
    kept: Arrays = {
        key: value.astype(np.float16)
        for key, value in tensors.items()
        if key.split("/")[0] in _KEPT
    }
    if not all(np.isfinite(value).all() for value in kept.values()):
        raise OverflowError("a weight is too large for half precision")
    config = without_folders(config_of(found)).model_dump()
    write(replace(found, path=target, config=config), kept)


if __name__ == "__main__":
    halve(Path(sys.argv[1]), Path(sys.argv[2]))
