"""What a training is made of, once everything has been checked and opened."""

from dataclasses import dataclass

from lsgan.arrays import Indices, Samples
from lsgan.augment import Augmentation
from lsgan.config import Config
from lsgan.latents import Latents
from lsgan.objectives import Objective
from lsgan.training.crop import Crop
from lsgan.training.feed import Feed
from lsgan.training.labels import Labels
from lsgan.training.log import Log
from lsgan.training.outputs import Outputs
from lsgan.training.penalty import GradientPenalty
from lsgan.training.ranks import ALONE, Ranks
from lsgan.training.reconstruction import Reconstruction
from lsgan.training.run import Run
from lsgan.training.setup import order_of
from lsgan.training.state import State
from lsgan.training.watchdog import Watchdog


@dataclass
class Learning:
    """What one step needs.

    Attributes:
        config: the run's configuration.
        state: the networks and all that changes with the steps.
        objective: what the networks minimise.
        feed: what a step is fed.
        augmentation: how images are changed before the discriminator sees them.
        labels: what the discriminator is told of the images it sees.
        penalty: what the discriminator minimises beside its objective.
        reconstruction: what the generator minimises beside its objective.
        ranks: the processes that train together.
    """

    config: Config
    state: State
    objective: Objective
    feed: Feed
    augmentation: Augmentation
    labels: Labels
    penalty: GradientPenalty
    reconstruction: Reconstruction
    ranks: Ranks


def assemble(
    config: Config,
    objective: Objective,
    images: Samples,
    trained: Indices,
    ranks: Ranks = ALONE,
) -> Learning:
    """What a step needs, at step 0.

    Args:
        config: the run's.
        objective: what `config` names.
        images: the data set's.
        trained: the indices that are trained on.
        ranks: the processes that train together.

    Raises:
        ConfigError: if a batch cannot be shared out among them.
    """
    augmentation = Augmentation(config.augment, len(trained))
    share = ranks.share(config.train.batch_size)
    latents, crop = Latents(config.model), Crop(config.data.crop)
    return Learning(
        config=config,
        state=State(config, ranks),
        objective=objective,
        feed=Feed(images, order_of(config, trained), latents, crop, augmentation, share),
        augmentation=augmentation,
        labels=Labels(objective, config.objective),
        penalty=GradientPenalty(config.objective.gradient_penalty),
        reconstruction=Reconstruction(config.objective),
        ranks=ranks,
    )


@dataclass
class Parts(Learning):
    """What a whole training needs beside it.

    Attributes:
        run: the folder that is written.
        log: what tells of the run.
        outputs: grids and checkpoints.
        watchdog: what tells when the run goes wrong.
    """

    run: Run
    log: Log
    outputs: Outputs
    watchdog: Watchdog
