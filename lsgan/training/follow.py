"""What the processes do that train along with the one that leads."""

import signal

from lsgan.config import Config
from lsgan.dataset.batches import split
from lsgan.domains import domain_of
from lsgan.training.loop import step
from lsgan.training.parts import assemble
from lsgan.training.ranks import Ranks
from lsgan.training.setup import check
from lsgan.training.state import State


def follow(config: Config, device: str, ranks: Ranks) -> None:
    """Do as the leader tells until it tells to end.

    Args:
        config: the run's.
        device: the device in use, in Paddle's words.
        ranks: the processes; this one is not the first.
    """
    # Ctrl-C reaches every process of the terminal; the leader alone ends the training.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    # The leader checks everything before it joins, so that what is wrong is said once.
    ranks.join()
    pack = domain_of(config).open(config)
    trained, _ = split(len(pack), config.data.hold_out, config.train.seed)
    learning = assemble(config, check(config, device), pack.images, trained, ranks)
    while True:
        word, *given = ranks.hear()
        if word == "steps":
            for _ in range(given[0]):
                step(learning)
        elif word == "state":
            learning.state = State(config, ranks)
            if given[0]:
                learning.state.restore(*given[0])
            learning.state.rolled_back(*given[1:])
        else:
            return
