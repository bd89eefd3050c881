"""Trains without batch norm, in as many processes as asked: without_norm.py COUNT CONFIG OUT.

With batch norm each process has the statistics of its share, so that one and two of them differ.
A process that is started runs this file again, and so has the same networks.
"""

import sys
from functools import partial
from pathlib import Path
from types import SimpleNamespace

from lsgan.config import config_files
from lsgan.system import runtime

runtime.start("cpu")

from paddle import nn  # noqa: E402

from lsgan.networks import norms  # noqa: E402
from lsgan.training.launch import run_together, train_here  # noqa: E402


class NoNorm(nn.Identity):
    def __init__(self, *_: object, **__: object) -> None:
        super().__init__()


norms.nn = SimpleNamespace(**vars(nn) | {"BatchNorm2D": NoNorm})

if __name__ == "__main__":
    count, config, out = sys.argv[1:]
    work = partial(train_here, config_files.load(Path(config)), Path(out), False)
    sys.exit(run_together(work, ["cpu"] * int(count)))
