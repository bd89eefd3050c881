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
from lsgan.config import Config
from lsgan.training.checkpoint import config_of, describe, read, write
from lsgan.training.run import checkpoint_file

SUMMER = Path(__file__).with_name("summer.safetensors")
_KEPT = ("average", "discriminator")


def fit(config: Config) -> bool:
    """Whether the packaged weights are of the networks of `config`."""
    return config_of(describe(SUMMER)).model == config.model


def halve(source: Path, target: Path) -> None:
    """Write the averaged generator and the discriminator of a run or a checkpoint in float16.

    Raises:
        LsganError: if the one cannot be read or the other not be written.
    """
    found, tensors = read(checkpoint_file(source))
    kept: Arrays = {
        key: value.astype(np.float16)
        for key, value in tensors.items()
        if key.split("/")[0] in _KEPT
    }
    write(replace(found, path=target), kept)


if __name__ == "__main__":
    halve(Path(sys.argv[1]), Path(sys.argv[2]))
