"""What the processes of rank 1 and above do, directed by rank 0."""

import os
from pathlib import Path

from lsgan.config import Config, config_files
from lsgan.data.classes import one_hot
from lsgan.data.pack import Pack
from lsgan.data.sampler import split
from lsgan.errors import RunError
from lsgan.tasks import task_of
from lsgan.training.distributed import ProcessGroup
from lsgan.training.setup import check
from lsgan.training.state import State
from lsgan.training.step import train_step
from lsgan.training.trainer import Trainer


def run_worker(config: Config, device: str, process_group: ProcessGroup) -> None:
    """Train along until the process of rank 0 says that it is the end.

    Args:
        config: what was asked of this process; only where its data set is comes from it, and that
            only where rank 0's is not there. On another machine it may be elsewhere, and a run that
            is resumed has its settings in its folder, which that machine need not have.
        device: the device in use, in Paddle's words.
        process_group: the processes; this one is not the first.

    Raises:
        LsganError: if the data or the device do not allow it.
    """
    # Rank 0 checks everything before it joins, so that what is wrong is said once.
    process_group.init()
    _, given, digest = process_group.receive()
    config, pack = _open(given, config, digest)
    train_indices, _ = split(len(pack), config.data.val_fraction, config.train.seed)
    check(config, device)
    classes = one_hot(config, pack)
    trainer = Trainer(config, pack.images, train_indices, process_group, classes)
    while True:
        word, *given = process_group.receive()
        if word == "steps":
            for _ in range(given[0]):
                train_step(trainer)
        elif word == "state":
            trainer.state = State(config, process_group)
            if given[0]:
                trainer.state.restore(*given[0])
            trainer.state.set_rollbacks(*given[1:])
        else:
            return


def _open(config: Config, own: Config, digest: str) -> tuple[Config, Pack]:
    """The training's configuration and its data set, as they are on this machine.

    Raises:
        DataError: if there is no data set.
        RunError: if it is another than rank 0's.
    """
    if not os.path.isdir(config.data.path):  # noqa: PTH112 (Path.is_dir raises where it may not look)
        config = config_files.with_data(config, Path(own.data.path))
    pack = task_of(config).open(config)
    if pack.digest != digest:
        raise RunError(
            f"the data set in {pack.path} is not that of the first process",
            "Copy that one to every machine, or name it with --data.",
        )
    return config, pack
