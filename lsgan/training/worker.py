"""What the processes of rank 1 and above do, directed by rank 0."""

import signal

from lsgan.config import Config
from lsgan.data.classes import one_hot, with_classes_of
from lsgan.data.sampler import split
from lsgan.tasks import task_of
from lsgan.training.distributed import ProcessGroup
from lsgan.training.setup import check
from lsgan.training.state import State
from lsgan.training.step import train_step
from lsgan.training.trainer import Trainer


def run_worker(config: Config, device: str, process_group: ProcessGroup) -> None:
    """Train along until the process of rank 0 says that it is the end.

    Args:
        config: the run's.
        device: the device in use, in Paddle's words.
        process_group: the processes; this one is not the first.
    """
    # Ctrl-C reaches every process of the terminal; rank 0 alone ends the training.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # Rank 0 checks everything before it joins, so that what is wrong is said once.
    process_group.init()
    pack = task_of(config).open(config)
    config = with_classes_of(config, pack)
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
